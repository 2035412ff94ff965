"""scikit-learn's MLPClassifier: the same net and steps, with the only cost it has, cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.benchmark.task import Array, Task, Trainer


def prepare(task: Task) -> Trainer:
    """Trains with `fit`, each run from its own start.

    Batches are taken in the samples' order, which spares it the gathering: its own shuffling can't be told the order.
    Several outputs are given to it as several labels, so that each is a sigmoid of its own.
    """
    labels = (task.Y if task.Y.shape[1] > 1 else task.Y[:, 0]).astype(int)

    def run() -> Array:
        models = [_model(task, i).fit(task.X, labels) for i in range(len(task.rates))]
        if any(model.n_iter_ != task.epochs for model in models):
            raise RuntimeError("scikit-learn did not train as many epochs as asked")
        return np.array([_cost(model, task) for model in models])

    return run


def _cost(model: Any, task: Task) -> float:
    """The mean over the samples of the cross-entropy, summed over the outputs."""
    p = model.predict_proba(task.X)[:, -task.Y.shape[1] :]  # of two classes it tells both
    return float(-np.sum(np.where(task.Y > 0.5, np.log(p), np.log1p(-p))) / len(p))


def _model(task: Task, run: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=task.settings[run].hidden,
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=task.batch_size,
        learning_rate_init=float(task.rates[run]),
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
        # No epoch after the first can improve by this much, and it ends when more than so many did not.
        tol=1e300,
        n_iter_no_change=task.epochs - 2,
        max_iter=task.epochs + 1,
    )
    start = zip(task.weights[run], task.biases[run], strict=True)

    def given_start(fan_in: int, fan_out: int, dtype: Any) -> tuple[Any, Any]:
        weights, biases = next(start)
        return np.ascontiguousarray(weights.T), biases.copy()

    model._init_coef = given_start  # instead of drawing them
    return model
