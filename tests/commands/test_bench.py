"""`chainrule bench` measures the real command and leaves its table where it says."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.bench.composed import settings_of
from chainrule.bench.machine import facts
from chainrule.bench.parts import growth, pipeline
from chainrule.bench.processes import Finished, run
from chainrule.bench.report import BEGIN, END, fill_readme, write
from chainrule.bench.rows import Row
from chainrule.bench.scale import QUICK
from chainrule.commands import bench as command
from chainrule.paths import project_root
from chainrule.record import tracker
from chainrule.sweep.execute import train
from chainrule.sweep.plan import make_plan

ROWS = [
    Row("training", "W1 training", "run-steps/s", (300.0, 320.0), "JAX", (200.0, 200.0), more_is_better=True).ahead(
        1.0
    ),
    Row("pipeline", "W1 end to end", "s a run", (0.1,), "the usual way", (0.05,)).ahead(50.0),
    Row("start", "help", "s", (0.1,)).at_most(0.5),
]


def test_parts_measured_in_real_stores_and_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["composing", "writing", "reading"]
    assert command.main(["--quick", "--only", *chosen, "--output", str(tmp_path / "out")]) == 0
    assert "measuring reading (3 of 3)" in capsys.readouterr().err
    content = json.loads((tmp_path / "out" / "results.json").read_text())
    rows = [Row(**row) for row in content["rows"]]
    assert [row.part for row in rows] == ["composing", "writing", "writing", "reading", "reading"]
    assert all(min([*row.ours, *row.theirs]) > 0 for row in rows)
    assert rows[-1].what == f"load_curves, {QUICK.W1.runs * 10 * 9} points"  # 10 curves, epochs 0 to 8


def test_the_usual_pipeline_records_the_curves_of_the_sweep(tmp_path: Path) -> None:
    workload, uri = QUICK.W1.first(learning_rate=1, init=1, seed=2), pipeline.store_in(tmp_path)
    pipeline.usual(workload, tmp_path)
    client = tracker.client(uri)
    runs = {run.data.params["seed"]: run for run in client.search_runs(["0"])}
    assert set(runs) == {"0", "1"}
    settings = settings_of(workload)[1]
    (result,) = train(make_plan([settings], workers=1)[0])
    assert result.history is not None
    for column, key in enumerate(result.history.metrics):
        history = client.get_metric_history(runs["1"].info.run_id, key)
        assert [point.step for point in history] == list(range(9))
        assert [point.value for point in history] == pytest.approx(result.history.values[0, :, column], rel=1e-9)


def test_end_to_end_compares_what_a_run_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours 0.8 s in all for 8 runs; the usual pipeline 3 s for one run and 5 s for two, so 2 s for one more."""

    def stand_in(module: str, arguments: list[str], environment: dict[str, str] | None = None) -> Finished:
        if module == pipeline.USUAL:
            return Finished(5.0 if any("=0.01,3" in argument for argument in arguments) else 3.0, (), None)
        return Finished(0.25, (), None) if arguments == ["--help"] else Finished(0.8, ((0.5, 2), (0.7, 8)), None)

    monkeypatch.setattr(pipeline, "run", stand_in)
    two_rates = replace(QUICK.W1, swept={**QUICK.W1.swept, "learning_rate": ("0.01", "3")})
    whole, help_, progress = pipeline.measure(replace(QUICK, W1=two_rates, rounds=2))
    assert whole.ours == (0.1, 0.1)
    assert whole.theirs == (2.0, 2.0)
    assert (whole.advantage, whole.reached) == (20.0, False)
    assert (help_.ours, progress.ours) == ((0.25, 0.25), (0.5, 0.5))


def test_growth_compares_with_a_tenth_and_within_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the middle line of progress 2 runs in 1 s, from there 4 runs in 3 s."""
    part = Finished(4.0, ((1.0, 4),), 5 * 10**8)
    finished = iter([part, Finished(12.0, ((1.0, 2), (2.0, 4), (5.0, 8)), 3 * 10**9), replace(part, seconds=8.0)])
    monkeypatch.setattr(growth, "sweep", lambda workload, folder: next(finished))
    whole, halves, memory = growth.measure(QUICK)
    assert (whole.ours, whole.theirs, whole.reached) == ((1500.0,), (1000.0, 2000.0), True)
    assert (halves.ours, halves.theirs, halves.reached) == ((750.0,), (500.0,), False)
    assert (memory.ours, memory.reached) == ((3.0,), False)


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
    finished = run("timeit", ["-n1", "-r1", both])
    if finished.peak_memory is not None:  # where there is no /proc, it is not known
        assert finished.peak_memory > 160_000_000


def test_a_command_that_fails_tells_why() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run("chainrule", ["sweep", "learning_rate=-1"])
    assert "learning_rate" in failed.value.stderr


def test_results_are_left_as_json_picture_and_table(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# above\n{BEGIN}\nold table\n{END}\nbelow\n")
    write(tmp_path, ROWS, facts())
    assert (tmp_path / "benchmark.png").read_bytes()[:4] == b"\x89PNG"
    text = readme.read_text()
    assert text.startswith(f"# above\n{BEGIN}\n")
    assert text.endswith(f"{END}\nbelow\n")
    assert "old table" not in text
    assert "| W1 training | ahead | 310 run-steps/s ± 3% | JAX | 200 run-steps/s ± 0% | 1.55 | yes |" in text
    assert f"cores {facts()['cores']}" in text
    fill_readme(tmp_path)
    assert readme.read_text() == text  # the table comes from the JSON alone


def test_the_committed_table_is_the_one_of_the_committed_results(tmp_path: Path) -> None:
    kept = project_root() / "experiments" / "benchmark"
    for name in ("README.md", "results.json"):
        (tmp_path / name).write_bytes((kept / name).read_bytes())
    fill_readme(tmp_path)
    assert (tmp_path / "README.md").read_text() == (kept / "README.md").read_text()
