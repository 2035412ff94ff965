"""Executing: the same bits in any process and any company, and one guilty run fails alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule import gradient_check, initialize, train
from chainrule.build import load, member_of
from chainrule.components import component, registry
from chainrule.components.initializers import Initializer
from chainrule.settings import Settings
from chainrule.sweep import execute as module
from chainrule.sweep import workers
from chainrule.sweep.execute import StackResult, execute
from chainrule.sweep.plan import make_plan
from chainrule.sweep.run_records import dataset_record, run_records

Make = Callable[..., Settings]
Numbers = tuple[bytes, int, bytes, bytes]


def numbers(results: Iterable[StackResult]) -> dict[int, Numbers]:
    """Everything that is left of each run, to the last bit, by its position."""
    found: dict[int, Numbers] = {}
    for result in results:
        assert result.error is None
        assert result.started <= result.ended
        for row, position in enumerate(result.positions):
            assert position not in found
            found[position] = (
                result.history.values[row].tobytes(),
                int(result.history.diverged_at[row]),
                result.parameters[row].tobytes(),
                result.gradient_check[row].tobytes(),
            )
    return found


def mixed_sweep(make: Make) -> list[Settings]:
    """Several shapes, every optimizer, batches, seeds, and rates that diverge."""
    runs = [
        make(learning_rate=rate, init=init, seed=seed, optimizer=optimizer, **changed)
        for changed in ({}, {"batch_size": 7, "l2": 0.01}, {"hidden": [4, 1, 4], "dtype": "float32"})
        for optimizer in registry.names("optimizer")
        for seed, (rate, init) in enumerate([(0.1, "he_normal"), (1e200, "orthogonal"), (30.0, "torch_uniform")])
    ]
    return runs + [make(output="identity", hidden=[], learning_rate=rate) for rate in (0.1, 1e60, 1e160)]


def test_the_same_bits_alone_stacked_and_in_worker_processes(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_WORKERS", 0.0)
    runs = mixed_sweep(make)
    stacks = make_plan(runs, 2)
    assert len(stacks) > 2
    here = numbers(execute(stacks, 1))
    assert sorted(here) == list(range(len(runs)))
    assert {lost for _, lost, _, _ in here.values()} >= {-1, 1, 3}
    assert numbers(execute(stacks, 2)) == here
    alone = {position: numbers(execute(make_plan([run], 1), 1))[0] for position, run in enumerate(runs)}
    assert alone == here


def test_the_machines_threads_do_not_show(make: Make) -> None:
    """Starting weights, gradient check and training with one and with two threads of linear algebra."""
    chosen = {"output": "softmax", "cost": "cross_entropy", "epochs": 1}
    stacks = make_plan([make(dataset="digits", hidden=[300], init="orthogonal", **chosen)], 1)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(numbers(execute(stacks, 1)))
    assert found[0] == found[1]


def test_a_run_is_the_one_python_trains(make: Make) -> None:
    settings = make(activation="tanh", output="softmax", cost="cross_entropy", batch_size=8, l2=0.01, seed=3)
    data = load(settings.dataset)
    W, b = initialize("xavier_normal", (2, 3, 2), seed=3)
    chosen = {"activation": "tanh", "output": "softmax", "cost": "cross_entropy", "l2": 0.01}
    trained = train(
        W,
        b,
        data.X_train,
        data.y_train,
        X_test=data.X_test,
        y_test=data.y_test,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        batch_size=8,
        seed=3,
        **chosen,
    )
    (result,) = execute(make_plan([settings], 1), 1)
    assert result.history.metrics == tuple(trained.history.columns)
    assert result.history.epochs.tolist() == trained.history.index.tolist()
    np.testing.assert_array_equal(result.history.values[0], trained.history.to_numpy())
    assert result.history.diverged_at.tolist() == [-1]
    assert result.gradient_check[0] < 1e-12
    assert gradient_check(W, b, data.X_train, data.y_train, **chosen) < 1e-7


SURROGATES = [
    {"hidden": "exact", "output": "exact"},
    {"hidden": "one", "output": "exact"},
    {"hidden": "exact", "output": "one"},
    {"hidden": "quarter", "output": "quarter"},
]


def test_the_gradient_check_tells_a_wrong_backward_pass(make: Make) -> None:
    runs = [make(hidden=[5, 5], init={"name": "normal", "scale": 3.0}, backward=b) for b in SURROGATES]
    checks = [result.gradient_check[0] for stack in make_plan(runs, 1) for result in module.train(stack)]
    assert sum(error < 1e-12 for error in checks) == 1
    assert sum(error > 1e-2 for error in checks) == len(runs) - 1


def test_no_directions_no_check(make: Make, default_config: dict[str, Any]) -> None:
    unchecked = make(check={**default_config["check"], "directions": 0})
    ((with_check,), (without,)) = (
        module.train(stack) for each in (make(), unchecked) for stack in make_plan([each], 1)
    )
    assert without.gradient_check is None
    assert without.history.values.tobytes() == with_check.history.values.tobytes()
    (record,) = run_records(without, [unchecked], dataset_record(unchecked.dataset), (), {})
    assert "accuracy/test_best" in record.scalars
    assert "gradient_check" not in record.scalars


def test_each_seed_is_checked_along_directions_of_its_own(make: Make, default_config: dict[str, Any]) -> None:
    """Equal starts, so only the directions can make the error of a wrong gradient differ."""
    chosen = {
        "init": {"name": "constant", "value": 0.5},
        "backward": {"hidden": "one", "output": "one"},
        "check": {**default_config["check"], "directions": 5},
    }
    (result,) = execute(make_plan([make(seed=seed, **chosen) for seed in (0, 1, 2, 1)], 1), 1)
    assert len(set(result.gradient_check.tolist())) == 3
    assert result.gradient_check[1] == result.gradient_check[3]


def test_the_initializer_does_not_move_the_batches(make: Make) -> None:
    """Weights drawn with deviation 0 are zeros: the two must be shuffled alike although only one draws numbers."""
    drawn = make(init={"name": "normal", "scale": 0.0, "bias": "zeros"}, batch_size=7, activation="tanh", hidden=[])
    (first,) = execute(make_plan([drawn], 1), 1)
    (second,) = execute(make_plan([make(init="zeros", batch_size=7, activation="tanh", hidden=[])], 1), 1)
    (other,) = execute(make_plan([make(init="zeros", batch_size=7, activation="tanh", hidden=[], seed=1)], 1), 1)
    assert first.history.values.tobytes() == second.history.values.tobytes()
    assert first.history.values.tobytes() != other.history.values.tobytes()


def test_a_schedule_is_a_rate_for_each_epoch(make: Make) -> None:
    """Dropping to a hundredth after two epochs is two epochs, then two more from there at a hundredth."""
    dropped = make(schedule={"name": "step", "every": 2, "drop": 0.01}, learning_rate=1.0)
    (result,) = execute(make_plan([dropped], 1), 1)
    data = load(dropped.dataset)
    weights, biases = initialize("xavier_normal", (2, 3, 1), seed=0)
    for rate in (1.0, 0.01):
        trained = train(weights, biases, data.X_train, data.y_train, learning_rate=rate, epochs=2)
        weights, biases = trained.weights, trained.biases
    cost = result.history.values[0, :, result.history.metrics.index("cost/train")]
    np.testing.assert_allclose(cost[2:], trained.history["cost/train"], rtol=1e-12)


class ExplodedError(RuntimeError):
    """What the initializer below raises."""


def test_a_run_that_fails_is_the_only_one_reported_failed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    copy: dict[str, Any] = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)

    @component("explosive", equation="none", reference="none")
    class Explosive(Initializer):
        """Can't be drawn."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            raise ExplodedError("no weights today")

    runs = [make(seed=0), make(seed=1, init="explosive"), make(seed=2, init="he_normal"), make(seed=3)]
    (stack,) = make_plan(runs, 1)
    results = list(execute([stack], 1))
    errors = {position: result.error for result in results for position in result.positions}
    assert errors == {0: None, 1: "ExplodedError: no weights today", 2: None, 3: None}
    (failed,) = (result for result in results if result.error)
    assert failed.history is failed.parameters is failed.gradient_check is None
    healthy = numbers([result for result in results if not result.error])
    for position in (0, 2, 3):
        assert healthy[position] == numbers(execute(make_plan([runs[position]], 1), 1))[0]


