"""`chainrule compare`: the best settings of a sweep side by side, as tables, a picture and pandas lines."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.arguments import Parser
from chainrule.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


SUMMARY = "the newest sweep side by side: best rate per initialization, curves, pandas"
ORDER = 3


def main(argv: Sequence[str]) -> int:
    """Compare the newest sweep (of a study, if one is named) or the sweep given by its id; returns 0.

    Raises InputError when there is nothing to compare or the picture can't be written.
    """
    options = _options(argv)
    runs, state = chosen_sweep(options.study, options.sweep, options.uri)
    _print_tables(runs, state)
    picture = _draw(runs, options.picture)

    from chainrule.terminal import say

    say("", f"picture: {picture}", "", "the same in pandas:", "", pandas_lines(runs, options.uri))
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("compare", description=__doc__)
    parser.add_argument("study", nargs="?", help="the study whose newest sweep is compared; default: any study's")
    parser.add_argument("--sweep", metavar="ID", help="this sweep instead of the newest")
    parser.add_argument("--uri", help="the MLflow store to read; default: the project's own")
    parser.add_argument(
        "--picture", type=Path, metavar="PATH", help="where the PNG goes; default: outputs/compare-STUDY.png"
    )
    return parser.read(argv)


def chosen_sweep(study: str | None, sweep: str | None, uri: str | None) -> tuple[pd.DataFrame, str | None]:
    """The runs of one sweep, `load_runs` columns: the one named, else the newest; what is said if it isn't whole."""
    from chainrule.reading import sweeps as recorded
    from chainrule.reading.runs import load_runs

    sweeps = recorded.load_sweeps(study, uri=uri)
    chosen = recorded.chosen_sweep(sweeps, study, sweep)
    runs = load_runs(study, sweep=chosen, uri=uri)
    if runs["outcome"].eq("failed").all():
        raise InputError("sweep", chosen, "none of its runs has trained: there is nothing to compare")
    return runs, _state(sweeps[sweeps["sweep"] == chosen].iloc[0], len(runs))


def _state(sweep: pd.Series[Any], recorded: int) -> str | None:
    import pandas as pd

    status, asked = sweep["status"], sweep["asked"]
    if status == "FINISHED":
        return None
    ended = "is still running" if status == "RUNNING" else f"did not come to its end (it is {status})"
    return f"this sweep {ended}: {recorded}{'' if pd.isna(asked) else f' of {asked}'} runs are recorded"


def _print_tables(runs: pd.DataFrame, state: str | None) -> None:
    from chainrule.reading import sweep_keys, tables, terminal
    from chainrule.terminal import output, say

    first = runs.iloc[0]
    about = f"{first['study']}   sweep {first['sweep']}   {len(runs)} runs   {sweep_keys.setup(runs)}"
    console = output()
    say("", about, *([state] if state else []), "")
    console.print(terminal.sweep_table(runs, console.width), "", terminal.best_table(runs), "", sep="\n")
    say(terminal.best_line(runs), *tables.edges(runs), *terminal.diverged_lines(runs), *terminal.stuck_lines(runs))
    if failed := int(runs["outcome"].eq("failed").sum()):
        say(f"{failed} runs failed and are left out")


def _draw(runs: pd.DataFrame, wanted: Path | None) -> Path:
    from chainrule.figures import style
    from chainrule.figures.comparison import comparison
    from chainrule.figures.panels import COST
    from chainrule.paths import project_root
    from chainrule.reading.curves import load_curves

    study = re.sub(r"[^\w.-]+", "-", str(runs["study"].iloc[0]))
    path = (wanted or project_root() / "outputs" / f"compare-{study}.png").expanduser().absolute()
    figure = comparison(runs, load_curves(runs, [COST]))
    try:
        return style.save(figure, path)
    except OSError as error:
        raise InputError("picture", path, f"can't be written: {error.strerror}") from error


def pandas_lines(runs: pd.DataFrame, uri: str | None = None) -> str:
    """Python that loads `runs` again and leaves in `best` the settings of `tables.best_by`, band and all."""
    from chainrule.reading import sweep_keys, tables

    key, score = sweep_keys.compared_key(runs), tables.score_column(runs)
    first, swept = runs.iloc[0], sweep_keys.swept_keys(runs)
    keys = list(dict.fromkeys([key, *(name for name in swept if name != sweep_keys.SEED)]))
    listed = [name for name in keys if runs[name].map(lambda value: isinstance(value, list)).any()]
    ascending = not tables.higher_is_better(score)
    test = [key for key in tables.told_scores(runs) if key != score]
    quoted = json.dumps  # double quotes, as Python is usually written
    store = f", uri={quoted(uri)}" if uri else ""
    return "\n".join(
        [
            "from chainrule import load_curves, load_runs",
            "",
            f"runs = load_runs({quoted(str(first['study']))}, sweep={quoted(str(first['sweep']))}{store})",
            *(f"runs[{quoted(name)}] = runs[{quoted(name)}].astype(str)" for name in listed),
            'runs["diverged"] = runs["outcome"].eq("diverged")',
            f"settings = runs.groupby({quoted(keys)})",
            f'band = settings[{quoted(score)}].describe()[settings["diverged"].mean() <= 0.5]',
            f'ranked = band.sort_values(["50%", "count"], ascending=[{ascending}, False])',
            f"best = ranked.groupby({quoted(key)}, sort=False).head(1)",
            *(f"best = best.assign(test=settings[{quoted(name)}].median())" for name in test),
            'curves = load_curves(runs, ["cost/train"])',
        ]
    )
