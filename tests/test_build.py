"""What is built from settings: networks whose ends are the data's, targets that are the output's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.build import data_of, load, member_of, network_of, spec_of
from chainrule.core.training import train_stack
from chainrule.errors import InputError
from chainrule.settings import Settings

Make = Callable[..., Settings]


def test_a_batch_as_large_as_the_data_is_the_full_batch(make: Make) -> None:
    assert spec_of(make(batch_size=30)) == spec_of(make())  # 30 of 40 samples are trained on
    assert spec_of(make(batch_size=29)).batch_size == 29


@pytest.mark.parametrize(
    ("changed", "sizes"),
    [
        ({}, (2, 3, 1)),
        ({"output": "softmax", "cost": "cross_entropy"}, (2, 3, 2)),
        ({"dataset": "iris"}, (4, 3, 3)),
        ({"dataset": "iris", "hidden": []}, (4, 3)),
        ({"dataset": "linnerud", "output": "identity"}, (3, 3, 3)),
        ({"dataset": "diabetes", "output": "identity"}, (10, 3, 1)),
    ],
    ids=str,
)
def test_the_ends_of_the_network_are_the_datas(make: Make, changed: dict[str, Any], sizes: tuple[int, ...]) -> None:
    assert network_of(make(**changed)).sizes == sizes


def test_targets_are_the_outputs_own_and_the_test_set_is_there(make: Make) -> None:
    source = make(output="tanh").dataset
    data = data_of(source, make(output="tanh").output, "float32")
    assert data.task == "classification"
    assert data.train.inputs.dtype == np.float32
    assert set(data.train.targets.ravel().tolist()) == {-1.0, 1.0}
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (30, 10)
    np.testing.assert_array_equal(data.train.targets[:, 0] == 1.0, load(source).y_train == 1)
    regression = data_of(make(dataset="diabetes").dataset, make(output="identity").output, "float64")
    assert regression.task == "regression"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"batch_size": 31}, "batch_size=31: must be a whole number at least 1 and at most 30"),
        ({"dataset": "diabetes"}, "output=sigmoid: "),
        ({"dataset": "diabetes", "output": "softmax"}, "output=softmax: "),
    ],
    ids=str,
)
def test_what_only_the_data_can_refuse(make: Make, changed: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        spec_of(make(**changed))
    assert str(refused.value).startswith(line)


def test_targets_that_reach_the_ends_of_an_output_suit_it(make: Make) -> None:
    spec_of(make(dataset="chebyshev", output="tanh"))  # from -1 to 1
    spec_of(make(dataset="point", output="sigmoid"))  # 0 alone


def test_one_network_and_a_sweep_record_the_same_of_the_same_data(make: Make) -> None:
    """Classes stay classes on an output that suits a regression."""
    settings = make(dataset="circles", output="identity")
    dataset, network = load(settings.dataset), network_of(settings)
    swept = train_stack(
        spec_of(settings), [member_of(settings, network)], data_of(settings.dataset, network.output, "float64")
    )
    weights, biases = chainrule.initialize("xavier_normal", network.sizes, seed=settings.seed)
    alone = chainrule.train(
        weights,
        biases,
        dataset.X_train,
        dataset.y_train,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        output="identity",
        X_test=dataset.X_test,
        y_test=dataset.y_test,
    )
    assert "accuracy/test" in alone.history
    frame = swept.history.frame()
    assert list(frame.columns) == list(alone.history.columns)
    np.testing.assert_array_equal(frame.to_numpy(), alone.history.to_numpy())
