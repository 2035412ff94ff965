"""Runs gathered over seeds and pivoted: the numbers behind every picture, terminal table and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule import formats
from chainrule.reading.noise import within_noise
from chainrule.reading.sweep_keys import as_levels, axes, label, setting_keys, swept_keys
from chainrule.record.run_record import WITH_NUMBERS

LOST = ("diverged", "stuck", "failed")  # outcomes of a run that came to nothing
VALIDATION_SIZE = "dataset.validation_size"
QUARTILES = {"low": 0.0, "lower": 0.25, "median": 0.5, "upper": 0.75, "high": 1.0}


@dataclass(frozen=True)
class Grid:
    """One cell for each value of two keys: the median `score` over seeds.

    All others are frames of shape (rows, columns). A cell is diverged when more than half of its runs diverged: its
    median is then missing. A smaller share is kept in `diverged` (a count out of `runs`), and the median is that of
    the other runs, of which `stuck` are stuck. A pair that was never run counts 0 runs. `within_noise` marks the best
    cell and those that can't be told from it, see `over_seeds`. Where `others` were swept too, a cell shows the best
    of their settings. `test` holds the median test scores of the same runs where `score` is one on the validation set.
    """

    score: str
    others: tuple[str, ...]
    median: pd.DataFrame
    diverged: pd.DataFrame
    stuck: pd.DataFrame
    runs: pd.DataFrame
    within_noise: pd.DataFrame
    test: pd.DataFrame | None = None

    @property
    def is_diverged(self) -> pd.DataFrame:
        """Where more than half of the runs diverged."""
        return self.diverged * 2 > self.runs

    @property
    def is_stuck(self) -> pd.DataFrame:
        """Where more than half of the runs that did not diverge are stuck: so is the median."""
        return self.stuck * 2 > self.runs - self.diverged

    @property
    def is_best(self) -> pd.DataFrame:
        """Where the median equals the best one; several cells may share it, and a lone cell is no best."""
        if self.median.size == 1:
            return self.median.isna() & False
        values = self.median.to_numpy()
        top = np.nanmax if higher_is_better(self.score) else np.nanmin
        return self.median == (top(values) if np.isfinite(values).any() else np.nan)

    @property
    def is_near_best(self) -> pd.DataFrame:
        """Where a cell is not the best, and can't be told from it."""
        return self.within_noise & ~self.is_best if self.median.size > 1 else self.within_noise & False

    @property
    def title(self) -> str:
        """What a cell holds, in words: "median test accuracy over 5 seeds"."""
        count = int(self.runs.to_numpy().max(initial=0))
        what = f"median {label(self.score)} over {count} seeds" if count > 1 else label(self.score)
        others = " and ".join(label(key) for key in self.others)
        return f"{what}, at the best {others} of each cell" if others else what

    @property
    def how_chosen(self) -> str:
        """What must be said beside the best cells: by what they were chosen, and how they did on what chose nothing."""
        how = chosen_on(self.score)
        if self.test is None:
            return how
        found = np.sort(self.test.to_numpy()[self.is_best.to_numpy()])
        ends = dict.fromkeys(formats.score(value, 3) for value in found[[0, -1][: len(found)]] if np.isfinite(value))
        return f"{how}: {label(score_on_test(self.score))} {' to '.join(ends)}" if ends else how


def score_column(runs: pd.DataFrame) -> str:
    """The column that settings are chosen by.

    If every run has a validation set, "accuracy/validation" or "r2/validation", whichever more have, or else
    "cost/validation". If not, "accuracy/test" or "r2/test"; else "cost/train".
    """
    has_validation = pd.to_numeric(runs.get(VALIDATION_SIZE, pd.Series([0])), errors="coerce") > 0
    split = "validation" if has_validation.all() else "test"
    known = {key: int(runs[key].count()) for key in (f"accuracy/{split}", f"r2/{split}") if key in runs}
    is_costed = split == "validation" and "cost/validation" in runs
    return max(known, key=lambda key: known[key], default="cost/validation" if is_costed else "cost/train")


def score_on_test(score: str) -> str:
    """The test score that tells how what was chosen by `score` does: "accuracy/test" for "accuracy/validation"."""
    return score.replace("/validation", "/test")


def higher_is_better(score: str) -> bool:
    """Whether a larger value of `score` is the better one; only costs are better when small."""
    return not score.startswith("cost/")


def told_scores(runs: pd.DataFrame) -> list[str]:
    """What is told of a best run: the score that chose it, and the test score if it did not and there is one."""
    score = score_column(runs)
    return [key for key in dict.fromkeys([score, score_on_test(score)]) if key in runs]


def chosen_on(score: str) -> str:
    """What must be said beside a best setting: which samples have chosen it; nothing where it is the training cost.

    A score on samples that chose it flatters; the test score is an honest estimate of what validation samples chose.
    """
    split = score.partition("/")[2]
    return f"chosen on the {split} data" if split in ("validation", "test") else ""


