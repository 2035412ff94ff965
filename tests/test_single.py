"""The calls for one network: what they return, and the one line that every wrong argument gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import chainrule
from chainrule import Backprop, Training, backprop, gradient_check, initialize, sharpness, train
from chainrule.components import create
from chainrule.errors import InputError

W, B = initialize("normal", (3, 4, 2), seed=0)
X = np.random.default_rng(0).normal(size=(6, 3))
Y = np.eye(2)[[0, 1, 0, 1, 1, 0]]
ONE_W, ONE_B = initialize("normal", (3, 4, 1), seed=0)


def test_shapes_of_a_pass() -> None:
    found = backprop(W, B, X, Y)
    assert isinstance(found, Backprop)
    assert isinstance(found.cost, float)
    assert [x.shape for x in found.z] == [(6, 4), (6, 2)]
    assert [x.shape for x in found.slopes] == [(6, 4), (6, 2)]
    assert [x.shape for x in found.deltas] == [(6, 4), (6, 2)]
    assert [x.shape for x in found.activations] == [(6, 3), (6, 4), (6, 2)]
    assert [x.shape for x in found.weight_gradients] == [(4, 3), (2, 4)]
    assert [x.shape for x in found.bias_gradients] == [(4,), (2,)]
    assert found.outputs.shape == (6, 2)
    for layer in range(2):
        product = found.deltas[layer].T @ found.activations[layer]
        np.testing.assert_allclose(found.weight_gradients[layer], product, rtol=1e-13)


def test_lists_are_arrays() -> None:
    lists = backprop([w.tolist() for w in W], [b.tolist() for b in B], X.tolist(), Y.tolist())
    assert lists.cost == backprop(W, B, X, Y).cost


def test_nothing_given_is_changed() -> None:
    given = [x.copy() for x in (*W, *B, X, Y)]
    trained = train(W, B, X, Y, learning_rate=1.0, epochs=3, l2=0.1)
    backprop(W, B, X, Y)
    for before, after in zip(given, (*W, *B, X, Y), strict=True):
        np.testing.assert_array_equal(before, after)
    assert not np.array_equal(trained.weights[0], W[0])


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 0, 1, 1, 0],
        np.array([0, 1, 0, 1, 1, 0], dtype=np.uint8),
        ["no", "yes", "no", "yes", "yes", "no"],
        np.array(["no", "yes", "no", "yes", "yes", "no"], dtype=object),
        [False, True, False, True, True, False],
        [7, 9, 7, 9, 9, 7],
    ],
    ids=["int", "uint8", "text", "object", "bool", "other int"],
)
def test_labels_are_one_hot_targets(labels: Any) -> None:
    for output, cost in (("softmax", "cross_entropy"), ("sigmoid", "quadratic")):
        assert (
            backprop(W, B, X, labels, output=output, cost=cost).cost
            == backprop(W, B, X, Y, output=output, cost=cost).cost
        )


@pytest.mark.parametrize("labels", [[0, 1, 0, 1, 1, 0], list("abaabb"), [True, False, True, True, False, False]])
def test_one_unit_takes_two_classes(labels: list[Any]) -> None:
    column = np.array([[label in (1, "b", True)] for label in labels], dtype=float)
    assert backprop(ONE_W, ONE_B, X, labels).cost == backprop(ONE_W, ONE_B, X, column).cost
    # an output of tanh says -1 and 1
    signs = backprop(ONE_W, ONE_B, X, 2.0 * column - 1.0, output="tanh")
    assert backprop(ONE_W, ONE_B, X, labels, output="tanh").cost == signs.cost


def test_numbers_are_numbers_for_a_single_unit() -> None:
    values = [0.5, 2.0, -1.0, 0.0, 1.0, 3.0]
    column = np.array(values)[:, None]
    assert (
        backprop(ONE_W, ONE_B, X, values, output="identity").cost
        == backprop(ONE_W, ONE_B, X, column, output="identity").cost
    )
    whole = [5, 2, 1, 0, 1, 3]
    regression = backprop(ONE_W, ONE_B, X, np.array(whole)[:, None].astype(float), output="identity")
    assert backprop(ONE_W, ONE_B, X, whole, output="identity").cost == regression.cost


def test_components_stand_for_their_names() -> None:
    named = backprop(W, B, X, Y, activation="leaky_relu", cost="huber")
    made = backprop(W, B, X, Y, activation=create("activation", "leaky_relu"), cost=create("cost", "huber"))
    assert named.cost == made.cost
    steeper = create("activation", "leaky_relu", {"slope": 0.5})
    assert backprop(W, B, X, Y, activation=steeper).cost != named.cost
    weights, _ = initialize(create("init", "normal", {"scale": 3.0}), (2, 2), seed=0)
    np.testing.assert_array_equal(weights, initialize("normal", (2, 2), seed=0, scale=3.0)[0])
    wider, _ = initialize(create("init", "normal"), (2, 2), seed=0, scale=3.0)
    np.testing.assert_array_equal(weights, wider)


def test_row_e_of_the_history_is_the_state_after_e_epochs() -> None:
    chosen = {"activation": "tanh", "output": "softmax", "cost": "cross_entropy"}
    settings = {**chosen, "learning_rate": 0.5, "optimizer": "gradient_descent", "l2": 0.01}
    trained = train(W, B, X, Y, epochs=4, **settings)
    assert isinstance(trained, Training)
    assert isinstance(trained.history, pd.DataFrame)
    assert trained.history.index.tolist() == [0, 1, 2, 3, 4]
    assert trained.history.index.name == "epoch"
    weights, biases = W, B
    for epoch in range(5):
        now = backprop(weights, biases, X, Y, l2=0.01, **chosen)
        assert trained.history.loc[epoch, "cost/train"] == pytest.approx(now.cost, rel=1e-12)
        if epoch < 4:
            weights = [w - 0.5 * g for w, g in zip(weights, now.weight_gradients, strict=True)]
            biases = [b - 0.5 * g for b, g in zip(biases, now.bias_gradients, strict=True)]
    for ours, theirs in zip([*trained.weights, *trained.biases], [*weights, *biases], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_training_again_from_where_it_ended_is_training_on() -> None:
    first = train(W, B, X, Y, learning_rate=0.5, epochs=3)
    second = train(first.weights, first.biases, X, Y, learning_rate=0.5, epochs=4)
    whole = train(W, B, X, Y, learning_rate=0.5, epochs=7)
    for ours, theirs in zip(second.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_hundred_rows_at_most() -> None:
    assert len(train(W, B, X, Y, learning_rate=0.1, epochs=1000).history) == 100


def test_initialize_is_the_seeds() -> None:
    weights, biases = initialize("torch_uniform", [3, 4, 2], seed=5)
    assert [w.shape for w in weights] == [(4, 3), (2, 4)]
    assert [b.shape for b in biases] == [(4,), (2,)]
    np.testing.assert_array_equal(weights[0], initialize("torch_uniform", [3, 4, 2], seed=5)[0][0])
    assert not np.isclose(weights[0], initialize("torch_uniform", [3, 4, 2], seed=6)[0][0]).any()
    np.testing.assert_array_equal(initialize("zeros", [2.0, 3], seed=0)[0][0], np.zeros((3, 2)))


def test_the_package_hands_out_what_it_names() -> None:
    assert set(chainrule.__all__) <= set(dir(chainrule))
    assert chainrule.backprop is backprop
    with pytest.raises(AttributeError, match="no attribute 'backpropagate'"):
        _ = chainrule.backpropagate


def arguments(**changed: Any) -> dict[str, Any]:
    return {"weights": W, "biases": B, "X": X, "y": Y, **changed}


NAN = np.full((6, 3), np.nan)
NETWORK: list[tuple[dict[str, Any], str]] = [
    ({"weights": []}, "weights=0: needs as many weights as biases, at least one; got 2 biases"),
    ({"weights": W[:1]}, "weights=1: needs as many weights as biases, at least one; got 2 biases"),
    ({"weights": [W[0], W[0]]}, "biases[1]=(2,): must have shape (4,) to fit weights (4, 3)"),
    ({"weights": [W[0], np.ones((2, 5))]}, "weights[1]=(2, 5): must have 4 columns, the units below"),
    ({"weights": [W[0], np.ones(2)]}, "weights[1]=(2,): must have 2 axes"),
    ({"weights": [W[0], "text"]}, "weights[1]=str: must be an array of numbers"),
    ({"weights": [W[0] * np.inf, W[1]]}, "weights[0]=(4, 3): must be finite: it holds NaN or infinity"),
    ({"biases": [B[0], B[1][:, None]]}, "biases[1]=(2, 1): must have 1 axes"),
    ({"X": X[:, :2]}, "X=(6, 2): must have shape (samples, 3), one sample at least"),
    ({"X": X[:0], "y": Y[:0]}, "X=(0, 3): must have shape (samples, 3), one sample at least"),
    ({"X": X[0]}, "X=(3,): must have 2 axes"),
    ({"X": NAN}, "X=(6, 3): must be finite: it holds NaN or infinity"),
    ({"X": [[1.0], [1.0, 2.0]]}, "X=list: must be an array of numbers"),
    ({"y": Y[:5]}, "y=(5, 2): must have shape (6, 2), or be class labels (6,)"),
    ({"y": Y[:, :1]}, "y=(6, 1): must have shape (6, 2), or be class labels (6,)"),
    ({"y": [0, 1]}, "y=(2, 2): must have shape (6, 2), or be class labels (6,)"),
    ({"y": [0, 1, 2, 0, 1, 2]}, "y=3 classes: must have the 2 classes that 2 outputs tell apart"),
    ({"y": list("aaaaaa")}, "y=1 classes: must have the 2 classes that 2 outputs tell apart"),
    ({"y": NAN[:, :2]}, "y=(6, 2): must be finite: it holds NaN or infinity"),
    ({"y": None}, "y=(): must have 2 axes"),
    ({"y": [[1.0], [1.0, 2.0]]}, "y=list: must be an array of numbers or labels"),
    ({"y": 2.0 * Y, "cost": "cross_entropy"}, "y=(6, 2): must be probabilities for cross-entropy: from 0 to 1"),
    (
        {"y": np.ones((6, 2)), "cost": "cross_entropy", "output": "softmax"},
        "y=(6, 2): must be probabilities for cross-entropy: from 0 to 1, and every row add up to 1",
    ),
    (
        {"cost": "cross_entropy", "output": "identity"},
        "cost=cross_entropy: makes no sense on output=identity; it goes with output=sigmoid or softmax",
    ),
    ({"activation": "sigmiod"}, "activation=sigmiod: did you mean sigmoid? allowed: sigmoid, tanh,"),
    ({"output": "relu"}, "output=relu: allowed: sigmoid, tanh, softmax, identity"),
    ({"activation": create("cost", "huber")}, "activation=huber: "),
    ({"cost": "quadratc"}, "cost=quadratc: did you mean quadratic?"),
]
BACKWARD: list[tuple[dict[str, Any], str]] = [
    ({"backward": "ones"}, "backward.hidden=ones: did you mean one? allowed: exact, one, quarter, offset"),
    ({"backward": {"output": "two"}}, "backward.output=two: allowed: exact, one, quarter, offset"),
    ({"backward": {"hiden": "one"}}, "backward={'hiden': 'one'}: has the keys hidden and output only"),
]
L2: list[tuple[dict[str, Any], str]] = [
    ({"l2": -0.1}, "l2=-0.1: must be a number at least 0"),
    ({"l2": np.nan}, "l2=nan: must be a number at least 0"),
]
TRAIN: list[tuple[dict[str, Any], str]] = [
    ({"learning_rate": 0.0}, "learning_rate=0.0: must be a number above 0"),
    ({"learning_rate": "fast"}, "learning_rate=fast: must be a number above 0"),
    ({"learning_rate": np.array([0.1, 0.2])}, "learning_rate=[0.1 0.2]: must be a number above 0"),
    ({"epochs": 0}, "epochs=0: must be a whole number at least 1"),
    ({"epochs": 2.5}, "epochs=2.5: must be a whole number at least 1"),
    ({"batch_size": 7}, "batch_size=7: must be a whole number at least 1 and at most 6"),
    ({"batch_size": 0}, "batch_size=0: must be a whole number at least 1 and at most 6"),
    ({"optimizer": "adm"}, "optimizer=adm: did you mean adam?"),
    ({"seed": -1}, "seed=-1: must be a whole number at least 0"),
    ({"train_biases": "no"}, "train_biases=no: must be true or false"),
    ({"X_test": X}, "y_test=null: X_test and y_test go together"),
    ({"y_test": Y}, "X_test=null: X_test and y_test go together"),
    ({"X_validation": X}, "y_validation=null: X_validation and y_validation go together"),
    ({"X_validation": X, "y_validation": Y[:2]}, "y_validation=(2, 2): must have shape (6, 2), or be class labels"),
    ({"X_test": X[:, :1], "y_test": Y}, "X_test=(6, 1): must have shape (samples, 3), one sample at least"),
    ({"X_test": X, "y_test": Y[:2]}, "y_test=(2, 2): must have shape (6, 2), or be class labels (6,)"),
]
CHECK: list[tuple[dict[str, Any], str]] = [
    ({"method": "centre"}, "method=centre: did you mean central? allowed: central, forward, complex"),
    ({"step": 0.0}, "step=0.0: must be a number above 0"),
    ({"directions": 0}, "directions=0: must be a whole number at least 1"),
    ({"directions": 2, "seed": -1}, "seed=-1: must be a whole number at least 0"),
]
CASES: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    *((backprop, *case) for case in NETWORK + BACKWARD + L2),
    *((sharpness, *case) for case in NETWORK + L2),
    *((gradient_check, *case) for case in NETWORK + BACKWARD + L2 + CHECK),
    *(
        (train, {"learning_rate": 0.1, "epochs": 1, **changed}, line)
        for changed, line in NETWORK + BACKWARD + L2 + TRAIN
    ),
]


@pytest.mark.parametrize(("call", "changed", "line"), CASES, ids=[f"{c.__name__}-{line[:40]}" for c, _, line in CASES])
def test_a_wrong_argument_is_one_line(call: Callable[..., Any], changed: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        call(**arguments(**changed))
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("init", "sizes", "fields", "line"),
    [
        ("normall", [2, 2], {}, "init=normall: did you mean normal?"),
        ("normal", [2], {}, "sizes=[2]: needs the inputs' width and at least one layer's"),
        ("normal", [2, 0], {}, "sizes=0: must be a whole number at least 1"),
        ("normal", [2, 2.5], {}, "sizes=2.5: must be a whole number at least 1"),
        ("normal", [2, 2], {"scale": -1}, "init.scale=-1: must be a number at least 0"),
        ("normal", [2, 2], {"width": 1}, "init.width=1: normal has no such field; allowed: bias, bias_scale, scale"),
        ("normal", [2, 2], {"seed": -1}, "seed=-1: must be a whole number at least 0"),
    ],
)
def test_a_wrong_initialization_is_one_line(init: str, sizes: list[float], fields: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        initialize(init, sizes, **{"seed": 0, **fields})
    assert str(refused.value).startswith(line)
