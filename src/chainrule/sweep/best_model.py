"""The network of a sweep's best run, saved from what was recorded of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.reading import tables
from chainrule.reading.open_source import open_source
from chainrule.record.run_record import CONFIG, CONFIGURATION
from chainrule.settings import Settings
from chainrule.sweep.provenance import configuration

if TYPE_CHECKING:
    import pandas as pd

MODEL_FOLDER = "best_model"  # among the files of a sweep's end, from where it goes to MLflow's logged models
_NO_SWEEP = "none"  # the id of none: only the run itself is asked for


def save_best_model(runs: pd.DataFrame, folder: Path) -> None:
    """Save the network of the best of `runs` in a new folder in `folder`, unless it kept no parameters.

    Nor is it saved where its components are not known, or its data are not what they were.
    """
    from chainrule.core.parameters import Parameters
    from chainrule.reading.parameters import load_parameters
    from chainrule.record.saved_network import SavedNetwork

    best = tables.ranked(runs).iloc[:1]
    best.attrs |= runs.attrs
    source = open_source(runs.attrs["uri"])
    for run in source.runs(list(source.studies()), _NO_SWEEP, None, list(best["run"])):
        try:
            settings = Settings.from_config(json.loads(run.tags[CONFIG]))
            is_same = configuration(settings, settings.dataset.load().digest()) == run.tags[CONFIGURATION]
            *_, last = load_parameters(best)[run.run_id]
        except InputError:
            continue
        if is_same:
            flat = Parameters.of(last.weights, last.biases, settings.dtype).flat[0]
            made = folder / MODEL_FOLDER
            made.mkdir()
            SavedNetwork.of(settings, flat).save(made, settings, settings.dataset.sets()[0].X)