def over_seeds(runs: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row for each combination of `keys`, best first: the score's median and quartiles over its runs.

    Columns: `keys` (categorical); the counts `runs` (without those that failed: they say nothing about the setting),
    `diverged`, `stuck` and `failed`; `low`, `lower`, `median`, `upper`, `high` (minimum, quartiles, maximum over the
    runs that did not diverge, stuck ones included; missing when more than half diverged); `within_noise`, whether the
    setting's seeds are not worse than the first one's (see `chainrule.reading.noise`; a diverged seed counts as the
    worst). Of equal medians the one with fewer diverged seeds comes first, then the one whose levels do: the smaller
    of two learning rates. Where the score is one on the validation set there is `test`, too, the median test score of
    the same runs: it chooses nothing.
    """
    score = score_column(runs)
    frame = pd.DataFrame({key: as_levels(runs[key]) for key in keys}, index=runs.index)
    frame["score"] = runs[score].where(runs["outcome"].isin(WITH_NUMBERS))
    test = score_on_test(score)
    is_judged = test != score and test in runs
    if is_judged:
        frame["test"] = runs[test].where(runs["outcome"].isin(WITH_NUMBERS))
    for outcome in LOST:
        frame[outcome] = runs["outcome"].eq(outcome)
    groups = frame.groupby(list(keys), observed=True)
    table = groups[list(LOST)].sum()
    table.insert(0, "runs", groups.size() - table["failed"])
    for name, share in QUARTILES.items():
        table[name] = groups["score"].quantile(share).where(table["diverged"] * 2 <= table["runs"])
    if is_judged:
        table["test"] = groups["test"].median().where(table["median"].notna())
    sign = 1.0 if higher_is_better(score) else -1.0
    order = np.lexsort((-groups["score"].count(), -sign * table["median"]))  # stable, missing medians last
    frame["goodness"] = (sign * frame["score"]).where(~frame["diverged"], -np.inf)
    table = table.iloc[order].reset_index()
    table["within_noise"] = _within_noise(frame, keys, order) & table["median"].notna()
    return table[table["runs"] > 0].reset_index(drop=True)


def _within_noise(frame: pd.DataFrame, keys: Sequence[str], order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """For each setting, in `order`, whether the column "goodness" can't be told from the first one's."""
    number = frame.groupby(list(keys), observed=True).ngroup()
    seeds = {place: own.dropna().to_numpy(np.float64) for place, own in frame["goodness"].groupby(number)}
    scores = [seeds[place] for place in order]
    return np.array(within_noise(scores, scores[0]) if scores else [], dtype=bool)


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

    counts = {value: spread(value, 0).astype(int) for value in ("diverged", "stuck", "runs")}
    near = spread("within_noise", 0).astype(bool)
    test = spread("test", np.nan) if "test" in cells else None
    return Grid(score_column(runs), tuple(others), spread("median", np.nan), **counts, within_noise=near, test=test)


def ranked(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that trained to the end, the best score first, of equals the one with the lowest training cost."""
    score = score_column(runs)
    if score not in runs:  # all have failed
        return runs.iloc[:0]
    finished = runs[runs["outcome"].isin(WITH_NUMBERS) & runs[score].notna()]
    return finished.sort_values([score, "cost/train"], ascending=[not higher_is_better(score), True])


def best_run(runs: pd.DataFrame) -> pd.Series[Any] | None:
    """The first of the `ranked` runs; None if none trained to the end."""
    finished = ranked(runs)
    return None if finished.empty else finished.iloc[0]


def best_by(runs: pd.DataFrame, key: str = "init") -> pd.DataFrame:
    """The best setting of each value of `key`, best first: see `over_seeds` for the columns.

    More count over all settings of that value: `all_runs`, `all_diverged`, `all_stuck` and `all_failed`. A value each
    of whose settings diverged for most seeds keeps its row, with the band missing.
    """
    table = over_seeds(runs, list(dict.fromkeys([key, *setting_keys(runs)])))
    totals = table.groupby(key, observed=True)[["runs", *LOST]].sum().add_prefix("all_")
    return table.drop_duplicates(key).join(totals, on=key).reset_index(drop=True)


def edges(runs: pd.DataFrame) -> list[str]:
    """A sentence for each swept number whose best value is the largest or smallest one swept, and the only best one."""
    table = over_seeds(runs, setting_keys(runs))
    sign = 1.0 if higher_is_better(score_column(runs)) else -1.0
    sentences = []
    for key in setting_keys(runs) if table["median"].notna().any() else ():
        levels = (sign * table["median"]).fillna(-np.inf).groupby(table[key], observed=True).max()
        if len(levels) < 2 or not all(isinstance(level, (int, float)) for level in levels.index):
            continue
        best = levels.idxmax()
        end = {levels.index[0]: "smallest", levels.index[-1]: "largest"}.get(best)
        is_bound = end == "smallest" and (best == 0 or (best == 1 and isinstance(best, int)))  # no decay, one sample
        if end and not is_bound and (levels < levels.max()).sum() == len(levels) - 1:
            what = f"the best {label(key)}, {formats.level(best)}, is the {end} one swept"
            sentences.append(f"{what}: the optimum may lie beyond")
    return sentences


def runs_of(runs: pd.DataFrame, setting: pd.Series[Any]) -> pd.DataFrame:
    """The rows of `runs` with one setting, given as a row of `over_seeds` or `best_by`."""
    alike = np.ones(len(runs), dtype=bool)
    for key in setting_keys(runs):
        alike &= np.asarray(as_levels(runs[key]) == setting[key])
    return runs[alike]
