"""What a finished sweep leaves on its parent run: counts, pictures, the report, and the words of its note."""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule import formats
from chainrule.reading import sweep_keys, tables
from chainrule.record.run_record import OUTCOMES
from chainrule.sweep.best_model import save_best_model
from chainrule.sweep.workers import call_all

if TYPE_CHECKING:
    import pandas as pd

HEATMAP, THUMBNAIL, REPORT = "heatmap.png", "heatmap_small.png", "report.html"
THUMBNAIL_WIDTH = 800  # pixels: MLflow shows a note's pictures in their own size, in a column of 850


def parent_metrics(runs: pd.DataFrame) -> dict[str, float]:
    """Counts and the scores of the best run, as metrics of the parent run."""
    counts = runs["outcome"].value_counts()
    metrics = {"runs": float(len(runs))} | {f"runs/{outcome}": float(counts.get(outcome, 0)) for outcome in OUTCOMES}
    best = tables.best_run(runs)
    if best is not None:
        metrics |= {f"best/{key}": float(best[key]) for key in tables.told_scores(runs) if math.isfinite(best[key])}
    return metrics


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


def load_drawing() -> None:
    """Import what `pictures` needs, which takes a process about as long as the drawing."""
    import chainrule.figures.curves
    import chainrule.figures.heatmap
    import chainrule.figures.ledger
    import chainrule.reading.curves
    import chainrule.report.page  # noqa: F401


@contextmanager
def pictures(runs: pd.DataFrame, *, wanted: bool = True) -> Iterator[Path | None]:
    """A folder with what the recorded curves allow: report, heatmap, fan of cost curves, ledgers, the best network.

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
    wanted.append(save_best_model)
    count = min(len(wanted), cpu_count())
    if count > 1:
        call_all(count, [functools.partial(draw, runs, folder) for draw in wanted])
    else:
        for draw in wanted:
            draw(runs, folder)


def _write_report(runs: pd.DataFrame, folder: Path) -> None:
    from chainrule.report import page

    page.write(runs, folder / REPORT)


def _draw_heatmap(runs: pd.DataFrame, folder: Path) -> None:
    from PIL import Image

    from chainrule.figures.heatmap import heatmap
    from chainrule.figures.style import save

    picture = save(heatmap(runs), folder / HEATMAP)
    with Image.open(picture) as drawn:
        drawn.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH))
        drawn.save(folder / THUMBNAIL)


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
