"""PyTorch: a module, its autograd and its SGD, one run at a time in float64, on one thread, where it is fastest."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from experiments.benchmark.task import Array, Task, Trainer


def prepare(task: Task) -> Trainer:
    """Trains the loop of the tutorials; nets this small lose by a second thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    X, Y = torch.from_numpy(task.X), torch.from_numpy(task.Y)

    def run() -> Array:
        return np.array([_train(torch, task, i, X, Y) for i in range(len(task.rates))])

    run()
    return run


def _train(torch: Any, task: Task, run: int, X: Any, Y: Any) -> float:
    model = _model(torch, task, run)
    optimizer = torch.optim.SGD(model.parameters(), lr=float(task.rates[run]))
    for epoch in range(task.epochs):
        for x, y in _batches(torch, task, run, epoch, X, Y):
            optimizer.zero_grad()
            _cost(model(x), y).backward()
            optimizer.step()
    with torch.no_grad():
        return float(_cost(model(X), Y))


def _cost(outputs: Any, y: Any) -> Any:
    return 0.5 * ((outputs - y) ** 2).sum() / len(y)


def _model(torch: Any, task: Task, run: int) -> Any:
    layers = []
    for W, b in zip(task.weights[run], task.biases[run], strict=True):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.float64)
        linear.load_state_dict({"weight": torch.from_numpy(W), "bias": torch.from_numpy(b)})
        layers += [linear, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*layers)


def _batches(torch: Any, task: Task, run: int, epoch: int, X: Any, Y: Any) -> list[tuple[Any, Any]]:
    if task.orders is None:
        return [(X, Y)]
    order = torch.from_numpy(task.orders[run, epoch])
    return [(X[chosen], Y[chosen]) for chosen in order.split(task.batch_size)]
