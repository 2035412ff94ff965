"""Plain NumPy: one network trained one run at a time, as the same mathematics is usually written.

Sigmoids throughout, quadratic cost, gradient descent; samples first. The Hydra + MLflow baseline trains with it too. It
deliberately has nothing of this project's own trainer in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.benchmark.task import Array, Batch, Task, Trainer


class NumpyNetwork:
    """Weights (fan_out, fan_in) and biases (fan_out,) of two or more layers."""

    def __init__(self, weights: Sequence[Array], biases: Sequence[Array]) -> None:
        self.W = [w.copy() for w in weights]
        self.b = [v.copy() for v in biases]

    def forward(self, X: Array) -> list[Array]:
        """The inputs and every layer's activations, each (samples, units)."""
        a = [X]
        for W, b in zip(self.W, self.b, strict=True):
            a.append(1.0 / (1.0 + np.exp(-(a[-1] @ W.T + b))))
        return a

    def step(self, X: Array, Y: Array, learning_rate: float) -> None:
        """One step of gradient descent on the mean quadratic cost of a batch."""
        a = self.forward(X)
        delta = (a[-1] - Y) / len(X) * a[-1] * (1.0 - a[-1])
        for layer in range(len(self.W) - 1, -1, -1):
            dW, db = delta.T @ a[layer], delta.sum(axis=0)
            if layer:
                delta = delta @ self.W[layer] * a[layer] * (1.0 - a[layer])
            self.W[layer] -= learning_rate * dW
            self.b[layer] -= learning_rate * db

    def cost(self, X: Array, Y: Array) -> float:
        """The mean over the samples of half the squared error."""
        return float(0.5 * np.sum((self.forward(X)[-1] - Y) ** 2) / len(X))

    def curves(self, train: Batch, test: Batch) -> dict[str, float]:
        """What `moons_1000` records of an epoch: scores of both sets, three factors of each layer."""
        values: dict[str, float] = {}
        for split, (X, Y) in (("train", train), ("test", test)):
            outputs = self.forward(X)[-1]
            values[f"cost/{split}"] = float(0.5 * np.sum((outputs - Y) ** 2) / len(X))
            values[f"accuracy/{split}"] = float(np.mean(_classes(outputs) == _classes(Y)))
        X, Y = train
        a = self.forward(X)
        upstream = (a[-1] - Y) / len(X)
        for layer in range(len(self.W), 0, -1):
            slope = a[layer] * (1.0 - a[layer])
            values[f"upstream/layer_{layer}"] = float(np.sqrt(np.mean(upstream**2)))
            values[f"slope/layer_{layer}"] = float(np.mean(slope))
            values[f"saturated/layer_{layer}"] = float(np.mean(slope < 0.05 * 0.25))
            upstream = (upstream * slope) @ self.W[layer - 1]
        return values


def _classes(outputs: Array) -> Array:
    return outputs[:, 0] > 0.5 if outputs.shape[1] == 1 else outputs.argmax(axis=1)


def prepare(task: Task) -> Trainer:
    """Trains one run after the other."""

    def run() -> Array:
        with np.errstate(over="ignore"):
            return np.array([_train(task, run) for run in range(len(task.rates))])

    return run


def _train(task: Task, run: int) -> float:
    network, rate = NumpyNetwork(task.weights[run], task.biases[run]), task.rates[run]
    for epoch in range(task.epochs):
        for X, Y in task.batches(run, epoch):
            network.step(X, Y, rate)
    return network.cost(task.X, task.Y)
