"""From the training into the store: every result is recorded, or kept for later if the store does not take it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chainrule.errors import InputError
from chainrule.record.run_record import SWEEP
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import undelivered
from chainrule.sweep.execute import Results, StackResult
from chainrule.sweep.outcome import Outcome
from chainrule.sweep.progress import SweepProgress
from chainrule.sweep.recorder import Recorder, RecorderDiedError
from chainrule.sweep.run_records import dataset_record, run_name, run_records
from chainrule.sweep.sweep_record import ParentRun


class Delivery:
    """Hands the `results` of training `settings` to the process that records, below what `opened` gives.

    `outcomes` are those of the recorded runs, `parent` is what `opened` gave. If `stops`, the first run that fails ends
    the training: `failure` is then what is said of it.
    """

    def __init__(
        self,
        process: Recorder,
        results: Results,
        settings: Sequence[Settings],
        store: tuple[str, Study],
        opened: Callable[[], ParentRun],
        progress: SweepProgress,
        *,
        stops: bool = False,
    ) -> None:
        self._process, self._results, self._settings, self._progress = process, results, settings, progress
        self._uri, self._study = store
        self._opened, self._stops = opened, stops
        self.parent: ParentRun | None = None
        self._current: tuple[Any, ...] | None = None  # what is handed over and not confirmed
        self.outcomes: dict[Settings, Outcome] = {}
        self.failure: str | None = None

    def run(self) -> None:
        """Record all results as they come, and raise whatever goes wrong.

        Then what is trained is recorded or kept first, and the sweep closed as FAILED if the store still allows it.
        """
        self.parent = self._opened()
        wrong: Exception | None = None
        while True:
            try:
                result = next(self._results)
            except StopIteration:
                break
            except Exception as error:  # of the training, whatever it is: the results that there are come first
                self._results.close()
                wrong = error
            else:
                self._hand_over(result)
        if wrong:
            self._close_failed()
            raise wrong

    def _hand_over(self, result: StackResult) -> None:
        self._current = self._question(result)
        try:
            ids = self._process.ask("add", *self._current)
        except RecorderDiedError as died:  # nobody knows whether it was recorded; the sweep is closed as FAILED
            raise _and_kept(died, self._keep([self._current, *self._rest()])) from died
        except Exception as failed:  # whatever it is, the recorder has kept the runs
            kept = len(result.positions) + self._keep(self._rest())
            self._close_failed()
            raise _and_kept(failed, kept) from failed
        self._current = None
        self._note(result, ids)

    def end(self, until: float) -> int:
        """After an interrupt: record what is trained before the time `until`, and keep the rest; how many it keeps."""
        waiting = self._rest()
        if self._current is not None and not self._process.was_sent(self._current[0]):
            waiting.insert(0, self._current)
        while waiting and self._process.tell(until, "add", *waiting[0]):
            waiting.pop(0)
        return self._keep(waiting)

    def _question(self, result: StackResult) -> tuple[Any, ...]:
        own = [self._settings[position] for position in result.positions]
        return result, own, dataset_record(own[0].dataset)

    def _note(self, result: StackResult, ids: Sequence[str]) -> None:
        assert self.parent
        for row, (position, run_id) in enumerate(zip(result.positions, ids, strict=True)):
            own = self._settings[position]
            self.outcomes[own] = Outcome(run_id, result.outcome(row), self.parent.sweep_tags[SWEEP])
        if result.error and self._stops and self.failure is None:
            name = run_name(self._settings[result.positions[0]].params(), self.parent.swept)
            self.failure = f"the run {name} failed ({result.error})"
            self._results.close()
        self._progress.advance(len(ids))

    def _rest(self) -> list[tuple[Any, ...]]:
        """What is trained and has not been handed over; the training ends."""
        self._results.close()
        return [self._question(result) for result in self._results]

    def _keep(self, questions: Iterable[tuple[Any, ...]]) -> int:
        assert self.parent
        count = 0
        for result, settings, dataset in questions:
            records = run_records(result, settings, dataset, self.parent.swept, self.parent.sweep_tags)
            undelivered.keep(self._uri, self._study, self.parent.run_id, records)
            count += len(records)
        return count

    def _close_failed(self) -> None:
        with contextlib.suppress(InputError):  # the store may have failed, as is told
            self._process.ask("runs")
            self._process.close("FAILED", None)


def _and_kept(error: Exception, count: int) -> Exception:
    """The error, with what became of so many trained runs."""
    told = undelivered.told(count)
    if isinstance(error, InputError):
        return InputError(error.key, error.value, f"{error.requirement}; {told}")
    error.add_note(told)
    return error
