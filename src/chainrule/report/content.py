"""What a sweep's page says, gathered from what `load_runs` and the sweep's own run tell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chainrule import formats
from chainrule.reading import noise, sweep_keys, tables, terminal
from chainrule.reading.failures import failures
from chainrule.reading.importance import Importance, importance
from chainrule.reading.sweep_keys import label
from chainrule.reading.sweeps import SweepDescription
from chainrule.record.run_record import OUTCOMES
from chainrule.report.heatmap import Heatmap, heatmap


@dataclass(frozen=True)
class Table:
    """Texts in rows; `numeric` tells which columns are set to the right, `ids` are the anchors of the rows."""

    caption: str
    columns: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    ids: list[str]


@dataclass(frozen=True)
class Part:
    """A share of the variance of the score, and what it goes with."""

    name: str
    share: float


@dataclass(frozen=True)
class Failure:
    """A reason for which runs failed, and one of them."""

    reason: str
    runs: int
    name: str
    run: str


@dataclass(frozen=True)
class Report:
    """Everything on the page, in words and numbers as they are written there.

    `state` is said of a sweep that is not whole. `command` is what was typed, `best_command` what trains its best run
    again. `settings` is None where each setting has but one run: it is a row of `runs` then.
    """

    title: str
    question: str | None
    about: str
    state: str | None
    answer: list[str]
    command: str | None
    best_command: str | None
    heatmap: Heatmap | None
    importance: Importance | None
    parts: list[Part]
    settings: Table | None
    runs: Table
    failures: list[Failure]
    shared: list[tuple[str, str]]
    origin: list[tuple[str, str]]


def report(runs: pd.DataFrame, sweep: SweepDescription) -> Report:
    """The page of one sweep: `runs` are its rows of `load_runs`, at least one of which has not failed."""
    runs = runs.reset_index(drop=True)
    found = importance(runs)
    per_setting = tables.over_seeds(runs, sweep_keys.setting_keys(runs))
    has_seeds = len(per_setting) < len(runs) and sweep_keys.SEED not in sweep_keys.axes(runs)
    targets = _targets(runs, per_setting, has_seeds=has_seeds)
    is_swept = bool(sweep_keys.swept_keys(runs))
    return Report(
        title=(sweep.part or sweep.study).replace("_", " "),
        question=sweep.question,
        about=f"Sweep {sweep.sweep} of {sweep.study}: {_counts(runs)}. {sweep_keys.setup(runs)}".rstrip(". ") + ".",
        state=_state(len(runs), sweep.asked),
        answer=_answer(runs),
        command=sweep.command,
        best_command=_best_command(runs, sweep),
        heatmap=heatmap(runs, lambda levels: targets.get(tuple(levels.items()))) if is_swept else None,
        importance=found,
        parts=_parts(found),
        settings=_settings_table(runs, per_setting) if has_seeds else None,
        runs=_runs_table(runs),
        failures=[
            Failure(str(each.error), int(str(each.runs)), str(each.name), str(each.run))
            for each in failures(runs).itertuples(index=False)
        ],
        shared=_shared(runs),
        origin=_origin(sweep),
    )


def _state(recorded: int, asked: int | None) -> str | None:
    return None if asked in (None, recorded) else f"Not whole: {recorded} of {asked} runs are recorded."


def _counts(runs: pd.DataFrame) -> str:
    counts = runs["outcome"].value_counts()
    told = [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts]
    return f"{len(runs)} runs, {', '.join(told)}"


def _answer(runs: pd.DataFrame) -> list[str]:
    """Sentences, the best run first; one may have lines below it."""
    sentences = [terminal.best_line(runs), *tables.edges(runs)]
    sentences += ["\n".join(terminal.diverged_lines(runs)), *terminal.stuck_lines(runs)]
    return [f"{each[:1].upper()}{each[1:]}" for each in sentences]


def _best_command(runs: pd.DataFrame, sweep: SweepDescription) -> str | None:
    best = tables.best_run(runs)
    return None if best is None or sweep.command is None or sweep.part else train_command(sweep.command, best, runs)


def train_command(command: str, run: pd.Series[Any], runs: pd.DataFrame) -> str | None:
    """What trains one of the `runs` of a sweep again, which was started by `command`; None if it can't be told."""
    swept = [key for key in runs.attrs.get("swept", ()) if key in runs]
    prefix = train_prefix(command, swept)
    return f"{prefix} {shlex.join(f'{key}={as_argument(run[key])}' for key in swept)}" if prefix else None


def train_prefix(command: str, swept: Sequence[str]) -> str | None:
    """The same without the values of the `swept` keys."""
    program, subcommand, *arguments = shlex.split(command)
    if subcommand != "sweep":
        return None
    kept = [each for each in arguments if _key(each) not in swept and not each.lstrip("+~").startswith("hydra")]
    return shlex.join([program, "train", *kept])


def setting_numbers(runs: pd.DataFrame) -> list[int]:
    """For each run the number of its setting, the best being 0; -1 if all runs of it have failed."""
    keys = sweep_keys.setting_keys(runs)
    found = tables.over_seeds(runs, keys)
    places = {levels: place for place, levels in enumerate(zip(*(as_list(found[key]) for key in keys), strict=True))}
    levels = zip(*(as_list(_levels(runs[key])) for key in keys), strict=True)
    return [places.get(each, -1) for each in levels]


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~").partition("@")[0]


