"""Runs gathered over seeds and pivoted: the numbers behind every picture, terminal table and comparison."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chainrule import formats
from chainrule.components import kinds, names

SEED = "seed"
QUARTILES = {"low": 0.0, "lower": 0.25, "median": 0.5, "upper": 0.75, "high": 1.0}
_LABELS = {
    "accuracy/test": "test accuracy",
    "r2/test": "test R²",
    "cost/train": "training cost",
    "init": "initialization",
    "learning_rate": "learning rate",
}


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


def label(key: str) -> str:
    """A column's name as a reader says it: "learning rate" for `learning_rate`."""
    return _LABELS.get(key, key.replace("_", " "))


def setup(runs: pd.DataFrame) -> str:
    """What all of `runs` have in common, for captions: "moons · hidden [8] · sigmoid"."""
    shared = {key: as_levels(runs[key]).categories for key in ("dataset", "hidden", "activation") if key in runs}
    words = {key: formats.level(levels[0]) for key, levels in shared.items() if len(levels) == 1}
    return " · ".join(f"hidden {word}" if key == "hidden" else word for key, word in words.items())


def shorten(name: str, longest: int = 22) -> str:
    """`name`, its middle left out when it is longer than `longest` characters."""
    if len(name) <= longest:
        return name
    kept = longest - 1
    return f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"


def score_column(runs: pd.DataFrame) -> str:
    """The column runs are judged by: "accuracy/test" or "r2/test", whichever more have; else "cost/train"."""
    known = {key: int(runs[key].count()) for key in ("accuracy/test", "r2/test") if key in runs}
    return max(known, key=lambda key: known[key], default="cost/train")


def higher_is_better(score: str) -> bool:
    """Whether a larger value of `score` is the better one; only costs are better when small."""
    return not score.startswith("cost/")


def as_levels(column: pd.Series[Any]) -> pd.Categorical:
    """The values of a key as ordered levels: numbers by size, registered names in their own order, then the rest."""
    values = [_level(value) for value in column]
    registered = names(str(column.name)) if column.name in kinds() else []
    distinct = sorted(
        dict.fromkeys(values), key=lambda value: registered.index(value) if value in registered else len(registered)
    )
    numbers = sorted(value for value in distinct if isinstance(value, (int, float)))
    return pd.Categorical(
        values, categories=numbers + [value for value in distinct if isinstance(value, str)], ordered=True
    )


def swept_keys(runs: pd.DataFrame) -> list[str]:
    """The swept keys that vary among `runs`, the most varied first and the seed last.

    They are named in `runs.attrs["swept"]`; in a frame that lost it, all settings that vary count.
    """
    named = runs.attrs.get("swept") or _settings(runs)
    sizes = {key: len(as_levels(runs[key]).categories) for key in named if key in runs}
    varied = [key for key, size in sizes.items() if size > 1]
    if not runs.attrs.get("swept"):  # what a component brings along varies with it, and is no choice of its own
        varied = [key for key in varied if key.partition(".")[0] not in varied or "." not in key]
    return sorted(varied, key=lambda key: (key == SEED, -sizes[key]))


def axes(runs: pd.DataFrame) -> tuple[str, str]:
    """The keys on the rows and the columns of a table of `runs`.

    Rows are initializations and columns learning rates where these were swept, otherwise the most varied
    other keys. Seeds become columns only when nothing else was swept. With one swept key there is one row, or
    for initializations one column.
    """
    swept = swept_keys(runs)
    others = [key for key in swept if key not in ("init", "learning_rate", SEED)]
    if "learning_rate" in swept:
        return ("init" if "init" in swept or not others else others[0]), "learning_rate"
    if "init" in swept:
        return "init", (others[0] if others else "learning_rate")
    if len(others) > 1:
        return others[0], others[1]
    return "init", (others or (swept if SEED in swept else ["learning_rate"]))[0]


def compared_key(runs: pd.DataFrame) -> str:
    """The key whose values are set side by side: the rows of `axes`, or its columns if there is one row only."""
    rows, columns = axes(runs)
    return rows if rows in swept_keys(runs) else columns


def setting_keys(runs: pd.DataFrame) -> list[str]:
    """The keys that tell two settings of `runs` apart: its axes and what else was swept, without the seed."""
    return [key for key in dict.fromkeys([*axes(runs), *swept_keys(runs)]) if key != SEED]


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
    """The median score of `runs` by two keys, by default its `axes`; `Grid` says what a cell means."""
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


def best_run(runs: pd.DataFrame) -> pd.Series[Any] | None:
    """The finished run with the best score, of equals the one with the lowest training cost; None if none."""
    score = score_column(runs)
    finished = runs[runs["outcome"].eq("finished") & runs[score].notna()]
    if finished.empty:
        return None
    ranked = finished.sort_values([score, "cost/train"], ascending=[not higher_is_better(score), True])
    return ranked.iloc[0]


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


def _settings(runs: pd.DataFrame) -> list[str]:
    """The columns of settings: `load_runs` puts them between the run and its metrics."""
    names = list(runs.columns)
    metrics = [place for place, name in enumerate(names) if "/" in name]
    return [name for name in names[: metrics[0]] if name != "run"] if metrics else []


def _level(value: Any) -> float | int | str:
    if isinstance(value, (list, tuple, np.ndarray)):
        return json.dumps(np.asarray(value).tolist())
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)) and not np.isnan(value):
        return float(value)
    return value if isinstance(value, str) else "null"
