"""Medians, verdicts, and what is made of them: tables, JSON, picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chainrule import formats
from chainrule.studies.discover import experiments
from experiments.benchmark.page import BEGIN, END, cells, machine_facts, redraw, terminal_table, write
from experiments.benchmark.rows import Row, ratio, spread

JAX = Row("training", "moons_1000 training", "run-steps/s", (300.0, 320.0), "JAX", (200.0, 200.0), more_is_better=True)
ROWS = [
    JAX.ahead(1.0),
    Row("pipeline", "moons_1000 end to end", "s a run", (0.1,), "the baseline", (0.05,)).ahead(50.0),
    Row("start", "help", "s", (0.1,)).at_most(0.5),
]


def row(**changes: Any) -> Row:
    given = {"section": "s", "what": "w", "unit": "s", "rounds": (1.0, 2.0, 4.0), "peer": "q"}
    return Row(**{**given, "peer_rounds": (8.0, 10.0, 12.0), **changes})


def test_a_ratio_compares_neighbours_in_time() -> None:
    assert ratio([1, 10, 100], [2, 20, 200]) == 0.5  # a machine ten times slower each round
    assert ratio([6], [2, 4]) == 2.0
    assert spread([8.0, 10.0, 12.0]) == 0.2


def test_better_means_less_time_but_more_rate() -> None:
    assert row().advantage == 5.0
    assert row(more_is_better=True).advantage == 0.2
    assert row(peer_rounds=()).advantage is None


def test_requirements() -> None:
    assert (row().at_most(2.0).must, row().at_most(2.0).reached) == ("at most 2 s", True)
    assert row().at_most(1.9).reached is False
    assert row().at_most(2.0).asked == 5.0  # what two seconds would be beside the peer's ten
    assert row(more_is_better=True).at_least(5.0).asked == 0.5
    assert (row().at_least(2.1).must, row().at_least(2.1).reached) == ("at least 2.1 s", False)
    assert (row().ahead(5.0).must, row().ahead(5.0).reached, row().ahead(5.1).reached) == ("5 x better", True, False)
    assert row().ahead(1.0).must == "ahead"
    growing = row(rounds=(1.2,), peer_rounds=(1.0,))
    assert (growing.within(0.2).reached, growing.within(0.1).reached) == (True, False)
    assert growing.within(0.2).must == "within 20% of it"
    assert row(peer_rounds=()).ahead(1.0).reached is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (214_123.0, "214,000"),
        (99_950.0, "100,000"),
        (523.4, "523"),
        (99.96, "100"),
        (13.66, "13.7"),
        (0.0042, "0.0042"),
    ],
)
def test_numbers_show_three_digits_that_count(value: float, text: str) -> None:
    assert formats.thousands(value) == text


def test_cells_say_all_of_a_row() -> None:
    assert cells(row().ahead(50.0)) == ("w", "50 x better", "2 s ± 75%", "q", "10 s ± 20%", "5", "no")
    assert cells(row(rounds=(2.0,), peer_rounds=(), peer="")) == ("w", "", "2 s", "", "", "", "")


def test_the_terminal_table_fits_a_hundred_columns_and_says_what_is_not_reached() -> None:
    file = io.StringIO()
    console = Console(width=100, file=file)
    wide = {"what": "moons_1000 end to end, with start-up", "unit": "run-steps/s", "rounds": (291_000.0,)}
    console.print(terminal_table([row(**wide, peer="JAX, blocks on two devices", peer_rounds=(465_000.0,)).ahead(1.0)]))
    text = file.getvalue()
    assert "…" not in text
    assert text.splitlines()[-2].split()[-7:] == ["JAX,", "blocks", "on", "two", "devices", "465,000", "1.6"]
    assert text.splitlines()[-1].strip() == "ahead: reached"
    console.print(terminal_table([row().ahead(6.0)]))
    assert "6 x better: NOT REACHED" in file.getvalue()


def test_results_are_left_as_json_picture_and_table(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# above\n{BEGIN}\nold table\n{END}\nbelow\n")
    machine = machine_facts()
    write(tmp_path, ROWS, machine)
    assert (tmp_path / "benchmark.png").read_bytes()[:4] == b"\x89PNG"
    text = readme.read_text()
    assert text.startswith(f"# above\n{BEGIN}\n")
    assert text.endswith(f"{END}\nbelow\n")
    assert "old table" not in text
    assert "| moons_1000 training | ahead | 310 run-steps/s ± 3% | JAX | 200 run-steps/s ± 0% | 1.55 | yes |" in text
    assert f"cores {machine['cores']}" in text
    redraw(tmp_path)
    assert readme.read_text() == text  # the table comes from the JSON alone


def test_the_committed_table_is_the_one_of_the_committed_results(tmp_path: Path) -> None:
    kept = experiments() / "benchmark"
    for name in ("README.md", "results.json"):
        (tmp_path / name).write_bytes((kept / name).read_bytes())
    redraw(tmp_path)
    assert (tmp_path / "README.md").read_text() == (kept / "README.md").read_text()