def as_argument(value: Any) -> str:
    """A setting as it is typed: exactly the number that was recorded."""
    if isinstance(value, list | tuple | np.ndarray):
        return f"[{','.join(as_argument(each) for each in value)}]"
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return "null"
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _targets(
    runs: pd.DataFrame, per_setting: pd.DataFrame, *, has_seeds: bool
) -> dict[tuple[tuple[str, Any], ...], str]:
    """By both axes' values, the id of the row of the best setting that has them."""
    keys = sweep_keys.axes(runs)
    frame = per_setting if has_seeds else _best_first(runs)
    prefix = "setting" if has_seeds else "run"
    levels = [as_list(frame[key] if has_seeds else pd.Series(sweep_keys.as_levels(frame[key]))) for key in keys]
    found: dict[tuple[tuple[str, Any], ...], str] = {}
    for number, pair in zip(frame.index, zip(*levels, strict=True), strict=True):
        found.setdefault(tuple(zip(keys, pair, strict=True)), f"{prefix}-{number}")
    return found


def _best_first(runs: pd.DataFrame) -> pd.DataFrame:
    """All runs, by their numbers: the ranked ones, then those without a score."""
    ranked = tables.ranked(runs)
    return pd.concat([ranked, runs.drop(index=ranked.index)])


def as_list(column: pd.Series[Any]) -> list[Any]:
    """The values of a categorical column as they are."""
    return list(column.astype(object))


def _settings_table(runs: pd.DataFrame, per_setting: pd.DataFrame) -> Table:
    """All settings, the best first, each over its seeds."""
    keys = [key for key in sweep_keys.setting_keys(runs) if key in sweep_keys.swept_keys(runs)]
    score = tables.score_column(runs)
    has_test, near = "test" in per_setting, per_setting["within_noise"].to_numpy()
    columns = [*map(label, keys), "median", "quartiles", "range", *(["test"] if has_test else []), "lost"]
    rows = []
    for place, row in enumerate(per_setting.to_dict("records")):
        ends = [(row["lower"], row["upper"]), (row["low"], row["high"])]
        bands = [" – ".join(formats.score(end, 3) for end in pair) for pair in ends]
        numbers = [formats.score(row["median"], 3) + ("+" if near[place] and place else ""), *bands]
        numbers += [formats.score(row["test"], 3)] if has_test else []
        if np.isnan(row["median"]):
            numbers = ["×"] * (3 + has_test)
        lost = sum(row[outcome] for outcome in tables.LOST)
        rows.append([*(formats.level(row[key]) for key in keys), *numbers, f"{lost} of {row['runs'] + row['failed']}"])
    caption = (
        f"All settings, best first: {label(score)} over seeds. Lost: diverged, stuck or failed"
        f"{f'; +: within noise of the best ({noise.HOW})' if near[1:].any() else ''}; ×: more than half diverged"
    )
    numeric = [_is_numeric(runs[key]) for key in keys] + [True] * (len(columns) - len(keys))
    return Table(caption, columns, numeric, rows, [f"setting-{number}" for number in per_setting.index])


def _runs_table(runs: pd.DataFrame) -> Table:
    """All runs, the best first."""
    keys = sweep_keys.swept_keys(runs)
    wanted = [*tables.told_scores(runs), "accuracy/train", "r2/train", "cost/train", "cost/test"]
    scores = [key for key in dict.fromkeys(wanted) if key in runs]
    ordered = _best_first(runs)
    texts = [[formats.level(value) for value in as_list(_levels(ordered[key]))] for key in keys]
    texts += [[_score(value) for value in ordered[key]] for key in scores]
    texts += [
        [_ending(outcome, epoch) for outcome, epoch in zip(ordered["outcome"], ordered["diverged_at"], strict=True)],
        list(ordered["run"]),
    ]
    return Table(
        "All runs, best first",
        [*map(label, keys), *map(metric_label, scores), "outcome", "run"],
        [*(_is_numeric(runs[key]) for key in keys), *(True for _ in scores), False, False],
        [list(row) for row in zip(*texts, strict=True)],
        [f"run-{number}" for number in ordered.index],
    )


def _levels(column: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series(sweep_keys.as_levels(column), index=column.index)


def _score(value: float) -> str:
    return formats.number(float(value)) if np.isfinite(value) else ""


def metric_label(key: str) -> str:
    """A metric as a reader says it: "train accuracy", "layer 1 slope"."""
    known = label(key)
    return " ".join(reversed(key.split("/"))) if known == key else known


def _ending(outcome: str, epoch: Any) -> str:
    return outcome if pd.isna(epoch) else f"{outcome} at {epoch}"


def _is_numeric(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _parts(found: Importance | None) -> list[Part]:
    if found is None or found.variance == 0:
        return []
    parts = [Part(" × ".join(map(label, keys)), share) for keys, share in found.shares.items()]
    rest = [Part("three keys and more together", found.higher), Part("the seed, within a setting", found.seeds)]
    return [*parts, *(part for part in rest if part.share > 0)]


def _shared(runs: pd.DataFrame) -> list[tuple[str, str]]:
    """The settings that all runs share, in the config's order; those that nobody set are left out."""
    columns = list(runs.columns)
    settings: Sequence[str] = columns[1 : next(place for place, name in enumerate(columns) if "/" in name)]
    pairs = []
    for key in settings:
        values = sweep_keys.as_levels(runs[key]).categories
        if len(values) == 1 and values[0] != "null":
            pairs.append((key, formats.level(values[0])))
    return pairs


def _origin(sweep: SweepDescription) -> list[tuple[str, str]]:
    """Where, when and by which code it was recorded."""
    pairs = [("study", sweep.study), *([("part", sweep.part)] if sweep.part else []), ("sweep", sweep.sweep)]
    pairs += [("its run in MLflow", sweep.run), ("started", f"{sweep.started:%Y-%m-%d %H:%M:%S} UTC")]
    if sweep.commit:
        changed = ", with files that differed from it" if sweep.changed else ""
        pairs.append(("commit", f"{sweep.commit}{changed}"))
    return [*pairs, *sweep.versions.items()]
