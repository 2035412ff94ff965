"""The fan of cost curves and the comparison: the lines are the numbers they claim to be."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection, PathCollection

from chainrule.figures import panels
from chainrule.figures.comparison import comparison
from chainrule.figures.curves import MOST_LINES, fan
from chainrule.reading import tables

EPOCHS = np.array([0, 1, 2, 5, 10, 20, 50, 100])


def drawn(axes) -> list[LineCollection]:
    return [part for part in axes.collections if isinstance(part, LineCollection)]


def test_every_run_is_a_thin_line_and_every_rate_a_median(sweep) -> None:
    runs, curves = sweep(seeds=3)
    axes = fan(runs, curves).axes[0]
    assert len(drawn(axes)[0].get_paths()) == 12
    medians = sorted((line.get_ydata()[-1], line) for line in axes.lines)
    assert len(medians) == 4
    expected = 0.3 / (1 + 10.0 * EPOCHS)  # rate 10, the middle seed
    np.testing.assert_allclose(medians[0][1].get_ydata(), expected)
    np.testing.assert_array_equal(medians[0][1].get_xdata(), EPOCHS)


def test_panels_are_initializations_up_to_nine_of_them(sweep) -> None:
    titles = [axes.get_title(loc="left") for axes in fan(*sweep(inits=["a", "b", "c", "d", "e"])).axes]
    assert titles[:5] == ["a", "b", "c", "d", "e"]
    many = fan(*sweep([0.1, 1.0], [f"init_{k}" for k in range(10)]))
    assert many.axes[0].get_title(loc="left") == "all initializations"
    assert len(drawn(many.axes[0])[0].get_paths()) == 60


def test_epoch_zero_has_its_place_on_the_logarithmic_axis(sweep) -> None:
    axes = fan(*sweep()).axes[0]
    assert axes.get_xscale() == "symlog"
    assert axes.get_yscale() == "log"
    ticks = axes.get_xticks()
    assert list(ticks) == [0, 1, 10, 100]
    places = axes.transData.transform([(tick, 1.0) for tick in ticks])[:, 0]
    np.testing.assert_allclose(np.diff(places)[1:], np.diff(places)[1])


def test_a_diverged_run_ends_in_a_cross_and_counts_as_the_worst_in_the_median(sweep) -> None:
    runs, curves = sweep([1.0, 5.0], ["zeros"], diverges=lambda rate, init, seed: rate == 1 and seed == 0)
    axes = fan(runs, curves).axes[0]
    crosses = next(part for part in axes.collections if isinstance(part, PathCollection))
    np.testing.assert_allclose(crosses.get_offsets(), [[1, 0.1]])  # its last finite cost: 0.2 / (1 + 1)
    middle = max(axes.lines, key=lambda line: line.get_ydata()[-1]).get_ydata()
    np.testing.assert_allclose(middle[:2], 0.3 / (1 + EPOCHS[:2]))
    np.testing.assert_allclose(middle[2:], 0.4 / (1 + EPOCHS[2:]))  # of (0.3, 0.4, diverged)


def test_a_median_ends_where_more_than_half_have_diverged(sweep) -> None:
    runs, curves = sweep([1.0, 5.0], ["zeros"], diverges=lambda rate, init, seed: rate == 1 and seed != 1)
    assert {len(line.get_xdata()) for line in fan(runs, curves).axes[0].lines} == {2, len(EPOCHS)}


def test_a_cost_on_its_way_to_infinity_does_not_flatten_the_others(sweep) -> None:
    runs, curves = sweep([1.0], ["zeros"], seeds=3, diverges=lambda rate, init, seed: seed == 2)
    lost = curves["run"].eq("run00002") & curves["epoch"].eq(1)
    curves.loc[lost, "value"] = 1e200
    low, high = fan(runs, curves).axes[0].get_ylim()
    assert high < 10
    assert low > 1e-4


def test_of_very_many_runs_some_are_drawn_always_the_same_and_said_so(sweep) -> None:
    runs, curves = sweep([0.1, 1.0], ["zeros"], seeds=1000, epochs=[0, 10])
    one, other = fan(runs, curves), fan(runs, curves)
    lines = [drawn(figure.axes[0])[0].get_segments() for figure in (one, other)]
    assert len(lines[0]) == MOST_LINES < 2000
    np.testing.assert_array_equal(lines[0], lines[1])
    assert f"{MOST_LINES:,} of 2,000 runs are drawn" in " ".join(one.texts[2].get_text().split())
    exact = np.median((0.2 + np.arange(1000) / 10) / (1 + 1.0 * 10))
    assert min(line.get_ydata()[-1] for line in one.axes[0].lines) == exact


def test_what_a_run_did_not_record_is_missing_and_what_diverged_infinite(sweep) -> None:
    runs, curves = sweep([1.0], ["zeros"], seeds=2, diverges=lambda rate, init, seed: seed == 1)
    curves = curves[~(curves["run"].eq("run00000") & curves["epoch"].eq(5))]
    wide = panels.by_epoch(runs.iloc[::-1], curves)
    assert list(wide.index) == ["run00001", "run00000"]
    assert np.isinf(wide.loc["run00001"].to_numpy()).tolist() == [False] * 2 + [True] * 6
    assert wide.loc["run00000"].isna().to_numpy().tolist() == [False] * 3 + [True] + [False] * 4


def test_the_comparison_shows_the_best_setting_of_each_row_with_its_quartiles(sweep) -> None:
    runs, curves = sweep(seeds=5)
    scores, *rest = comparison(runs, curves).axes
    assert [tick.get_text() for tick in scores.get_yticklabels()] == ["zeros", "normal", "he_normal"]
    assert len(rest) == 3
    final = 1 - (0.2 + np.arange(5) / 10) / 1001  # rate 10 is the best of each
    rings = scores.lines[0].get_xdata()
    np.testing.assert_allclose(sorted(rings), sorted(final))
    lower, upper = np.quantile(final, [0.25, 0.75])
    (bars,) = drawn(scores)
    np.testing.assert_allclose(bars.get_segments()[0][:, 0], [lower, upper])
    band = rest[0].collections[0].get_paths()[0].vertices
    last = band[band[:, 0] == 100][:, 1]
    np.testing.assert_allclose([last.min(), last.max()], np.array([0.3, 0.5]) / 1001)
    assert rest[0].texts[0].get_text() == "learning rate 10"


def test_the_comparison_draws_the_nine_best_and_says_that_there_are_more(sweep) -> None:
    figure = comparison(*sweep([0.1, 1.0], [f"init_{k}" for k in range(12)]))
    assert len(figure.axes) == 10
    assert "9 best out of 12" in figure.texts[2].get_text()


def test_the_comparison_says_where_every_setting_diverged(sweep) -> None:
    runs, curves = sweep(diverges=lambda rate, init, seed: init == "zeros")
    scores, *rest = comparison(runs, curves).axes
    assert [text.get_text() for text in scores.texts] == ["× 3 of 3 diverged"]
    assert rest[-1].get_title(loc="left") == "zeros"
    assert rest[-1].texts[0].get_text() == "every setting diverged"


def test_with_one_initialization_the_rates_are_compared(sweep) -> None:
    runs, curves = sweep(inits=["zeros"])
    labels = [tick.get_text() for tick in comparison(runs, curves).axes[0].get_yticklabels()]
    assert labels == ["10", "1", "0.1", "0.01"]


def test_the_comparison_has_a_diamond_for_the_test_score_of_what_validation_data_chose(sweep) -> None:
    runs, curves = sweep()
    plain = comparison(runs, curves)
    assert not [line for line in plain.axes[0].lines if line.get_marker() == "D"]
    runs = runs.assign(**{"accuracy/validation": runs["accuracy/test"], "dataset.validation_size": 0.2})
    runs["accuracy/test"] -= 0.1
    axes = comparison(runs, curves).axes[0]
    (diamonds,) = [line for line in axes.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(diamonds.get_xdata(), tables.best_by(runs)["test"])
    assert axes.get_xlim()[0] < diamonds.get_xdata().min()
    assert axes.get_xlabel() == "validation accuracy"
