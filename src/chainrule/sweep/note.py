"""The note on a sweep's own run: what it found, in Markdown that MLflow's page of the run shows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainrule import formats, markdown
from chainrule.reading import sweep_keys, tables
from chainrule.reading.failures import failures_markdown
from chainrule.record import pages
from chainrule.record.run_record import TRACEBACK_FILE
from chainrule.study import Study
from chainrule.sweep.summary import HEATMAP, REPORT, THUMBNAIL, outcome_text, swept_text

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 8000  # characters that MLflow keeps of a note
_GAP = "&emsp;"  # MLflow sets the cells of a table without any space between them
_ROOM = 100  # for the sentence that tells what was left out


@dataclass(frozen=True)
class Place:
    """Where a note stands: the run, and its artifacts and the logged model that it links."""

    experiment_id: str
    run_id: str
    artifacts: Collection[str] = field(default=())
    model: str | None = None


def note(study: Study, runs: pd.DataFrame, place: Place) -> str:
    """The best run first, then its picture and the report, the question, what was swept, how it ended, the table.

    What would make it longer than MLflow keeps is left out as a whole, and named.
    """
    kept: list[str] = []
    missing: list[str] = []
    length = _ROOM
    for name, text in _sections(study, runs, place):
        length += len(text) + 2
        if length <= LONGEST:
            kept.append(text)
        else:
            missing.append(name)
            length -= len(text) + 2
    if missing:
        kept.append(f"Too long to stand here: {', '.join(missing)}.")
    return "\n\n".join(kept)


def _sections(study: Study, runs: pd.DataFrame, place: Place) -> Iterator[tuple[str, str]]:
    best = tables.best_run(runs)
    if best is not None:
        yield "best run", _best(runs, best, place)
        for sentence in tables.edges(runs):
            yield "warning", f"**Mind.** {sentence[:1].upper()}{sentence[1:]}."
    if THUMBNAIL in place.artifacts:
        yield "picture", f"![median score of each setting]({pages.artifact_file(place.run_id, THUMBNAIL)})"
    if links := _links(place):
        yield "links", " · ".join(links)
    if study.question:
        yield "question", f"**Question.** {markdown.without_html(study.question.strip())}"
    yield "what was swept", f"**Swept.** {swept_text(runs)}."
    yield "outcome", f"**Outcome.** {outcome_text(runs)}"
    if failed := failures_markdown(runs):
        yield "failed runs", f"**Failed.** A run's artifact `{TRACEBACK_FILE}` tells where.\n\n{failed}"
    if best is not None and sweep_keys.swept_keys(runs):
        grid = tables.grid(runs)
        yield "table", f"**Table.** {grid.title}; x: diverged, =: stuck.\n\n{_table(grid)}"


def _best(runs: pd.DataFrame, best: pd.Series[str], place: Place) -> str:
    how = tables.chosen_on(tables.score_column(runs))
    told = [f"{sweep_keys.label(key)} {formats.number(float(best[key]))}" for key in tables.told_scores(runs)]
    found = ", ".join([told[0], *([how] if how else []), *told[1:]])
    name = markdown.without_html(str(best["name"])).replace("[", "\\[").replace("]", "\\]")
    return f"**Best run.** [{name}]({pages.run_page(place.experiment_id, best['run'])}): {found}"


def _links(place: Place) -> list[str]:
    named = {REPORT: "report of all runs", HEATMAP: "heatmap in full size"}
    links = {
        text: pages.artifact_page(place.experiment_id, place.run_id, name)
        for name, text in named.items()
        if name in place.artifacts
    }
    if place.model:
        links["model of the best run"] = pages.model_page(place.experiment_id, place.model)
    return [f"[{text}]({page})" for text, page in links.items()]


def _table(grid: tables.Grid) -> str:
    header = [str(grid.median.index.name), *map(formats.level, grid.median.columns)]
    cells = [frame.to_numpy() for frame in (grid.median, grid.is_diverged, grid.is_stuck)]
    rows = [
        [formats.level(level), *itertools.starmap(_cell, zip(*row, strict=True))]
        for level, *row in zip(grid.median.index, *cells, strict=True)
    ]
    return markdown.table(header, rows, gap=_GAP)


def _cell(median: float, is_diverged: bool, is_stuck: bool) -> str:
    if is_diverged:
        return "x"
    return "" if math.isnan(median) else formats.score(median, 3) + ("=" if is_stuck else "")
