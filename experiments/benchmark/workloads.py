"""The three reference sweeps, as what a person would type after `chainrule sweep`, and how much of them is measured."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from hydra.types import RunMode
from omegaconf import DictConfig

from chainrule.app.composing import MemoisingLoader
from chainrule.app.config_sources import search_path
from chainrule.settings import Settings
from chainrule.sweep.engine import validate

BARE = {"record.points": "2", "record.curves": "[cost]", "check.directions": "0"}  # hardly more than training


@dataclass(frozen=True)
class Workload:
    """One sweep: overrides all runs share, and for each swept key its values."""

    shared: Mapping[str, str]
    swept: Mapping[str, Sequence[str]]

    @property
    def dataset(self) -> str:
        return self.shared["dataset"]

    @property
    def runs(self) -> int:
        """How many runs the sweep has."""
        return math.prod(len(values) for values in self.swept.values())

    @property
    def name(self) -> str:
        """What it trains on and how often, such as moons_1000."""
        return f"{self.dataset}_{self.runs}"

    def command(self) -> list[str]:
        """The overrides of the sweep."""
        return [*_pairs(self.shared), *(f"{key}={','.join(values)}" for key, values in self.swept.items())]

    def jobs(self) -> list[list[str]]:
        """The overrides of each run, in the sweep's order."""
        choices = [[f"{key}={value}" for value in values] for key, values in self.swept.items()]
        return [[*_pairs(self.shared), *chosen] for chosen in itertools.product(*choices)]

    def settings(self) -> list[Settings]:
        """The settings of every run, composed and checked as the command does it, in the sweep's order."""
        loader = new_loader()
        master = master_config(loader)
        return validate([loader.compose(master, job) for job in self.jobs()])

    def changed(self, overrides: Mapping[str, str]) -> Workload:
        """The same sweep with these overrides for all runs."""
        return replace(self, shared={**self.shared, **overrides})

    def first(self, **counts: int) -> Workload:
        """The same sweep over only the first `counts` values of these keys."""
        return replace(self, swept={key: values[: counts.get(key, len(values))] for key, values in self.swept.items()})


def new_loader() -> MemoisingLoader:
    """The sweep's own loader, with nothing in its memory."""
    return MemoisingLoader(search_path())


def master_config(loader: MemoisingLoader) -> DictConfig:
    """What a sweep's jobs are composed on top of."""
    return loader.load_configuration("config", ["hydra.mode=MULTIRUN"], RunMode.MULTIRUN)


def _pairs(overrides: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in overrides.items()]


def _rates(count: int) -> list[str]:
    return [f"{rate:.3g}" for rate in np.geomspace(0.01, 3.0, count)]


def _seeds(count: int) -> list[str]:
    return [str(seed) for seed in range(count)]


INITS = (
    "xavier_normal", "xavier_uniform", "he_normal", "lecun_normal", "normal", "uniform", "orthogonal", "torch_uniform",
    "he_uniform", "nielsen",
)  # fmt: skip

# Ten curves a run: cost and accuracy of both sets, and for each of two layers three factors (of iris's three, two).
_CURVES = "[cost,accuracy,upstream,slope,saturated]"
_SIGMOIDS = {"activation": "sigmoid", "output": "sigmoid", "cost": "quadratic"}

MOONS_1000 = Workload(
    {"dataset": "moons", "hidden": "[8]", **_SIGMOIDS, "epochs": "500", "record.curves": _CURVES},
    {"learning_rate": _rates(25), "init": INITS[:8], "seed": _seeds(5)},
)
DIGITS_200 = Workload(
    {"dataset": "digits", "hidden": "[32]", **_SIGMOIDS, "epochs": "100", "batch_size": "64", "record.curves": _CURVES},
    {"learning_rate": _rates(5), "init": INITS[:8], "seed": _seeds(5)},
)
IRIS_10000 = Workload(
    {
        "dataset": "iris",
        "hidden": "[16,16]",
        "activation": "tanh",
        "output": "softmax",
        "cost": "cross_entropy",
        "epochs": "200",
        "record.curves": "[cost,accuracy,upstream,slope]",
    },
    {"learning_rate": _rates(50), "init": INITS, "seed": _seeds(20)},
)


@dataclass(frozen=True)
class Scale:
    """The sweeps, and how many runs of a slow peer stand for all of them."""

    moons: Workload
    digits: Workload  # for training alone
    iris: Workload
    iris_few: Workload  # what the growth to `iris` starts from
    rounds: int  # measurements of each side, taken in turn
    baseline_runs: tuple[int, int]  # two sizes of the Hydra + MLflow baseline: their difference is free of its start
    sample: int  # runs of peers that train, compose, write or read one at a time


FULL = Scale(
    MOONS_1000,
    DIGITS_200.changed({"epochs": "40"}),  # a step's time does not depend on how many there are
    IRIS_10000,
    IRIS_10000.first(seed=2),
    rounds=3,
    baseline_runs=(4, 20),
    sample=6,
)


def _small(workload: Workload) -> Workload:
    return workload.first(learning_rate=2, init=2, seed=2).changed({"epochs": "8"})


QUICK = Scale(
    _small(MOONS_1000),
    _small(DIGITS_200),
    _small(IRIS_10000),
    _small(IRIS_10000).first(seed=1),
    rounds=1,
    baseline_runs=(1, 2),
    sample=2,
)
