"""Trainers side by side: each module prepares one task and hands out what trains it, ready to be timed.

`prepare(task)` does what is not training - conversion, compilation, a first call - and returns a function that trains
every run of the task from its start and returns the costs they end with, shape (runs,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

Costs = NDArray[Any]
Trainer = Callable[[], Costs]
