"""Which runs count as stuck: saturated, dead or on a saddle; not the slow ones, nor those that fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.build import data_of, member_of, spec_of
from chainrule.core.curve import Outputs
from chainrule.core.stuck import commonest_share, is_gradient_gone
from chainrule.core.training import train_stack
from chainrule.settings import Settings


@pytest.fixture
def is_stuck(make: Callable[..., Settings], default_config: dict[str, Any]) -> Callable[..., bool]:
    def ask(curves: list[str] | None = None, **changes: Any) -> bool:
        settings = make(**changes, record={**default_config["record"], "curves": curves})
        spec = spec_of(settings)
        data = data_of(settings.dataset, spec.network.output, spec.dtype)
        history = train_stack(spec, [member_of(settings, spec.network)], data).history
        assert history.diverged_at.tolist() == [-1]
        return bool(history.stuck[0])

    return ask


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("curves", [None, ["cost"]])
@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "xor", "init": "zeros"},  # a saddle: the gradient is exactly zero
        {"init": "zeros", "learning_rate": 0.1},  # a saddle with rounding
        {"learning_rate": 3000.0, "epochs": 100},  # every output unit saturated
        {"dataset": "diabetes", "output": "identity", "init": "zeros"},  # the mean of the targets, on a saddle
    ],
)
def test_saddles_and_saturation_are_stuck_whatever_is_recorded(is_stuck, changes, curves, dtype) -> None:
    assert is_stuck(**{"curves": curves, "dtype": dtype, **changes})


@pytest.mark.parametrize("curves", [None, ["cost"]])
@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 1e-6, "epochs": 5},  # slow: half of the samples are wrong, but it is on its way
        {"dataset": "iris", "init": "zeros", "learning_rate": 0.01, "epochs": 5},  # leaves the saddle with its biases
        {"learning_rate": 1.0, "epochs": 200},  # learns
        {"dataset": "diabetes", "output": "identity", "learning_rate": 0.1},
        {"dataset": "diabetes", "output": "identity", "learning_rate": 1e-9, "epochs": 2},
        {"dataset": "point", "learning_rate": 10.0, "epochs": 500},  # its gradient goes with its error
    ],
)
def test_slow_and_successful_runs_are_not(is_stuck, changes, curves) -> None:
    assert not is_stuck(**{"curves": curves, **changes})


def test_what_pulls_a_saturated_run_back_is_a_gradient(is_stuck) -> None:
    """Decay moves the weights, however flat the cost is."""
    assert is_stuck(learning_rate=3000.0, epochs=100)
    assert not is_stuck(learning_rate=3000.0, epochs=100, l2=1e-6)


def test_a_gradient_is_gone_beside_the_error_it_is_made_of() -> None:
    """Errors of 0, 2 and 2, gradients of 0, 5e-7 and 2.1e-6: what is below 1e-6 times the error is gone."""
    targets = np.ones((1, 2, 3))
    outputs = np.stack([targets[0], -targets[0], -targets[0]])
    gradient = np.array([[0.0, 0.0], [3e-7, -4e-7], [1.2e-6, 1.7e-6]])
    split = Outputs(None, outputs, targets, np.zeros(3))
    assert is_gradient_gone(split, gradient).tolist() == [False, True, False]


def test_the_commonest_class_of_one_unit_and_of_several() -> None:
    assert commonest_share(-1.0, np.array([[[-1.0, 1.0, 1.0, 1.0]]])) == 0.75
    assert commonest_share(0.0, np.eye(3)[[1, 0, 1, 2, 1]].T[None]) == 0.6