def test_a_wrong_gradient_is_refused_before_training_and_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three runs the backward pass of one is spoilt, without anybody having asked for it."""
    runs = [make(seed=seed) for seed in range(3)]
    (stack,) = make_plan(runs, 1)
    start = member_of(runs[1], stack.spec.network).start
    right = module.Problem.gradients

    def spoilt(problem: module.Problem, flat: np.ndarray) -> np.ndarray:
        return right(problem, flat) * np.where((flat == start).all(axis=1, keepdims=True), 1.01, 1.0)

    monkeypatch.setattr(module.Problem, "gradients", spoilt)
    results = module.train(stack)
    assert [result.outcome(0) for result in results] == ["finished", "failed", "finished"]
    reason = "WrongGradientError: backpropagation is off by 5.0e-03, more than 1e-05 is refused"
    assert [result.error for result in results] == [None, reason, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"backward": {"hidden": "one", "output": "exact"}},
        {"check": {"method": "complex", "step": None, "directions": 1, "slip": "without_mean"}},
        {"check": {"method": "forward", "step": 0.5, "directions": 1, "slip": "none"}},  # a coarse slope, no slip
        {"init": {"name": "normal", "scale": 1000.0}, "activation": "lecun_tanh"},
    ],
)
def test_what_was_asked_for_or_is_the_methods_own_error_trains(make: Make, changes: dict[str, Any]) -> None:
    (stack,) = make_plan([make(**changes)], 1)
    (result,) = module.train(stack)
    assert result.error is None


def test_a_dead_run_is_stuck(make: Make) -> None:
    (stack,) = make_plan([make(init="zeros", learning_rate=0.1), make()], 1)
    (result,) = module.train(stack)
    assert [result.outcome(row) for row in range(2)] == ["stuck", "finished"]


def deadly(monkeypatch: pytest.MonkeyPatch, folder: Path, deaths: int) -> None:
    """An initializer, as good as he_normal, that kills the worker process it is in, so many times; never this one."""
    copy: dict[str, Any] = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)
    monkeypatch.setattr(module, "WORTH_WORKERS", 0.0)
    safe, ours = os.getpid(), registry.lookup("init", "he_normal")

    @component("deadly", equation="none", reference="none")
    class Deadly(Initializer):
        """Kills."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            died = len(list(folder.iterdir()))
            if os.getpid() != safe and died < deaths:
                (folder / str(died)).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return ours().weight(fan_out, fan_in, rng)


