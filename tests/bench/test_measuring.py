"""Turns, medians and verdicts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from chainrule import formats
from chainrule.bench.measuring import ratio, spread, take_turns
from chainrule.bench.rows import Row
from chainrule.bench.table import cells, markdown_table, terminal_table


def row(**changes: object) -> Row:
    given = {"part": "p", "what": "w", "unit": "s", "ours": (1.0, 2.0, 4.0), "peer": "q", "theirs": (8.0, 10.0, 12.0)}
    return Row(**{**given, **changes})  # type: ignore[arg-type]


def test_sides_take_turns() -> None:
    order: list[str] = []

    def side(name: str, value: float) -> float:
        order.append(name)
        return value + len(order)

    taken = take_turns({"a": lambda: side("a", 10), "b": lambda: side("b", 20)}, rounds=2)
    assert order == ["a", "b", "a", "b"]
    assert taken == {"a": (11, 13), "b": (22, 24)}


def test_a_ratio_compares_neighbours_in_time() -> None:
    assert ratio([1, 10, 100], [2, 20, 200]) == 0.5  # a machine ten times slower each round
    assert ratio([6], [2, 4]) == 2.0
    assert spread([8.0, 10.0, 12.0]) == 0.2


def test_better_means_less_time_but_more_rate() -> None:
    assert row().advantage == 5.0
    assert row(more_is_better=True).advantage == 0.2
    assert row(theirs=()).advantage is None


def test_requirements() -> None:
    assert (row().at_most(2.0).must, row().at_most(2.0).reached) == ("at most 2 s", True)
    assert row().at_most(1.9).reached is False
    assert row().at_most(2.0).asked == 5.0  # what two seconds would be beside the peer's ten
    assert row(more_is_better=True).at_least(5.0).asked == 0.5
    assert (row().at_least(2.1).must, row().at_least(2.1).reached) == ("at least 2.1 s", False)
    assert (row().ahead(5.0).must, row().ahead(5.0).reached, row().ahead(5.1).reached) == ("5 x better", True, False)
    assert row().ahead(1.0).must == "ahead"
    growing = row(ours=(1.2,), theirs=(1.0,))
    assert (growing.within(0.2).reached, growing.within(0.1).reached) == (True, False)
    assert growing.within(0.2).must == "within 20% of it"
    assert row(theirs=()).ahead(1.0).reached is False


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


def test_the_table_says_all_of_a_row() -> None:
    judged = row().ahead(50.0)
    assert cells(judged) == ("w", "50 x better", "2 s ± 75%", "q", "10 s ± 20%", "5", "no")
    assert cells(row(ours=(2.0,), theirs=(), peer="")) == ("w", "", "2 s", "", "", "", "")
    assert markdown_table([judged]).splitlines()[-1] == "| w | 50 x better | 2 s ± 75% | q | 10 s ± 20% | 5 | no |"


def test_the_terminal_table_fits_a_hundred_columns_and_says_what_is_not_reached() -> None:
    console = Console(width=100, file=io.StringIO())
    wide = {"what": "W3, 10,000 runs, start-up included", "unit": "run-steps/s", "ours": (291_000.0,)}
    console.print(terminal_table([row(**wide, peer="JAX, blocks on two devices", theirs=(465_000.0,)).ahead(1.0)]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert text.splitlines()[-2].split()[-7:] == ["JAX,", "blocks", "on", "two", "devices", "465,000", "1.6"]
    assert text.splitlines()[-1].strip() == "ahead: reached"
    console.print(terminal_table([row().ahead(6.0)]))
    assert "6 x better: NOT REACHED" in console.file.getvalue()  # type: ignore[attr-defined]
