"""This project's trainer: stacks, in one process or in several."""

from __future__ import annotations

import numpy as np

from chainrule.bench.peers import Costs, Trainer
from chainrule.bench.task import Task
from chainrule.sweep.execute import execute
from chainrule.sweep.plan import make_plan


def prepare(task: Task, workers: int) -> Trainer:
    """Trains by `workers` processes, which are started here."""
    plan = make_plan(task.settings, workers)

    def run() -> Costs:
        costs = np.empty(len(task.settings))
        for results in execute(plan, workers):
            for result in results:
                if result.history is None:
                    raise RuntimeError(result.error)
                column = result.history.metrics.index("cost/train")
                costs[list(result.positions)] = result.history.values[:, -1, column]
        return costs

    run()
    return run
