"""What every study is: a config to run, findings to judge, figures to draw, an answer in plain language."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture(NamedTuple):
    """A figure for the study's folder; `file` is its name there, `caption` what it shows."""

    file: str
    caption: str
    figure: Figure


class Experiment(ABC):
    """A study's evaluation. Its runs are configured by conf/study/<name>.yaml; nothing here trains."""

    name: ClassVar[str]  # of the config, and of the MLflow experiment
    folder: ClassVar[str]  # below experiments/
    title: ClassVar[str]
    source: ClassVar[str]  # author, year, place
    setup: ClassVar[str]  # Markdown: budget, what differs from the source, what is unknown
    reduced: ClassVar[Mapping[str, Sequence[str]]]  # part -> overrides that make it small enough for a test

    @abstractmethod
    def findings(self, evidence: Evidence) -> list[Finding]:
        """Published against measured, one row a claim."""

    @abstractmethod
    def answer(self, evidence: Evidence) -> str:
        """Markdown: what the runs say, in plain language; every number in it is computed here."""

    @abstractmethod
    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """The figures, the most telling first."""
