"""scikit-learn's multilayer perceptron as an oracle: from the same weights, the same loss curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from chainrule import initialize, train
from chainrule.components import create

EPOCHS, SAMPLES, FEATURES = 120, 60, 4
THEIRS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "identity": "identity"}
SOLVERS: dict[str, dict[str, Any]] = {
    "gradient_descent": {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
    "momentum": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
    # epsilon stands inside the correction there and outside here: made too small to matter
    "adam": {"solver": "adam", "epsilon": 1e-30},
}
OURS = {"adam": create("optimizer", "adam", {"epsilon": 1e-30})}


def samples() -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(SAMPLES, FEATURES)), rng


def their_curve(model: Any, X: np.ndarray, y: np.ndarray, W: list, b: list, **first: Any) -> np.ndarray:
    """The oracle's losses (EPOCHS,), each before the epoch's update, when it starts from W and b."""
    model.partial_fit(X, y, **first)  # makes its arrays; what it learned is written over
    for theirs, w in zip(model.coefs_, W, strict=True):
        theirs[...] = w.T
    for theirs, v in zip(model.intercepts_, b, strict=True):
        theirs[...] = v
    rule = model._optimizer
    for slot in (name for name in ("velocities", "ms", "vs") if hasattr(rule, name)):
        for memory in getattr(rule, slot):
            memory[...] = 0.0
    if hasattr(rule, "t"):
        rule.t = 0
    for _ in range(EPOCHS):
        model.partial_fit(X, y)
    return np.array(model.loss_curve_[1:])


def oracle(model: Any, optimizer: str, activation: str, rate: float, l2: float) -> Any:
    return model(
        hidden_layer_sizes=(7, 5),
        activation=THEIRS[activation],
        alpha=l2 * SAMPLES,
        batch_size=SAMPLES,
        shuffle=False,
        learning_rate_init=rate,
        random_state=0,
        **SOLVERS[optimizer],
    )


def our_curve(W: list, b: list, X: np.ndarray, y: np.ndarray, optimizer: str, **settings: Any) -> Any:
    return train(W, b, X, y, optimizer=OURS.get(optimizer, optimizer), epochs=EPOCHS, **settings).history["cost/train"]


def assert_same(ours: Any, theirs: np.ndarray) -> None:
    shared = [epoch for epoch in ours.index if epoch < EPOCHS]
    assert len(shared) > 90
    np.testing.assert_allclose(ours.loc[shared], theirs[shared], rtol=1e-9)
    assert theirs[-1] < 0.9 * theirs[0]


@pytest.mark.parametrize(("classes", "l2"), [(2, 0.0), (2, 0.02), (3, 0.02)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_classifier(activation: str, classes: int, l2: float) -> None:
    X, rng = samples()
    y = rng.permutation(np.arange(SAMPLES) % classes)
    X[np.arange(SAMPLES), y] += 1.5  # something to learn
    W, b = initialize("xavier_normal", (FEATURES, 7, 5, 1 if classes == 2 else classes), seed=1, bias="normal")
    model = oracle(MLPClassifier, "gradient_descent", activation, 0.3, l2)
    theirs = their_curve(model, X, y, W, b, classes=np.arange(classes))
    output = "sigmoid" if classes == 2 else "softmax"
    chosen = {"activation": activation, "output": output, "cost": "cross_entropy", "l2": l2, "learning_rate": 0.3}
    assert_same(our_curve(W, b, X, y, "gradient_descent", **chosen), theirs)


@pytest.mark.parametrize(("optimizer", "rate"), [("momentum", 0.05), ("nesterov", 0.05), ("adam", 0.01)])
def test_optimizers(optimizer: str, rate: float) -> None:
    X, rng = samples()
    y = rng.permutation(np.arange(SAMPLES) % 3)
    X[np.arange(SAMPLES), y] += 1.5
    W, b = initialize("xavier_normal", (FEATURES, 7, 5, 3), seed=2, bias="normal")
    theirs = their_curve(oracle(MLPClassifier, optimizer, "tanh", rate, 0.01), X, y, W, b, classes=np.arange(3))
    chosen = {"activation": "tanh", "output": "softmax", "cost": "cross_entropy", "l2": 0.01, "learning_rate": rate}
    assert_same(our_curve(W, b, X, y, optimizer, **chosen), theirs)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "identity"])
def test_regressor(activation: str) -> None:
    X, rng = samples()
    y = np.sin(X[:, 0]) + X[:, 1] - X[:, 2] + 0.1 * rng.normal(size=SAMPLES)
    W, b = initialize("xavier_normal", (FEATURES, 7, 5, 1), seed=3, bias="normal")
    theirs = their_curve(oracle(MLPRegressor, "gradient_descent", activation, 0.05, 0.01), X, y, W, b)
    chosen = {"activation": activation, "output": "identity", "cost": "quadratic", "l2": 0.01, "learning_rate": 0.05}
    assert_same(our_curve(W, b, X, y, "gradient_descent", **chosen), theirs)
