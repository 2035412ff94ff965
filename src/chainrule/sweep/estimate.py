"""What a sweep will take, said before it starts where that is much, and refused where nobody can have meant it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.build import data_of, spec_of
from chainrule.core.curves import curve_keys
from chainrule.core.history import recorded_epochs
from chainrule.core.parameters import parameter_count
from chainrule.errors import InputError
from chainrule.settings import Settings
from chainrule.sweep.plan import Stack, training_seconds
from chainrule.terminal import progress

POINT_BYTES = 300  # of one curve point in MLflow's tables, indices included
RUN_BYTES = 8_000  # of a run's params, tags and last values: about 80 rows
BYTES_A_SECOND = 50e6  # what the recorder writes at best, while others train

MANY_RUNS, MANY_SECONDS, MANY_BYTES = 10_000, 60.0, 1e9  # from here on it is told: people wait, or look at their disk
MOST_SECONDS = 24 * 3600.0  # nobody starts a day's work by a slip of the keyboard
MOST_BYTES = 20e9  # a part of a laptop's disk that its owner would want to be asked for


@dataclass(frozen=True)
class Estimate:
    """About how long a sweep takes, in seconds, and how many bytes its runs need in the store."""

    runs: int
    seconds: float
    size: float

    def __str__(self) -> str:
        return f"{self.runs:,} runs: about {_duration(self.seconds)} and {self.size / 1e9:.1f} GB"


def estimate(settings: Sequence[Settings], workers: int) -> Estimate:
    """What checked `settings` take with so many worker processes, runs of a kind reckoned once."""
    kinds: dict[tuple[object, ...], list[Settings]] = {}
    for each in settings:  # sections are shared between the runs of a sweep: comparing them would take seconds
        key = (id(each.dataset), id(each.output), id(each.record), each.hidden, each.epochs, each.dtype)
        kinds.setdefault(key, []).append(each)
    seconds = size = 0.0
    for alike in kinds.values():
        stack = _alone(alike[0])
        seconds += len(alike) * training_seconds(stack)
        size += len(alike) * _stored_bytes(stack)
    return Estimate(len(settings), max(seconds / workers, size / BYTES_A_SECOND), size)


def warn_if_huge(settings: Sequence[Settings], workers: int, *, yes: bool) -> None:
    """Say what a large sweep will take, on standard error; InputError if it is huge and nobody said `yes`."""
    found = estimate(settings, workers)
    if (found.seconds > MOST_SECONDS or found.size > MOST_BYTES) and not yes:
        raise InputError("yes", "false", f"{found}; add yes=true if that is what you want")
    if found.runs >= MANY_RUNS or found.seconds >= MANY_SECONDS or found.size >= MANY_BYTES:
        progress().print(str(found), markup=False, soft_wrap=True)


def _alone(settings: Settings) -> Stack:
    spec = spec_of(settings)
    return Stack(spec, data_of(settings.dataset, spec.network.output, spec.dtype), (settings,), (0,))


def _stored_bytes(stack: Stack) -> float:
    """Of one run, its share of the Parquet files with curves and parameters included."""
    spec, record = stack.spec, stack.settings[0].record
    data = stack.data
    sets = {"has_test": data.test is not None, "has_validation": data.validation is not None}
    keys = curve_keys(spec.curves, spec.network.layers, task=data.task, **sets)
    points = len(recorded_epochs(spec.epochs, spec.points))
    snapshots = {"none": 0, "final": 1, "all": points}[record.parameters]
    return RUN_BYTES + points * len(keys) * POINT_BYTES + 8 * snapshots * parameter_count(spec.network.sizes)


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
