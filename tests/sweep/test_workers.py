"""Worker processes, asked directly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule.sweep.workers import Calls, call_all, end_workers, get_workers


@pytest.fixture(autouse=True)
def fresh_workers() -> Iterator[None]:
    end_workers()
    yield
    end_workers()


def results(calls: Calls, count: int) -> list[object]:
    found = [calls.next()[1] for _ in range(count)]
    calls.finish()
    return found


def test_they_find_the_modules_that_this_process_finds_but_none_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, current = tmp_path / "own", tmp_path / "current"
    own.mkdir()
    current.mkdir()
    (own / "their_own.py").write_text("def twice(x):\n    return 2 * x\n")
    (current / "queue.py").write_text("raise SystemExit('it was run')\n")
    monkeypatch.syspath_prepend(own)  # as PYTHONPATH does
    monkeypatch.chdir(current)
    import their_own

    assert sorted(results(Calls(get_workers(2), their_own.twice, [1, 2, 3]), 3)) == [2, 4, 6]


def refuse(task: int) -> int:
    raise ValueError(f"not {task}")


def test_what_the_function_raises_is_raised_where_the_result_is_asked_for() -> None:
    calls = Calls(get_workers(1), refuse, [7])
    with pytest.raises(ValueError, match=r"^not 7"):
        calls.next()
    calls.close()


def process_id(_: object) -> int:
    return os.getpid()


def test_one_that_has_ended_by_itself_is_replaced_and_leaves_no_pipe_open() -> None:
    (worker,) = get_workers(1)
    first = worker.ask(process_id, None, ())
    ended = worker._process
    assert ended is not None
    ended.kill()
    assert worker.ask(process_id, None, ()) != first
    assert ended._questions.closed
    assert ended._answers.closed


def address(task: tuple[int, object]) -> tuple[int, int]:
    return os.getpid(), id(task[1])


def test_what_tasks_share_is_sent_to_a_worker_once() -> None:
    shared = [1.5, 2.5]
    places = results(Calls(get_workers(1), address, [(i, shared) for i in range(3)], [shared]), 3)
    assert len(set(places)) == 1
    other = [0.5]
    assert results(Calls(get_workers(1), total, [(0, other), (0, shared)], [other, shared]), 2) == [0.5, 4.0]


def total(task: tuple[int, list[float]]) -> float:
    return sum(task[1])


def niceness(_: None) -> tuple[int, str]:
    return os.getpriority(os.PRIO_PROCESS, 0), os.environ["OMP_NUM_THREADS"]


def test_they_are_nicer_than_this_process_and_have_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert results(Calls(get_workers(1), niceness, [None]), 1) == [
        (min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5), "1")
    ]


def test_an_idle_one_calls_what_is_wanted_afterwards(tmp_path: Path) -> None:
    calls = Calls(get_workers(2), abs, [-1], afterwards=(tmp_path / "ready").touch)
    assert results(calls, 1) == [1]
    for thread in calls._threads:
        thread.join()
    assert (tmp_path / "ready").exists()


def test_a_function_whose_worker_dies_is_called_here(tmp_path: Path) -> None:
    here, file = os.getpid(), tmp_path / "drawn"

    def draw() -> None:
        if os.getpid() != here:
            os._exit(1)
        file.touch()

    call_all(2, [draw, (tmp_path / "other").touch])
    assert sorted(found.name for found in tmp_path.iterdir()) == ["drawn", "other"]
