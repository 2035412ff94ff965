"""The keys that a sweep varied: their labels, their values as ordered levels, and which make the axes of a table."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from chainrule import formats
from chainrule.components import kinds, names

SEED = "seed"
_LABELS = {
    "accuracy/test": "test accuracy",
    "accuracy/validation": "validation accuracy",
    "r2/test": "test R²",
    "r2/validation": "validation R²",
    "cost/test": "test cost",
    "cost/train": "training cost",
    "cost/validation": "validation cost",
    "init": "initialization",
    "learning_rate": "learning rate",
}


def label(key: str) -> str:
    """A column's name as a reader says it: "learning rate" for `learning_rate`."""
    return _LABELS.get(key, key.replace("_", " "))


def setup(runs: pd.DataFrame) -> str:
    """What all of `runs` have in common, for captions: "moons · hidden [8] · sigmoid"."""
    shared = {key: as_levels(runs[key]).categories for key in ("dataset", "hidden", "activation") if key in runs}
    words = {key: formats.level(levels[0]) for key, levels in shared.items() if len(levels) == 1}
    return " · ".join(f"hidden {word}" if key == "hidden" else word for key, word in words.items())


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
