"""The three reference sweeps, as what a person would type after `chainrule sweep`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

BARE = {"record.points": "2", "record.curves": "[cost]", "check.directions": "0"}  # hardly more than training


@dataclass(frozen=True)
class Workload:
    """One sweep: overrides all runs share, and for each swept key its values."""

    name: str
    shared: Mapping[str, str]
    swept: Mapping[str, Sequence[str]]

    @property
    def runs(self) -> int:
        """How many runs the sweep has."""
        return math.prod(len(values) for values in self.swept.values())

    def command(self) -> list[str]:
        """The overrides of the sweep."""
        return [*_pairs(self.shared), *(f"{key}={','.join(values)}" for key, values in self.swept.items())]

    def jobs(self) -> list[list[str]]:
        """The overrides of each run, in the sweep's order."""
        choices = [[f"{key}={value}" for value in values] for key, values in self.swept.items()]
        return [[*_pairs(self.shared), *chosen] for chosen in itertools.product(*choices)]

    def setting(self, **overrides: str) -> Workload:
        """The same sweep with these overrides, `__` for a dot in a key."""
        return self.sharing({key.replace("__", "."): value for key, value in overrides.items()})

    def sharing(self, overrides: Mapping[str, str]) -> Workload:
        """The same sweep with these overrides for all runs."""
        return replace(self, shared={**self.shared, **overrides})

    def first(self, **counts: int) -> Workload:
        """The same sweep over only the first `counts` values of these keys."""
        return replace(self, swept={key: values[: counts.get(key, len(values))] for key, values in self.swept.items()})


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

# Ten curves a run: cost and accuracy of both sets, and for each of two layers three factors (of W3's three, two).
_CURVES = "[cost,accuracy,upstream,slope,saturated]"
_SIGMOIDS = {"activation": "sigmoid", "output": "sigmoid", "cost": "quadratic"}

W1 = Workload(
    "W1",
    {"dataset": "moons", "hidden": "[8]", **_SIGMOIDS, "epochs": "500", "record.curves": _CURVES},
    {"learning_rate": _rates(25), "init": INITS[:8], "seed": _seeds(5)},
)
W2 = Workload(
    "W2",
    {"dataset": "digits", "hidden": "[32]", **_SIGMOIDS, "epochs": "100", "batch_size": "64", "record.curves": _CURVES},
    {"learning_rate": _rates(5), "init": INITS[:8], "seed": _seeds(5)},
)
W3 = Workload(
    "W3",
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
