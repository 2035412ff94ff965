"""Which of a sweep's runs are recorded already, by whatever sweep of its study: they are not trained again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainrule.reading.open_source import open_source
from chainrule.settings import Settings
from chainrule.sweep.provenance import configuration, fingerprint
from chainrule.sweep.run_records import dataset_record


@dataclass(frozen=True)
class KnownRuns:
    """`runs` maps settings to the id and the outcome of the run that has their numbers."""

    runs: Mapping[Settings, tuple[str, str]] = field(default_factory=dict)
    by_other_code: int = 0  # settings of which there is a run whose numbers another version computed
    not_whole: int = 0  # settings of which there is only a run that failed or was cut short

    def ids(self) -> list[str]:
        """The ids of the runs."""
        return [run_id for run_id, _ in self.runs.values()]

    def lines(self) -> list[str]:
        """What a person is told before training starts."""
        told = []
        if self.runs:
            told.append(f"{_runs(len(self.runs))} recorded already and not trained again (fresh=true trains all)")
        if self.by_other_code:
            told.append(f"{_runs(self.by_other_code)} recorded by another version of the code: trained anew")
        if self.not_whole:
            told.append(f"{_runs(self.not_whole)} recorded as failed or not whole: trained anew")
        return told


def find_known(settings: Sequence[Settings], study: str, uri: str) -> KnownRuns:
    """Look all runs of the experiment `study` up, in one query."""
    source = open_source(uri)
    experiments = [key for key, name in source.studies().items() if name == study]
    stored = source.identities(experiments) if experiments else []
    whole = {each.fingerprint: each for each in stored if each.status == "FINISHED" and each.outcome != "failed"}
    fingerprints = {each.fingerprint for each in stored}
    configurations = {each.configuration for each in stored}
    found: dict[Settings, tuple[str, str]] = {}
    by_other_code = not_whole = 0
    for each in settings if stored else ():
        digest = dataset_record(each.dataset).digest
        own = fingerprint(each, digest)
        if (known := whole.get(own)) is not None:
            found[each] = known.run_id, str(known.outcome)
        elif own in fingerprints:
            not_whole += 1
        elif configuration(each, digest) in configurations:
            by_other_code += 1
    return KnownRuns(found, by_other_code, not_whole)


def _runs(count: int) -> str:
    return "1 run is" if count == 1 else f"{count} runs are"
