"""A plain NumPy loop, one run at a time."""

from __future__ import annotations

import numpy as np

from chainrule.bench.peers import Costs, Trainer
from chainrule.bench.plain import PlainNetwork, train_plain
from chainrule.bench.task import Task


def prepare(task: Task) -> Trainer:
    """Trains with `chainrule.bench.plain`."""

    def run() -> Costs:
        costs = []
        with np.errstate(over="ignore"):
            for i, rate in enumerate(task.rates):
                network = PlainNetwork(task.weights[i], task.biases[i])
                train_plain(network, task.epochs_of(i), rate)
                costs.append(network.cost(task.X, task.Y))
        return np.array(costs)

    return run
