"""What a finished sweep leaves on its parent run: counts, a note, pictures, the report."""

from __future__ import annotations

import functools
import itertools
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule import formats, markdown
from chainrule.reading import sweep_keys, tables
from chainrule.reading.failures import failures_markdown
from chainrule.record.run_record import OUTCOMES, TRACEBACK_FILE
from chainrule.study import Study
from chainrule.sweep.workers import call_all

if TYPE_CHECKING:
    import pandas as pd


def parent_metrics(runs: pd.DataFrame) -> dict[str, float]:
    """Counts and the scores of the best run, as metrics of the parent run."""
    counts = runs["outcome"].value_counts()
    metrics = {"runs": float(len(runs))} | {f"runs/{outcome}": float(counts.get(outcome, 0)) for outcome in OUTCOMES}
    best = tables.best_run(runs)
    if best is not None:
        metrics |= {f"best/{key}": float(best[key]) for key in tables.told_scores(runs) if math.isfinite(best[key])}
    return metrics


def note(study: Study, runs: pd.DataFrame) -> str:
    """Markdown for the parent run's page: the question, what was swept, the best run, the table."""
    parts = [f"## {markdown.without_html(study.name.replace('_', ' '))}"]
    if study.question:
        parts.append(f"**Question.** {markdown.without_html(study.question.strip())}")
    parts.append(f"**Swept.** {swept_text(runs)}.")
    parts.append(f"**Outcome.** {outcome_text(runs)}")
    if failed := failures_markdown(runs):
        parts.append(f"**Failed.** A run's artifact `{TRACEBACK_FILE}` tells where.\n\n{failed}")
    best = tables.best_run(runs)
    if best is not None:
        how = tables.chosen_on(tables.score_column(runs))
        told = [f"{sweep_keys.label(key)} {formats.number(best[key])}" for key in tables.told_scores(runs)]
        found = ", ".join([told[0], *([how] if how else []), *told[1:]])
        parts.append(f"**Best run.** `{best['name']}`: {found} (`{best['run']}`)")
        parts += [f"**Mind.** {sentence[:1].upper()}{sentence[1:]}." for sentence in tables.edges(runs)]
    if best is not None and sweep_keys.swept_keys(runs):
        grid = tables.grid(runs)
        parts.append(f"**Table.** {grid.title}; x: diverged, =: stuck.\n\n{_markdown_table(grid)}")
    return "\n\n".join(parts)


def swept_text(runs: pd.DataFrame) -> str:
    """What was swept, in words: "`learning_rate`: 12 values (0.01 to 30); `init`: 2 values (zeros, he_normal)"."""
    swept = []
    for key in sweep_keys.swept_keys(runs):
        levels = list(sweep_keys.as_levels(runs[key]).categories)
        numeric = all(isinstance(level, int | float) for level in levels)
        held = f"{formats.level(levels[0])} to {formats.level(levels[-1])}" if numeric else ", ".join(map(str, levels))
        swept.append(f"`{key}`: {len(levels)} values ({held})")
    return "; ".join(swept) or "nothing: a single setting"


def outcome_text(runs: pd.DataFrame) -> str:
    """How many runs ended how: "480 runs: 430 finished, 50 stuck, 0 diverged."; none failed if it is not said."""
    counts = runs["outcome"].value_counts()
    told = [f"{counts.get(outcome, 0)} {outcome}" for outcome in OUTCOMES if outcome != "failed" or outcome in counts]
    return f"{len(runs)} runs: {', '.join(told)}."


def _markdown_table(grid: tables.Grid) -> str:
    header = [str(grid.median.index.name), *map(formats.level, grid.median.columns)]
    cells = [frame.to_numpy() for frame in (grid.median, grid.is_diverged, grid.is_stuck)]
    rows = [
        [formats.level(level), *itertools.starmap(_cell, zip(*row, strict=True))]
        for level, *row in zip(grid.median.index, *cells, strict=True)
    ]
    return markdown.table(header, rows)


def _cell(median: float, is_diverged: bool, is_stuck: bool) -> str:
    if is_diverged:
        return "x"
    return "" if math.isnan(median) else formats.score(median, 3) + ("=" if is_stuck else "")


def load_drawing() -> None:
    """Import what `pictures` needs, which takes a process about as long as the drawing."""
    import chainrule.figures.curves
    import chainrule.figures.heatmap
    import chainrule.figures.ledger
    import chainrule.reading.curves
    import chainrule.report.page  # noqa: F401


@contextmanager
def pictures(runs: pd.DataFrame, *, wanted: bool = True) -> Iterator[Path | None]:
    """A folder with what the recorded curves allow: report, heatmap, fan of cost curves, ledgers of three runs.

    It is gone after the block; there is none if none is `wanted` or no run has trained.
    Each picture is drawn in a process of its own, as far as there are cores: one after the other they take seconds.
    """
    if not wanted or (runs["outcome"] == "failed").all():
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        _draw(runs, Path(name))
        yield Path(name)


def _draw(runs: pd.DataFrame, folder: Path) -> None:
    from joblib import cpu_count

    wanted = [_write_report]
    if "cost/train" in runs:
        wanted.append(_draw_fan)
    if telling_runs(runs) and all(f"{factor}/layer_1" in runs for factor in ("upstream", "slope", "input")):
        wanted.append(_draw_ledgers)
    if sweep_keys.swept_keys(runs):
        wanted.append(_draw_heatmap)
    count = min(len(wanted), cpu_count())
    if count > 1:
        call_all(count, [functools.partial(draw, runs, folder) for draw in wanted])
    else:
        for draw in wanted:
            draw(runs, folder)


def _write_report(runs: pd.DataFrame, folder: Path) -> None:
    from chainrule.report import page

    page.write(runs, folder / page.FILE)


def _draw_heatmap(runs: pd.DataFrame, folder: Path) -> None:
    from chainrule.figures.heatmap import heatmap
    from chainrule.figures.style import save

    save(heatmap(runs), folder / "heatmap.png")


def _draw_fan(runs: pd.DataFrame, folder: Path) -> None:
    from chainrule.figures.curves import fan
    from chainrule.figures.style import save
    from chainrule.reading.curves import load_curves

    save(fan(runs, load_curves(runs, ["cost/train"])), folder / "cost_curves.png")


def _draw_ledgers(runs: pd.DataFrame, folder: Path) -> None:
    from chainrule.figures.ledger import draw_ledgers
    from chainrule.figures.style import save
    from chainrule.reading.curves import load_curves

    told = telling_runs(runs)
    ledgers = {word: load_curves(run) for word, run in told.items()}
    details = {word: run.iloc[0]["name"] for word, run in told.items()}
    save(draw_ledgers(ledgers, details=details), folder / "ledger.png")


def telling_runs(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The best, the median and the worst of the runs that finished, as frames of one row by that word."""
    ranked = tables.ranked(runs)
    ranks = {"best": 0, "median": len(ranked) // 2, "worst": len(ranked) - 1}
    words = {rank: word for word, rank in reversed(ranks.items())} if len(ranked) else {}  # fewer than three
    return {words[rank]: ranked.iloc[[rank]] for rank in sorted(words)}
