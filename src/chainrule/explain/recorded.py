"""A recorded run at a recorded epoch: its weights read back, and its ledger computed again from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.build import data_of, load, member_of, network_of, spec_of
from chainrule.components.fields import Allowed, check
from chainrule.core.parameters import Parameters
from chainrule.core.training import train_stack
from chainrule.errors import InputError, one_of, suggestion
from chainrule.explain.request import Request, defaults_of_file
from chainrule.explain.subject import Subject
from chainrule.reading.curves import load_curves
from chainrule.reading.open_source import open_source
from chainrule.reading.parameters import Snapshot, load_parameters
from chainrule.reading.source import StoredRun
from chainrule.record import address
from chainrule.record.run_record import CONFIG, OUTCOME, PARENT
from chainrule.settings import Settings

KEYS = ("run", "epoch", "sample")
LEDGER = ("cost", "accuracy", "r2", "gradient_norm", "upstream", "slope", "input", "saturated")
LENGTH = 32  # characters of an id


@dataclass(frozen=True)
class RecordedRun:
    """A run of a store: its settings, all parameters it kept, the epoch chosen, and its recorded curves at that epoch.

    `curves` are the recorded values of every kept epoch, by epoch and metric.
    """

    run_id: str
    name: str
    study: str
    outcome: str
    request: Request
    snapshots: tuple[Snapshot, ...]
    snapshot: Snapshot
    curves: Mapping[int, Mapping[str, float]]

    @property
    def recorded(self) -> Mapping[str, float]:
        """The recorded ledger at the chosen epoch, by metric; values that were not finite are left out."""
        return self.curves.get(self.snapshot.epoch, {})

    def subject(self) -> Subject:
        """The network as it was, with its sample and the training set."""
        return self.request.subject((self.snapshot.weights, self.snapshot.biases))

    def described(self) -> dict[str, Any]:
        return {"run": self.run_id, "epoch": self.snapshot.epoch, "sample": self.request.sample}


def recorded_run(given: Mapping[str, Any], uri: str | None) -> RecordedRun:
    """The run, epoch and sample of `run=ID epoch=N sample=K`; by default the last kept epoch and sample 0.

    Raises InputError for an id the store has not, a run without kept parameters, an epoch that is not kept, and for
    settings, which are the run's own.
    """
    for key, value in given.items():
        if key not in KEYS:
            raise InputError(key, value, f"is the run's own; beside run=ID, {one_of(key, KEYS[1:])}")
    stored, study = _stored(str(given["run"]), uri)
    settings = _settings(stored)
    snapshots = _snapshots(stored, uri)
    rows = len(load(settings.dataset).X_train)
    sample = check("sample", given.get("sample", 0), int, Allowed(at_least=0, at_most=rows - 1))
    return RecordedRun(
        stored.run_id,
        stored.name or stored.run_id,
        study,
        stored.tags.get(OUTCOME, "finished"),
        Request(settings, sample),
        snapshots,
        _chosen(snapshots, given.get("epoch")),
        _curves(stored.run_id, {each.epoch for each in snapshots}, uri),
    )


def ledger(run: RecordedRun) -> dict[str, float]:
    """What would be recorded of the network at the chosen epoch: computed as the sweep does, from the kept weights.

    The first row of a history is the state before any update, so a training that starts from those weights gives it.
    """
    settings = run.request.settings
    chosen = tuple(name for name in settings.record.curves if name in LEDGER)
    spec = replace(spec_of(settings), epochs=1, points=2, curves=chosen, snapshots=False)
    flat = Parameters.of(run.snapshot.weights, run.snapshot.biases, settings.dtype).flat[0]
    member = member_of(settings, network_of(settings))
    data = data_of(settings.dataset, settings.output, settings.dtype)
    history = train_stack(spec, [replace(member, start=flat)], data).history
    return dict(zip(history.metrics, history.values[0, 0].tolist(), strict=True))


def _stored(wanted: str, uri: str | None) -> tuple[StoredRun, str]:
    """The run whose id is `wanted`, or begins so as no other does, and its study."""
    source = open_source(uri)
    studies = source.studies()
    # Asked for as the runs of a sweep that does not exist, and this one: a store may hold ten thousand others.
    only = {"sweep": wanted, "ids": (wanted,)} if len(wanted) == LENGTH else {"sweep": None}
    runs = source.runs(list(studies), where=None, **only) if studies else []
    found = [run for run in runs if run.run_id.startswith(wanted)]
    if len(found) > 1:
        raise InputError("run", wanted, f"{len(found)} runs begin so: write more of the id")
    if not found or not wanted:
        near = suggestion(wanted, [run.run_id for run in runs])
        where = address.resolve(uri)
        raise InputError("run", wanted, f"{near}the store {where} has no such run; load_runs()['run'] lists them")
    return found[0], studies[found[0].experiment_id]


def _settings(run: StoredRun) -> Settings:
    """The run's settings, from its tag; keys that came later have their defaults."""
    try:
        config = json.loads(run.tags.get(CONFIG, ""))
    except ValueError:
        config = None
    if not isinstance(config, dict) or "..." in config.values():
        raise InputError("run", run.run_id, "its configuration was not recorded whole")
    return Settings.from_config({**defaults_of_file(), **config})


def _snapshots(run: StoredRun, uri: str | None) -> tuple[Snapshot, ...]:
    """The parameters it kept that are finite, oldest first."""
    import pandas as pd

    frame = pd.DataFrame({"run": [run.run_id], "parent": [run.tags.get(PARENT)]})
    frame.attrs["uri"] = address.resolve(uri)
    try:
        kept = load_parameters(frame)[run.run_id]
    except InputError as error:
        raise InputError("run", run.run_id, error.requirement) from None
    finite = [s for s in kept if all(np.isfinite(array).all() for array in (*s.weights, *s.biases))]
    if not finite:
        raise InputError("run", run.run_id, "it diverged, and no finite parameters were kept")
    return tuple(finite)


def _chosen(snapshots: tuple[Snapshot, ...], epoch: Any) -> Snapshot:
    """The snapshot of an epoch, by default the last."""
    if epoch is None:
        return snapshots[-1]
    number = check("epoch", epoch, int, Allowed(at_least=0))
    nearest = min(snapshots, key=lambda each: abs(each.epoch - number))
    if nearest.epoch != number:
        kept = "only the last one was kept, see record.parameters" if len(snapshots) == 1 else "no parameters were kept"
        raise InputError("epoch", number, f"{kept}; the nearest is epoch={nearest.epoch}")
    return nearest


def _curves(run_id: str, epochs: set[int], uri: str | None) -> dict[int, dict[str, float]]:
    frame = load_curves([run_id], uri=uri)
    found: dict[int, dict[str, float]] = {epoch: {} for epoch in sorted(epochs)}
    for metric, epoch, value in zip(frame["metric"], frame["epoch"], frame["value"], strict=True):
        if epoch in epochs and np.isfinite(value):
            found[int(epoch)][str(metric)] = float(value)
    return found
