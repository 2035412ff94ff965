"""The heatmap: one mark for each thing a reader must not miss."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Rectangle

from chainrule.figures.heatmap import BEST, heatmap
from chainrule.reading import tables


def marks(axes) -> tuple[int, int]:
    """How many cells are hatched, how many framed."""
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    framed = [box for box in boxes if not box.get_fill()]
    return sum(bool(box.get_hatch()) for box in boxes), len(framed)


def test_cells_show_the_medians_and_mark_what_diverged_and_what_is_best(sweep) -> None:
    runs, _ = sweep(
        diverges=lambda rate, init, seed: rate == 10 and init != "zeros" and (init == "normal" or seed == 0)
    )
    grid = tables.grid(runs)
    axes = heatmap(runs).axes[0]
    shown = np.ma.filled(axes.images[0].get_array().astype(float), np.nan)
    np.testing.assert_allclose(shown, grid.median.to_numpy())
    assert marks(axes) == (1, (grid.is_best | grid.is_near_best).to_numpy().sum())
    texts = [text.get_text() for text in axes.texts]
    assert texts.count("×") == 1  # normal at rate 10
    assert texts.count("× 1/3") == 1  # he_normal at rate 10
    assert sum(text[0].isdigit() for text in texts) == 11
    assert axes.get_xlabel() == "learning rate"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["zeros", "normal", "he_normal"]


def test_stuck_cells_carry_bars_and_a_minority_says_how_many(sweep) -> None:
    runs, _ = sweep()
    stuck = runs["init"].eq("zeros") & runs["learning_rate"].eq(0.01)
    stuck |= runs["init"].eq("normal") & runs["learning_rate"].eq(1.0) & runs["seed"].eq(0)
    figure = heatmap(runs.assign(outcome=np.where(stuck, "stuck", runs["outcome"])))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in texts if text.endswith("=")] == [texts[0]]  # the first cell: a number and its mark
    assert texts.count("= 1/3") == 1
    assert [patch.get_hatch() for patch in figure.axes[0].patches if patch.get_hatch()] == ["---"]
    assert "= 1/5: one of five" in figure.texts[2].get_text().replace("\n", " ")
    assert "stuck" not in heatmap(runs).texts[2].get_text()


def test_the_note_explains_only_the_marks_that_occur(sweep) -> None:
    def note(diverges) -> str:
        return heatmap(sweep(diverges=diverges)[0]).texts[2].get_text()

    assert "diverged" not in note(lambda rate, init, seed: False)
    assert "more than half" in note(lambda rate, init, seed: rate == 10)
    assert "one of five" not in note(lambda rate, init, seed: rate == 10)
    assert "one of five" in note(lambda rate, init, seed: rate == 10 and seed == 0)
    assert "framed" not in note(lambda rate, init, seed: True)


def test_small_cells_lose_their_numbers_but_not_their_marks(sweep) -> None:
    rates = [1.1**k for k in range(50)]
    runs, _ = sweep(rates, seeds=1, diverges=lambda rate, init, seed: rate > 50)
    axes = heatmap(runs).axes[0]
    assert {text.get_text() for text in axes.texts} == {"×"}
    lost = 3 * sum(rate > 50 for rate in rates)
    assert len(axes.texts) == lost == marks(axes)[0]


def test_a_fit_worse_than_the_mean_does_not_stretch_the_scale(sweep) -> None:
    runs, _ = sweep(seeds=1)
    runs = runs.rename(columns={"accuracy/test": "r2/test"})
    runs.loc[0, "r2/test"] = -1000.0
    figure = heatmap(runs)
    assert figure.axes[0].images[0].norm.vmin == 0
    assert figure.axes[0].texts[0].get_text() == "-1000.00"


def test_frames_mark_the_best_in_the_warning_colour_of_nothing_else(sweep) -> None:
    axes = heatmap(sweep()[0]).axes[0]
    framed = [patch for patch in axes.patches if not patch.get_fill()]
    assert framed
    assert all(tuple(patch.get_edgecolor()) == tuple(np.array(int_rgba(BEST))) for patch in framed)


def int_rgba(colour: str) -> tuple[float, ...]:
    return (*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)), 1.0)


def test_cells_chosen_on_validation_data_are_those_and_the_note_has_the_test_score(sweep) -> None:
    runs, _ = sweep()
    runs = runs.assign(**{"accuracy/validation": runs["accuracy/test"], "dataset.validation_size": 0.2})
    runs["accuracy/test"] -= 0.1
    figure = heatmap(runs)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), tables.grid(runs).median)
    words = " ".join(" ".join(text.get_text() for text in figure.texts).split())
    best = runs.groupby(["init", "learning_rate"])["accuracy/test"].median().max()
    assert f"chosen on the validation data: test accuracy {best:.3f}" in words
    assert figure.axes[1].get_ylabel() == "validation accuracy"
