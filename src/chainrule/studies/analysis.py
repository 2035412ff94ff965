"""A study's analysis: measured once from recorded runs, then told as findings, an answer and pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar

from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

M = TypeVar("M")


class Picture(NamedTuple):
    """A figure for the study's folder; `file` is its name there, `caption` what it shows."""

    file: str
    caption: str
    figure: Figure


class Analysis(ABC, Generic[M]):
    """What experiments/<study>/study.py defines, once; conf/study/<study>.yaml has the question and the sweeps.

    `M` holds what the study measured. Everything but `measure` is a function of it alone, so that nothing is
    computed twice. A question on which nothing is published has no citation and no source; its findings hold what
    was expected against what was measured.
    """

    order: ClassVar[int] = 0  # where the study stands among all; of equal ones the name decides
    title: ClassVar[str]
    citation: ClassVar[str] = ""  # authors and years, as in a sentence
    source: ClassVar[str] = ""  # the same in full: titles, places
    setup: ClassVar[str]  # Markdown: budget, what differs from the source, what is unknown
    reduced: ClassVar[Mapping[str | None, Sequence[str]]] = {}  # sub-sweep -> overrides that make it small for a test

    @abstractmethod
    def measure(self, evidence: Evidence) -> M:
        """Everything that is told, computed from the recorded runs."""

    @abstractmethod
    def findings(self, measured: M) -> list[Finding]:
        """Published against measured, one row a claim."""

    @abstractmethod
    def summary(self, measured: M) -> str:
        """The answer in one sentence, its numbers computed; it stands in the list of all studies."""

    @abstractmethod
    def answer(self, measured: M) -> str:
        """Markdown: what the runs say, in plain language, its numbers computed."""

    @abstractmethod
    def pictures(self, measured: M) -> Iterator[Picture]:
        """The figures, the most telling first."""