@pytest.mark.parametrize("deaths", [1, 2])
def test_what_a_killed_worker_was_at_is_trained_again(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deaths: int
) -> None:
    deadly(monkeypatch, tmp_path, deaths)
    runs = [*(make(seed=seed) for seed in range(12)), *(make(seed=seed, init="deadly", hidden=[4]) for seed in (1, 2))]
    stacks = make_plan(runs, 2)
    undisturbed = numbers(execute(stacks, 1))
    assert numbers(execute(stacks, 2)) == undisturbed
    assert len(list(tmp_path.iterdir())) == deaths


def test_a_run_that_kills_three_workers_fails_alone(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deadly(monkeypatch, tmp_path, 3)
    runs = [*(make(seed=seed) for seed in range(5)), make(seed=5, init="deadly"), *(make(hidden=[4]) for _ in range(2))]
    stacks = make_plan(runs, 1)
    assert max(len(stack.positions) for stack in stacks) > 5
    results = list(execute(stacks, 2))
    errors = {position: result.error for result in results for position in result.positions}
    assert errors == dict.fromkeys(range(8)) | {5: "its worker process died"}
    healthy = numbers([result for result in results if not result.error])
    assert healthy == {place: found for place, found in numbers(execute(stacks, 1)).items() if place != 5}


def test_closed_results_end_the_workers_at_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_WORKERS", 0.0)
    results = execute(make_plan([make(seed=seed, epochs=10**6) for seed in range(64)], 2), 2)
    results.close()
    assert not workers._WORKERS
    assert numbers(execute(make_plan([make(seed=seed) for seed in range(32)], 2), 2))  # by new ones
