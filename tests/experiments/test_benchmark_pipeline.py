"""Sides take turns, commands are timed and weighed as processes, and the baseline records what the sweep does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.record import tracker
from chainrule.sweep.execute import train
from chainrule.sweep.plan import make_plan
from experiments.benchmark import pipeline
from experiments.benchmark.timing import Finished, run_python, take_turns
from experiments.benchmark.workloads import QUICK


def test_sides_take_turns() -> None:
    order: list[str] = []

    def side(name: str, value: float) -> float:
        order.append(name)
        return value + len(order)

    taken = take_turns({"a": lambda: side("a", 10), "b": lambda: side("b", 20)}, rounds=2)
    assert order == ["a", "b", "a", "b"]
    assert taken == {"a": (11, 13), "b": (22, 24)}


def test_memory_is_that_of_all_processes_together() -> None:
    # The child holds its memory from its first output to the end of its input, and the parent waits for both: only
    # the time for a few looks in between is a matter of the clock.
    hold = "kept = bytearray(80_000_000)"
    child = f"import sys; {hold}; print(flush=True); sys.stdin.read()"
    both = (
        "import subprocess, sys, time; pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE);"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], **pipes);"
        f"{hold}; child.stdout.readline(); time.sleep(2); child.communicate()"
    )
    finished = run_python(["-c", both])
    if finished.peak_memory is not None:  # where there is no /proc, it is not known
        assert finished.peak_memory > 160_000_000


def test_progress_is_read_as_it_is_told() -> None:
    told = run_python(["-c", "import sys; [print(f'{n}/8 runs', file=sys.stderr) for n in (0, 2, 4, 8)]"])
    assert [runs for _, runs in told.progress] == [2, 4, 8]
    assert told.halves is not None


def test_a_command_that_fails_tells_why() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_python(["-m", "chainrule", "sweep", "learning_rate=-1"])
    assert "learning_rate" in failed.value.stderr
    assert failed.value.cmd[0] == sys.executable


def test_the_baseline_records_the_curves_of_the_sweep(tmp_path: Path) -> None:
    workload, uri = QUICK.moons.first(learning_rate=1, init=1, seed=2), pipeline.store_in(tmp_path)
    pipeline.baseline(workload, tmp_path)
    client = tracker.client(uri)
    runs = {run.data.params["seed"]: run for run in client.search_runs(["0"])}
    assert set(runs) == {"0", "1"}
    (result,) = train(make_plan([workload.settings()[1]], workers=1)[0])
    assert result.history is not None
    for column, key in enumerate(result.history.metrics):
        history = client.get_metric_history(runs["1"].info.run_id, key)
        assert [point.step for point in history] == list(range(9))
        assert [point.value for point in history] == pytest.approx(result.history.values[0, :, column], rel=1e-9)


def test_end_to_end_compares_what_a_run_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep 0.8 s in all for 8 runs; the baseline 3 s for one run and 5 s for two, so 2 s for one more."""

    def stand_in(arguments: list[str], environment: dict[str, str] | None = None) -> Finished:
        if pipeline.BASELINE in arguments:
            return Finished(5.0 if any("=0.01,3" in argument for argument in arguments) else 3.0, (), None)
        return Finished(0.25, (), None) if "--help" in arguments else Finished(0.8, ((0.5, 2), (0.7, 8)), None)

    monkeypatch.setattr(pipeline, "run_python", stand_in)
    two_rates = replace(QUICK.moons, swept={**QUICK.moons.swept, "learning_rate": ("0.01", "3")})
    whole, help_, progress = pipeline.measure_pipeline(replace(QUICK, moons=two_rates, rounds=2))
    assert whole.rounds == (0.1, 0.1)
    assert whole.peer_rounds == (2.0, 2.0)
    assert (whole.advantage, whole.reached) == (20.0, False)
    assert (help_.rounds, progress.rounds) == ((0.25, 0.25), (0.5, 0.5))


def test_growth_compares_with_a_tenth_and_within_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the middle line of progress 2 runs in 1 s, from there 4 runs in 3 s."""
    few = Finished(4.0, ((1.0, 4),), 5 * 10**8)
    finished = iter([few, Finished(12.0, ((1.0, 2), (2.0, 4), (5.0, 8)), 3 * 10**9), replace(few, seconds=8.0)])
    monkeypatch.setattr(pipeline, "sweep", lambda workload, folder: next(finished))
    whole, halves, memory = pipeline.measure_growth(QUICK)
    assert (whole.rounds, whole.peer_rounds, whole.reached) == ((1500.0,), (1000.0, 2000.0), True)
    assert (halves.rounds, halves.peer_rounds, halves.reached) == ((750.0,), (500.0,), False)
    assert (memory.rounds, memory.reached) == ((3.0,), False)
