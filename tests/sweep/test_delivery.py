"""From the training into the store, interrupted at a chosen moment."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.record.store import open_store
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import undelivered
from chainrule.sweep.child_process import ChildProcess
from chainrule.sweep.delivery import Delivery
from chainrule.sweep.execute import OwnResults
from chainrule.sweep.plan import make_plan
from chainrule.sweep.progress import SweepProgress
from chainrule.sweep.recorder import Recorder
from chainrule.sweep.sweep_record import Request

STUDY = Study("rates", "Which rate?")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


class InterruptedProcess:
    """A process of the recorder's: an interrupt comes while somebody waits for its answer, or before it is asked."""

    def __init__(self, process: ChildProcess, moment: str) -> None:
        self._process, self._moment = process, moment

    def __getattr__(self, name: str) -> object:
        if name == self._moment:
            self._moment = ""
            raise KeyboardInterrupt
        return getattr(self._process, name)


@pytest.mark.parametrize("moment", ["receive", "send"])
def test_what_an_interrupt_finds_on_its_way_is_recorded_once(
    recorder: Recorder, empty_store: str, make: Callable[..., Settings], moment: str
) -> None:
    settings = [make(hidden=[width]) for width in (2, 3)]
    opened = recorder.open(empty_store, STUDY, Request({}, ("hidden",), 2))
    results = OwnResults(make_plan(settings, 1))
    delivery = Delivery(recorder, results, settings, (empty_store, STUDY), opened, SweepProgress(2))
    parent = opened()
    delivery._opened = lambda: parent
    recorder._process = InterruptedProcess(recorder._process, moment)
    with pytest.raises(KeyboardInterrupt):
        delivery.run()
    until = time.monotonic() + 60
    assert delivery.end(until) == 0
    assert recorder.leave(until) == 1  # the other one had not been trained
    assert len(cr.load_runs(uri=empty_store)) == 1


def test_what_a_dead_recorder_had_not_confirmed_is_kept_when_an_interrupt_comes(
    recorder: Recorder, empty_store: str, make: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [make(hidden=[2])]
    opened = recorder.open(empty_store, STUDY, Request({}, (), 1))
    results = OwnResults(make_plan(settings, 1))
    delivery = Delivery(recorder, results, settings, (empty_store, STUDY), opened, SweepProgress(1))
    parent = opened()
    delivery._opened = lambda: parent

    def interrupted() -> None:
        raise KeyboardInterrupt

    os.kill(recorder._process.pid, signal.SIGKILL)
    monkeypatch.setattr(recorder, "_opened", interrupted)  # while another takes its place
    with pytest.raises(KeyboardInterrupt):
        delivery.run()
    assert delivery.end(time.monotonic()) == 1  # there is no time to wait for it
    (file,) = undelivered.waiting(empty_store)
    assert undelivered.deliver(file, empty_store) == 1
    assert len(cr.load_runs(uri=empty_store)) == 1


def test_what_a_recorder_had_not_confirmed_when_it_died_twice_is_kept(
    recorder: Recorder, empty_store: str, make: Callable[..., Settings]
) -> None:
    settings = [make(hidden=[width]) for width in (2, 3)]
    results = OwnResults(make_plan(settings, 1))
    opened = recorder.open(empty_store, STUDY, Request({}, ("hidden",), 2))
    delivery = Delivery(recorder, results, settings, (empty_store, STUDY), opened, SweepProgress(2))
    parent = opened()
    delivery._opened = lambda: parent
    recorder._was_replaced = True
    os.kill(recorder._process.pid, signal.SIGKILL)
    with pytest.raises(InputError, match=r"^recorder=code -9: .* died twice; .*; 1 trained run is kept in "):
        delivery.run()
    assert open_store(empty_store).client.get_run(parent.run_id).info.status == "FAILED"
    (file,) = undelivered.waiting(empty_store)
    assert undelivered.deliver(file, empty_store) == 1
    assert len(cr.load_runs(uri=empty_store)) == 1
