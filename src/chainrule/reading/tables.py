"""Runs gathered over seeds and pivoted: the numbers behind every picture, terminal table and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chainrule.reading.sweep_keys import as_levels, axes, label, setting_keys, swept_keys

QUARTILES = {"low": 0.0, "lower": 0.25, "median": 0.5, "upper": 0.75, "high": 1.0}


@dataclass(frozen=True)
class Grid:
    """One cell for each value of two keys: the median `score` over seeds.

    `median`, `diverged` and `runs` are frames of shape (rows, columns). A cell is diverged when more than
    half of its runs diverged: its median is then missing. A smaller share is kept in `diverged` (a count out
    of `runs`), and the median is that of the runs which finished. A pair that was never run counts 0 runs.
    Where `others` were swept too, a cell shows the best of their settings.
    """

    score: str
    others: tuple[str, ...]
    median: pd.DataFrame
    diverged: pd.DataFrame
    runs: pd.DataFrame

    @property
    def is_diverged(self) -> pd.DataFrame:
        """Where more than half of the runs diverged."""
        return self.diverged * 2 > self.runs

    @property
    def is_best(self) -> pd.DataFrame:
        """Where the median equals the best one; several cells may share it, and a lone cell is no best."""
        if self.median.size == 1:
            return self.median.isna() & False
        values = self.median.to_numpy()
        top = np.nanmax if higher_is_better(self.score) else np.nanmin
        return self.median == (top(values) if np.isfinite(values).any() else np.nan)

    @property
    def title(self) -> str:
        """What a cell holds, in words: "median test accuracy over 5 seeds"."""
        count = int(self.runs.to_numpy().max(initial=0))
        what = f"median {label(self.score)} over {count} seeds" if count > 1 else label(self.score)
        others = " and ".join(label(key) for key in self.others)
        return f"{what}, at the best {others} of each cell" if others else what


def score_column(runs: pd.DataFrame) -> str:
    """The column runs are judged by: "accuracy/test" or "r2/test", whichever more have; else "cost/train"."""
    known = {key: int(runs[key].count()) for key in ("accuracy/test", "r2/test") if key in runs}
    return max(known, key=lambda key: known[key], default="cost/train")


def higher_is_better(score: str) -> bool:
    """Whether a larger value of `score` is the better one; only costs are better when small."""
    return not score.startswith("cost/")


def over_seeds(runs: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row for each combination of `keys`, best first: the score's median and quartiles over its runs.

    Columns: `keys` (categorical), `runs` and `diverged` (counts), `low`, `lower`, `median`, `upper`, `high`
    (minimum, quartiles, maximum over the runs that finished; missing when more than half diverged). Failed
    runs are left out: they say nothing about the setting. Of equal medians the one with more finished seeds
    comes first, then the one whose levels do: the smaller of two learning rates.
    """
    score = score_column(runs)
    judged = runs[runs["outcome"].ne("failed")]
    frame = pd.DataFrame({key: as_levels(judged[key]) for key in keys}, index=judged.index)
    frame["score"] = judged[score].where(judged["outcome"].eq("finished"))
    frame["diverged"] = judged["outcome"].eq("diverged")
    groups = frame.groupby(list(keys), observed=True)
    table = pd.DataFrame({"runs": groups.size(), "diverged": groups["diverged"].sum()})
    for name, share in QUARTILES.items():
        table[name] = groups["score"].quantile(share).where(table["diverged"] * 2 <= table["runs"])
    signed = -table["median"] if higher_is_better(score) else table["median"]
    order = np.lexsort((-groups["score"].count(), signed))  # stable, missing medians last
    return table.iloc[order].reset_index()


def grid(runs: pd.DataFrame, rows: str | None = None, columns: str | None = None) -> Grid:
    """The median score of `runs` by two keys, by default its `sweep_keys.axes`; `Grid` says what a cell means."""
    default_rows, default_columns = axes(runs)
    rows, columns = rows or default_rows, columns or default_columns
    others = [key for key in setting_keys(runs) if key not in (rows, columns) and key in swept_keys(runs)]
    cells = over_seeds(runs, [rows, columns, *others]).drop_duplicates([rows, columns])
    row_levels, column_levels = (
        pd.Index(as_levels(runs[key]).categories, dtype=object, name=key) for key in (rows, columns)
    )

    def spread(value: str, missing: float) -> pd.DataFrame:
        wide = cells.pivot(index=rows, columns=columns, values=value).astype(float)
        wide.index, wide.columns = wide.index.astype(object), wide.columns.astype(object)
        return wide.reindex(index=row_levels, columns=column_levels).fillna(missing)

    counts = {value: spread(value, 0).astype(int) for value in ("diverged", "runs")}
    return Grid(score_column(runs), tuple(others), spread("median", np.nan), **counts)


def ranked(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that finished, the best score first, of equals the one with the lowest training cost."""
    score = score_column(runs)
    finished = runs[runs["outcome"].eq("finished") & runs[score].notna()]
    return finished.sort_values([score, "cost/train"], ascending=[not higher_is_better(score), True])


def best_run(runs: pd.DataFrame) -> pd.Series[Any] | None:
    """The first of the `ranked` runs; None if none finished."""
    finished = ranked(runs)
    return None if finished.empty else finished.iloc[0]


def best_by(runs: pd.DataFrame, key: str = "init") -> pd.DataFrame:
    """The best setting of each value of `key`, best first: see `over_seeds` for the columns.

    Two more count over all settings of that value: `all_runs` and `all_diverged`. A value none of whose
    settings has a majority of finished seeds keeps its row, with the band missing.
    """
    table = over_seeds(runs, list(dict.fromkeys([key, *setting_keys(runs)])))
    totals = table.groupby(key, observed=True)[["runs", "diverged"]].sum().add_prefix("all_")
    return table.drop_duplicates(key).join(totals, on=key).reset_index(drop=True)


def runs_of(runs: pd.DataFrame, setting: pd.Series[Any]) -> pd.DataFrame:
    """The rows of `runs` with one setting, given as a row of `over_seeds` or `best_by`."""
    alike = np.ones(len(runs), dtype=bool)
    for key in setting_keys(runs):
        alike &= np.asarray(as_levels(runs[key]) == setting[key])
    return runs[alike]
