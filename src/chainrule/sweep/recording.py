"""A sweep's results on their way to the record."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from chainrule.record.records import OUTCOME, SWEEP
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep.execute import Result
from chainrule.sweep.parent import Parent, common_params
from chainrule.sweep.records import run_records
from chainrule.sweep.scribe import scribe
from chainrule.sweep.summary import Drawing

if TYPE_CHECKING:
    import pandas as pd


class Recording:
    """Use as a context manager: it opens the sweep's parent run and ends it as FINISHED, FAILED or KILLED.

    The store starts to open when it is made, so that workers can be started meanwhile.
    `settings` are the sweep's runs, which results name by their places. Afterwards `runs` is what was recorded, as
    `load_runs` gives it. `draw` makes the pictures that stay with the parent run.
    """

    runs: pd.DataFrame

    def __init__(
        self, uri: str, study: Study, settings: Sequence[Settings], swept: Sequence[str], draw: Drawing
    ) -> None:
        self._settings, self._scribe, self._draw = settings, scribe(), draw
        self._outcomes: dict[Settings, tuple[str, str]] = {}
        self._opened = self._scribe.open(uri, study, common_params(settings, swept), swept)

    def __enter__(self) -> Self:
        self._parent: Parent = self._opened()
        return self

    def add(self, result: Result) -> None:
        """Store the runs of `result`, in one transaction."""
        settings = [self._settings[place] for place in result.places]
        records = run_records(result, settings, self._parent.swept, self._parent.places)
        ids = self._scribe.ask("add", records)
        outcomes = (record.tags[OUTCOME] for record in records)
        self._outcomes.update(zip(settings, zip(ids, outcomes, strict=True), strict=True))

    @property
    def sweep(self) -> str:
        """The sweep's id."""
        return self._parent.places[SWEEP]

    def outcome(self, settings: Settings) -> tuple[str, str]:
        """The run's id and what became of it."""
        return self._outcomes[settings]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = "FINISHED" if kind is None else "KILLED" if issubclass(kind, KeyboardInterrupt) else "FAILED"
        self.runs = self._scribe.ask("complete")
        with self._draw(self.runs) as folder:
            self._scribe.close(status, folder)
