"""scikit-learn's MLPClassifier: the same net and steps, with the only cost it has, cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.bench.peers import Costs, Trainer
from chainrule.bench.task import Task


def prepare(task: Task) -> Trainer:
    """Trains with `fit`, each run from its own start.

    Batches are taken in the samples' order: its own shuffling draws from its own stream.
    """
    labels = task.Y.argmax(axis=1) if task.Y.shape[1] > 1 else task.Y[:, 0].astype(int)

    def run() -> Costs:
        return np.array([_fit(task, i, labels) for i in range(len(task.rates))])

    return run


def _fit(task: Task, run: int, labels: Any) -> float:
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=task.settings[run].hidden,
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=task.batch_size,
        learning_rate_init=task.rates[run],
        momentum=0.0,
        shuffle=False,
        warm_start=True,  # go on from the weights below
        # An improvement no epoch can reach, missed as often as there are epochs: it stops after exactly that many.
        tol=1e300,
        n_iter_no_change=task.epochs - 1,
        max_iter=task.epochs + 1,
    )
    _start(model, task, run, labels)
    model.fit(task.X, labels)
    if model.n_iter_ != task.epochs:
        raise RuntimeError(f"scikit-learn trained {model.n_iter_} epochs instead of {task.epochs}")
    return float(log_loss(labels, model.predict_proba(task.X)))


def _start(model: Any, task: Task, run: int, labels: Any) -> None:
    """Give the model its weights as a fit before would have left them."""
    from sklearn.preprocessing import LabelBinarizer

    model.coefs_ = [np.ascontiguousarray(w.T) for w in task.weights[run]]
    model.intercepts_ = [b.copy() for b in task.biases[run]]
    model.classes_ = np.unique(labels)
    model._label_binarizer = LabelBinarizer().fit(labels)
    model.n_outputs_ = task.Y.shape[1]
    model.n_layers_ = len(model.coefs_) + 1
    model.out_activation_ = "logistic" if task.Y.shape[1] == 1 else "softmax"
    model.n_iter_, model.t_ = 0, 0
    model.loss_curve_, model.best_loss_, model._no_improvement_count = [], np.inf, 0
