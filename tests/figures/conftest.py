"""Made-up sweeps: runs and curves as the reading hands them out, with costs a formula gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

Frames = tuple[pd.DataFrame, pd.DataFrame]
EPOCHS = np.array([0, 1, 2, 5, 10, 20, 50, 100])


def make_sweep(
    rates: Sequence[float] = (0.01, 0.1, 1.0, 10.0),
    inits: Sequence[str] = ("zeros", "normal", "he_normal"),
    seeds: int = 3,
    epochs: Sequence[int] = tuple(EPOCHS),
    diverges: Callable[[float, str, int], bool] = lambda rate, init, seed: False,
) -> Frames:
    """Cost = (0.2 + seed / 10) / (1 + rate x epoch); a diverging run has its first two epochs only."""
    rows, curves = [], []
    for number, (init, rate, seed) in enumerate((i, r, s) for i in inits for r in rates for s in range(seeds)):
        run, lost = f"run{number:05d}", diverges(rate, init, seed)
        cost = (0.2 + seed / 10) / (1 + rate * np.asarray(epochs, dtype=float))
        if lost:
            cost[2:] = np.nan
        final = {"accuracy/test": 1 - cost[-1], "cost/train": cost[-1]}
        outcome = "diverged" if lost else "finished"
        setting = {"init": init, "learning_rate": rate, "seed": seed, "dataset": "moons", "activation": "tanh"}
        rows.append({"run": run, "outcome": outcome, "hidden": [8], **setting, **final})
        curves.append(pd.DataFrame({"run": run, "metric": "cost/train", "epoch": epochs, "value": cost}))
    runs = pd.DataFrame(rows)
    runs.loc[runs["outcome"].eq("diverged"), ["accuracy/test", "cost/train"]] = np.nan
    runs.attrs["swept"] = ("learning_rate", "init", "seed")
    return runs, pd.concat(curves, ignore_index=True)


LONG = "an_initialization_with_quite_a_long_name_"
CASES: dict[str, Callable[[], Frames]] = {
    "ordinary": make_sweep,
    "one run": lambda: make_sweep([1.0], ["zeros"], 1),
    "one point": lambda: make_sweep(epochs=[0]),
    "all diverged": lambda: make_sweep(diverges=lambda rate, init, seed: True),
    "some diverged": lambda: make_sweep(diverges=lambda rate, init, seed: rate * (seed + 1) > 15),
    "nearly equal rates": lambda: make_sweep([1.0, 1.1, 1.25]),
    "one rate": lambda: make_sweep([1.0]),
    "one initialization": lambda: make_sweep(inits=["zeros"]),
    "long names": lambda: make_sweep(inits=[f"{LONG}{k}" for k in range(8)]),
    "many rates": lambda: make_sweep([1.2**k * 1e-3 for k in range(40)], seeds=1),
    "many initializations": lambda: make_sweep([0.1, 1.0], [f"init_{k}" for k in range(12)]),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Frames:
    """Every kind of sweep a picture has to cope with, one after the other."""
    return CASES[request.param]()


@pytest.fixture
def sweep() -> Callable[..., Frames]:
    """`make_sweep`, for a test that needs its own."""
    return make_sweep
