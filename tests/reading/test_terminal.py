"""Tables for the terminal: they fit, they mark without colour, and long sweeps continue in blocks."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from chainrule.reading import terminal

RATES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0]
INITS = ["zeros", "torch_uniform", "xavier_uniform", "he_normal"]


def sweep(rates: list[float], inits: list[str], seeds: int = 5) -> pd.DataFrame:
    """Scores grow with rate and init; the last rate diverges always, the last but one in one seed."""
    rows = [
        {"init": init, "learning_rate": rate, "seed": seed, "accuracy/test": 0.5 + 0.01 * i + 0.001 * j}
        for i, init in enumerate(inits)
        for j, rate in enumerate(rates)
        for seed in range(seeds)
    ]
    runs = pd.DataFrame(rows)
    last, before = (runs["learning_rate"].eq(rate) for rate in (rates[-1], rates[-2]))
    lost = last | (before & runs["seed"].eq(0))
    runs["accuracy/test"] = runs["accuracy/test"].where(~lost)
    runs["cost/train"] = 1 - runs["accuracy/test"]
    runs["outcome"] = np.where(lost, "diverged", "finished")
    runs["run"] = [f"run{i}" for i in range(len(runs))]
    runs.attrs["swept"] = ("learning_rate", "init", "seed")
    return runs


def shown(table: object, width: int = 100) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("count", [2, 12])
def test_a_sweep_fits_one_hundred_columns_with_a_row_for_each_initialization(count: int) -> None:
    lines = shown(terminal.sweep_table(sweep(RATES[-count:], INITS)))
    assert max(len(line) for line in lines) <= 100
    assert not any("…" in line for line in lines)
    assert [line.split()[0] for line in lines[3 : 3 + len(INITS)]] == INITS
    assert all(len(line.split()) == 1 + count for line in lines[3 : 3 + len(INITS)])


def test_marks_are_characters_and_explained() -> None:
    lines = shown(terminal.sweep_table(sweep(RATES, INITS)))
    best = next(line for line in lines if line.startswith("he_normal"))
    assert best.split()[-1] == "×"
    assert best.split()[-2] == "0.54*!"
    assert sum("*" in line for line in lines) == 2  # the best cell and the legend
    assert lines[-2].split("   ")[0] == "* best, chosen on the test data"
    assert lines[-1] == "! some seeds diverged, median of the rest   × more than half diverged"


def test_cells_within_noise_of_the_best_and_stuck_seeds_have_their_marks() -> None:
    runs = sweep(RATES[:4], ["zeros", "he_normal"])
    alike = runs["init"].eq("he_normal") & runs["learning_rate"].eq(0.01)
    runs.loc[alike, "accuracy/test"] = [0.7, 0.5, 0.6, 0.4, 0.7]
    best = runs["init"].eq("he_normal") & runs["learning_rate"].eq(0.02)
    runs.loc[best, "accuracy/test"] = [0.75, 0.65, 0.61, 0.55, 0.52]
    runs.loc[runs["init"].eq("zeros") & runs["learning_rate"].eq(0.01), "outcome"] = "stuck"
    lines = shown(terminal.sweep_table(runs))
    cells = {line.split()[0]: line.split()[1:] for line in lines if line.split()[0] in ("zeros", "he_normal")}
    assert cells["he_normal"] == ["0.60+", "0.61*", "0.51!", "×"]
    assert cells["zeros"] == ["0.50=", "0.50", "0.50!", "×"]
    assert lines[-2].split("   ")[1] == "+ within noise of it (one-sided rank-sum test over seeds, 5 %)"
    assert lines[-1].endswith("= some seeds stuck")
    assert max(map(len, lines)) <= 100
    assert terminal.stuck_lines(runs) == [
        "5 of 40 runs are stuck: no better than a constant answer, and their gradient is gone"
    ]
    assert terminal.stuck_lines(sweep(RATES, INITS)) == []


def test_numbers_stand_below_each_other_whatever_marks_follow() -> None:
    lines = shown(terminal.sweep_table(sweep(RATES, INITS)))[3:7]
    points = [[i for i, character in enumerate(line) if character == "."] for line in lines]
    assert points[0] == points[1] == points[2] == points[3]


def test_columns_that_do_not_fit_continue_below() -> None:
    rates = [round(1.07**k * 1e-3, 6) for k in range(40)]
    runs = sweep(rates, INITS, seeds=1)
    lines = shown(terminal.sweep_table(runs))
    assert max(len(line) for line in lines) <= 100
    blocks = [line.split()[1:] for line in lines if line.startswith("zeros")]
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 40


def test_the_best_table_names_the_rate_the_band_and_what_diverged() -> None:
    lines = shown(terminal.best_table(sweep(RATES, INITS)))
    cells = {line.split()[0]: line.split()[1:] for line in lines[3:7]}
    assert list(cells) == INITS[::-1]
    assert cells["zeros"][:5] == ["20", "0.51", "0.51", "–", "0.51"]
    assert cells["zeros"][-6:] == ["1", "of", "5", "6", "of", "60"]


def test_a_row_of_which_every_setting_diverged_is_crossed_out() -> None:
    runs = sweep(RATES, INITS)
    runs.loc[runs["init"].eq("zeros"), ["accuracy/test", "outcome"]] = [np.nan, "diverged"]
    last = next(line for line in shown(terminal.best_table(runs)) if line.startswith("zeros"))
    assert last.split() == ["zeros", "×", "×", "×", "×", "5", "of", "5", "60", "of", "60"]


def test_the_best_line_repeats_the_run() -> None:
    line = terminal.best_line(sweep(RATES, INITS).assign(hidden=[[8, 8]] * 240))
    assert "test accuracy 0.540 with init=he_normal learning_rate=20 seed=1" in line
    nothing = sweep(RATES, INITS)
    nothing["outcome"] = "diverged"
    assert terminal.best_line(nothing) == "no run finished: there is no best one"


def test_a_best_run_without_a_batch_size_says_null() -> None:
    runs = sweep([0.1, 0.2, 0.5], ["zeros"], seeds=2).iloc[:2].copy()
    runs["batch_size"] = pd.array([32, None], dtype="Int64")
    runs["accuracy/test"] = [0.5, 0.6]
    runs.attrs["swept"] = ("batch_size",)
    assert "batch_size=null " in terminal.best_line(runs)


def test_what_diverged_is_said_by_row() -> None:
    lines = terminal.diverged_lines(sweep(RATES, INITS))
    assert lines[0].startswith("24 of 240 runs diverged")
    assert lines[1:] == [f"  initialization {init}: learning rate 30" for init in INITS]
    runs = sweep(RATES, INITS)
    fast = runs["learning_rate"].ge(2)
    runs.loc[fast, ["accuracy/test", "outcome"]] = [np.nan, "diverged"]
    assert terminal.diverged_lines(runs)[1] == "  initialization zeros: learning rate 2 and up"
    assert terminal.diverged_lines(runs[~fast]) == ["none of 140 runs diverged"]


def test_the_test_score_stands_beside_what_validation_data_chose() -> None:
    runs = sweep([0.1, 1.0, 2.0, 3.0], ["zeros", "he_normal"])
    runs["accuracy/validation"] = runs["accuracy/test"].rsub(1.0)  # whatever is best on the one is worst on the other
    runs["dataset.validation_size"] = 0.25
    lines = shown(terminal.sweep_table(runs))
    assert lines[0].startswith("median validation accuracy over 5 seeds")
    assert "* best, chosen on the validation data: test accuracy 0.500" in [line.strip() for line in lines]
    best = shown(terminal.best_table(runs))
    assert best[0].startswith("validation accuracy, best setting by initialization (chosen on the validation data)")
    assert best[3].split()[:3] == ["zeros", "0.1", "0.50"]
    assert best[3].split()[-7:] == ["0.50", "0", "of", "5", "6", "of", "20"]
    assert any("test: median test accuracy of the same runs, which chose nothing" in line for line in best)
    assert terminal.best_line(runs).startswith(
        "best run, chosen on the validation data: validation accuracy 0.500, test accuracy 0.500 with init=zeros"
    )


def test_a_crossed_out_row_is_as_long_as_the_others() -> None:
    runs = sweep([0.1, 1.0, 2.0], ["zeros", "he_normal"])
    runs["accuracy/validation"] = runs["accuracy/test"]
    runs["dataset.validation_size"] = 0.25
    runs.loc[runs["init"].eq("zeros"), "outcome"] = "diverged"
    row = next(line for line in shown(terminal.best_table(runs)) if line.startswith("zeros"))
    assert row.split() == ["zeros", "×", "×", "×", "×", "×", "5", "of", "5", "15", "of", "15"]
