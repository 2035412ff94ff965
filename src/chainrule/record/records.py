"""One finished run as data, ready to be stored: what the sweep hands to the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROLE = "chainrule.role"  # "run" for a configuration that trained, "sweep" for the parent of several
PARENT = "mlflow.parentRunId"  # what MLflow's interface folds runs by
SWEEP = "chainrule.sweep"
SWEPT = "chainrule.swept"
PART = "chainrule.part"  # of a study of several sweeps, the one a run belongs to
OUTCOME = "chainrule.outcome"
DIVERGED_AT = "chainrule.diverged_at"
FINGERPRINT = "chainrule.fingerprint"
CONFIG = "chainrule.config"


def to_text(value: Any) -> str:
    """A setting as MLflow keeps it: text stays text, all else is JSON, so that reading restores its type."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class DatasetRecord:
    """The data a run learned from; `schema` and `profile` are JSON, `source` is like "chainrule:moons"."""

    name: str
    digest: str
    source: str
    schema: str
    profile: str


@dataclass(frozen=True)
class ParameterRecord:
    """A run's parameters at some epochs: values (points, parameters), layer by layer [W | b], each row by row.

    `sizes` are the layers' widths, the inputs' first; `epochs` has shape (points,).
    """

    sizes: tuple[int, ...]
    epochs: NDArray[np.int64]
    values: NDArray[np.floating[Any]]


@dataclass(frozen=True)
class RunRecord:
    """One finished run.

    `epochs` has shape (points,), strictly increasing; `values` (points, metrics), its columns named by
    `metrics`. Non-finite values are stored as NaN. `scalars` are single points, key -> (epoch, value).
    `params` are texts (`to_text`), the swept ones first; `swept` names them. `config` is the whole resolved
    configuration and travels as a tag. `started` and `ended` are unix seconds.
    """

    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: tuple[str, ...]
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    scalars: Mapping[str, tuple[int, float]]
    started: float
    ended: float
    status: str
    dataset: DatasetRecord
    config: Mapping[str, Any] = field(default_factory=dict)
    swept: tuple[str, ...] = ()
    parameters: ParameterRecord | None = None
