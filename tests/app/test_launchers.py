"""What a launcher makes of a whole multirun."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest

from chainrule.app.launchers import PARENT, swept_keys


@pytest.mark.parametrize(
    ("jobs", "swept"),
    [
        ([["a=1", "b=2"]], ()),
        ([["a=1", "b=2"], ["a=1", "b=3"]], ("b",)),
        ([["b=1", "init=x", "a=1"], ["b=2", "init=y", "a=1"], ["b=1", "init=y", "a=3"]], ("b", "init", "a")),
        ([["+new=1"], ["+new=2"]], ("new",)),
        ([["a=1"], ["a=1", "b=2"]], ("b",)),  # given here and left out there: it varies
        ([["a='x=1'"], ["a='x=2'"]], ("a",)),
    ],
)
def test_swept_are_the_keys_that_differ_in_the_order_typed(jobs, swept):
    assert swept_keys(jobs) == swept


def test_a_real_sweep_by_another_launcher_is_recorded_below_one_parent(store):
    # In a process of its own, as typed; joblib's workers are further processes, which must agree on the parent.
    typed = ["sweep", "seed=1,2", "epochs=3", "dataset=xor", "hidden=[2]", "hydra/launcher=joblib"]
    environment = {key: value for key, value in os.environ.items() if key != PARENT}
    done = subprocess.run([sys.executable, "-m", "chainrule", *typed], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(store) as database:
        runs = database.execute("SELECT run_uuid, status FROM runs").fetchall()
        links = database.execute("SELECT run_uuid, value FROM tags WHERE key = 'mlflow.parentRunId'").fetchall()
        seeds = database.execute("SELECT run_uuid, value FROM params WHERE key = 'seed'").fetchall()
    database.close()
    (parent,) = {run for run, _ in runs} - {child for child, _ in links}
    assert {status for _, status in runs} == {"FINISHED"}
    assert [linked for _, linked in links] == [parent, parent]
    assert sorted(value for run, value in seeds if run != parent) == ["1", "2"]
