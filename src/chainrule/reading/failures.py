"""The runs that failed and why: those with the same reason are one row or line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule import formats, markdown

if TYPE_CHECKING:
    import pandas as pd

MOST = 10  # reasons that are shown
_HEADER = ("runs", "reason", "such as", "run")


def failures(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a reason: `error`, `runs` (how many), `name` and `run` of the first; the most frequent reason first."""
    failed = runs[runs["outcome"] == "failed"]
    grouped = failed.groupby("error", dropna=False, sort=False)
    found = grouped.agg(runs=("run", "size"), name=("name", "first"), run=("run", "first")).reset_index()
    return found.sort_values("runs", ascending=False, kind="stable", ignore_index=True)


def failure_lines(runs: pd.DataFrame) -> list[str]:
    """For the terminal, a line a reason; none if no run failed."""
    return [
        f"{count} failed: {reason}" + (f" (such as {name}, run {run})" if run else "")
        for count, reason, name, run in _rows(runs)
    ]


def failures_markdown(runs: pd.DataFrame) -> str | None:
    """For a note; None if no run failed."""
    rows = _rows(runs)
    return markdown.table(_HEADER, rows) if rows else None


def _rows(runs: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    found = failures(runs)
    rows = [
        (str(row.runs), formats.shorten(str(row.error), 200), formats.shorten(str(row.name), 60), str(row.run))
        for row in found.head(MOST).itertuples(index=False)
    ]
    left = found["runs"][MOST:].sum()
    return [*rows, (str(left), "other reasons", "", "")] if left else rows
