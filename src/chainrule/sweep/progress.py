"""How far a sweep is, on standard error: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chainrule.terminal import progress

_LINES = 10  # how many lines a whole sweep prints after the first, where there is no terminal to draw a bar in


class SweepProgress:
    """Counts finished runs of `total`; use as a context manager."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.began = total, 0, time.monotonic()
        self._console = progress()
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TextColumn("runs"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, rate="")

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._console.is_terminal:
            self._console.print(f"training {self.total} runs")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """Print a line, above the bar if there is one; a terminal that is closed by now shows none."""
        with contextlib.suppress(OSError):
            self._console.print(line, markup=False, soft_wrap=True)

    def advance(self, runs: int) -> None:
        """Note that `runs` more runs are trained and recorded."""
        before, self.done = self.done, self.done + runs
        seconds = max(time.monotonic() - self.began, 1e-9)
        rate = self.done / seconds
        self._bar.update(self._task, completed=self.done, rate=f"{rate:,.0f} runs/s")
        is_tenth = self.done * _LINES // self.total > before * _LINES // self.total
        if not self._console.is_terminal and (is_tenth or not before):
            left = (self.total - self.done) / rate
            self._console.print(f"{self.done}/{self.total} runs, {rate:,.0f} runs/s, {left:.0f} s left")
