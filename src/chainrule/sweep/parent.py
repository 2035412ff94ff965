"""The run that stands for a whole sweep: opened before its first run, closed with what all of them showed."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.record.records import PART, SWEEP, SWEPT, to_text
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import summary
from chainrule.sweep.records import provenance

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.record.store import Store


@dataclass(frozen=True)
class Parent:
    """An open parent run: its id, its experiment's, what every run of the sweep is tagged with, what was swept."""

    run_id: str
    experiment_id: str
    places: Mapping[str, str]  # the tags that tell which sweep a run belongs to
    swept: tuple[str, ...]

    @classmethod
    def open(cls, store: Store, study: Study, params: Mapping[str, str], swept: Sequence[str]) -> Parent:
        """Record that a sweep begins; for `params` see `common_params`."""
        sweep = f"{datetime.datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        experiment_id = store.experiment(study.name, study.question)
        places = {SWEEP: sweep} | ({PART: study.part} if study.part else {})
        tags = {**places, SWEPT: json.dumps(list(swept)), **provenance()}
        run_id = store.start_parent(experiment_id, f"{study.part or 'sweep'} {sweep}", params, tags)
        return cls(run_id, experiment_id, places, tuple(swept))

    @classmethod
    def find(cls, store: Store, run_id: str) -> Parent:
        """The parent run with this id, opened by another process."""
        run = store.client.get_run(run_id)
        tags = run.data.tags
        places = {key: tags[key] for key in (SWEEP, PART) if key in tags}
        return cls(run_id, run.info.experiment_id, places, tuple(json.loads(tags[SWEPT])))

    def runs(self, store: Store) -> pd.DataFrame:
        """What has been recorded below it, as `load_runs` gives it."""
        from chainrule.reading.runs import load_runs

        return load_runs(sweep=self.places[SWEEP], uri=store.uri)

    def close(self, store: Store, study: Study, runs: pd.DataFrame, status: str, pictures: Path | None) -> None:
        """Leave note, counts and `pictures` of `runs`, and end as FINISHED, FAILED or KILLED."""
        if pictures:
            store.log_artifacts(self.run_id, pictures)
        if runs.empty:
            store.finish(self.run_id, status, {}, {})
            return
        store.finish(self.run_id, status, summary.parent_metrics(runs), {}, summary.note(study, runs))


def common_params(settings: Sequence[Settings], swept: Sequence[str]) -> dict[str, str]:
    """What all runs share, and for each swept key the list of its values, the swept ones first."""
    params = [each.params() for each in settings]
    keys = [*swept, *dict.fromkeys(key for own in params for key in own)]
    values = {key: list(dict.fromkeys(to_text(own[key]) for own in params if key in own)) for key in keys}
    return {key: held[0] if len(held) == 1 else ", ".join(held) for key, held in values.items()}
