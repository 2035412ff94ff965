"""The main path as a person takes it: the real command, a real SQLite store, read back through MLflow and pandas."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

import chainrule as cr
from chainrule import cli
from chainrule.reading.parameters import load_parameters
from chainrule.reading.tables import best_run
from chainrule.record.metrics import is_scalar
from chainrule.sweep.views import BEST_FIRST, GROUPED, TAG, decoded

SWEEP = ["learning_rate=0.01,0.1,1e200", "init=he_normal,normal", "seed=range(2)", "epochs=30", "record.points=20"]
EXTREME = ["activation=identity", "output=identity", "dataset=circles"]  # a linear net diverges at a rate of 1e200


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("sweep")
    uri = f"sqlite:///{folder}/store/mlflow.db"
    (folder / "store").mkdir()
    done = command("sweep", *SWEEP, *EXTREME, f"tracking.uri={uri}", folder=folder)
    assert done.returncode == 0, done.stderr
    return uri, done, folder


def test_the_sweep_says_how_it_went(swept):
    uri, done, folder = swept
    assert "12/12 runs" in done.stderr
    assert "12 runs: 8 finished, 0 stuck, 4 diverged." in done.stdout
    *_, look, compare = done.stdout.splitlines()
    assert look == f"Look at every run:     chainrule ui --uri {uri}"  # they would take another store
    assert compare == f"Compare in numbers:    chainrule compare --uri {uri}"
    assert [path.name for path in folder.iterdir()] == ["store"]  # nothing scattered in the working directory


def test_mlflow_finds_a_parent_and_a_child_for_each_configuration(swept):
    uri, _, _ = swept
    client = MlflowClient(uri)
    (experiment,) = client.search_experiments(filter_string="name = 'adhoc'")
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert [run.info.status for run in parents] == ["FINISHED"]
    children = [run for run in runs if run not in parents]
    assert [run.info.status for run in children] == ["FINISHED"] * 12
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    told = {(r.data.params["learning_rate"], r.data.params["init"], r.data.params["seed"]) for r in children}
    assert len(told) == 12
    for run in children:
        assert json.loads(run.data.tags["chainrule.config"])["hidden"] == [8]
        assert run.data.tags["chainrule.sweep"] == parents[0].data.tags["chainrule.sweep"]
        assert len(run.data.tags["chainrule.fingerprint"]) == 16
        assert run.inputs.dataset_inputs[0].dataset.name == "circles"
    assert len({run.data.tags["chainrule.fingerprint"] for run in children}) == 12


def test_the_parent_carries_note_and_pictures(swept):
    uri, _, _ = swept
    client = MlflowClient(uri)
    parent = client.get_run(cr.load_runs(uri=uri)["parent"].iloc[0])
    note = parent.data.tags["mlflow.note.content"]
    assert "`learning_rate`: 3 values (0.01 to 1e+200)" in note
    assert "8 finished, 0 stuck, 4 diverged" in note
    assert parent.data.metrics["runs/diverged"] == 4
    artifacts = {item.path for item in client.list_artifacts(parent.info.run_id)}
    pictures = {"heatmap.png", "heatmap_small.png", "cost_curves.png", "ledger.png"}
    assert {*pictures, "report.html", "curves.parquet", "parameters"} <= artifacts
    assert "best_model" not in artifacts
    assert [found.dataset.name for found in parent.inputs.dataset_inputs] == ["circles"]


def test_the_newest_sweep_has_a_view(swept):
    uri, _, _ = swept
    client = MlflowClient(uri)
    parent = client.get_run(cr.load_runs(uri=uri)["parent"].iloc[0])
    tags = client.get_experiment(parent.info.experiment_id).tags
    views = {key: decoded(value) for key, value in tags.items() if key.startswith(TAG)}
    assert list(views) == [f"{TAG}{BEST_FIRST}", f"{TAG}{GROUPED}"]
    found = client.search_runs([parent.info.experiment_id], views[f"{TAG}{BEST_FIRST}"]["searchFilter"])
    assert len(found) == 12
    assert parent.data.tags["chainrule.view"] == BEST_FIRST


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType")  # of MLflow's own classes, on import
def test_the_best_run_is_a_model_that_mlflow_loads(swept, monkeypatch):
    """It takes features as they were measured, and predicts what the recorded parameters do, to the last bit."""
    import mlflow

    uri, _, _ = swept
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client = MlflowClient(uri)
    runs = cr.load_runs(uri=uri)
    best = runs.query("outcome == 'finished'").sort_values(["accuracy/test", "cost/train"], ascending=[False, True])
    parent, run = (client.get_run(each) for each in (runs["parent"].iloc[0], best["run"].iloc[0]))
    (model,), (same,) = parent.outputs.model_outputs, run.outputs.model_outputs
    assert model.model_id == same.model_id
    assert (
        f"[model of the best run](#/experiments/{run.info.experiment_id}/models/{model.model_id}?"
        in (parent.data.tags["mlflow.note.content"])
    )
    loaded = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
    (last,) = load_parameters(best.iloc[[0]])[run.info.run_id]
    data, raw = cr.load_dataset("circles"), cr.load_dataset("circles", standardize=False)
    functions = {"activation": "identity", "output": "identity"}
    outputs = cr.backprop(
        last.weights, last.biases, data.X_test, data.y_test[:, None].astype(float), **functions
    ).outputs
    answers = loaded.predict(pd.DataFrame(raw.X_test, columns=list(raw.feature_names)))
    names = np.array(data.target_names)
    assert answers["label"].tolist() == names[(outputs[:, 0] > 0.5).astype(int)].tolist()
    example = loaded.input_example
    assert list(example) == list(raw.feature_names)
    np.testing.assert_array_equal(example.to_numpy(), raw.X_train[:5])
    assert loaded.metadata.signature.outputs.input_names() == list(answers) == ["label"]


def test_the_report_tells_what_was_typed_and_how_to_repeat_the_best_run(swept):
    uri, _, folder = swept
    runs = cr.load_runs(uri=uri)
    page = html.unescape(Path(MlflowClient(uri).download_artifacts(runs["parent"].iloc[0], "report.html")).read_text())
    typed = shlex.join(["chainrule", "sweep", *SWEEP, *EXTREME])
    assert f"<code>{typed}</code>" in page
    (repeat,) = re.findall(r"<code>(chainrule train .*?)</code>", page)
    done = command(*shlex.split(repeat)[1:], f"tracking.uri=sqlite:///{folder}/store/again.db", folder=folder)
    assert done.returncode == 0, done.stderr
    again = cr.load_runs(uri=f"sqlite:///{folder}/store/again.db").iloc[0]
    best = runs[runs["run"] == best_run(runs)["run"]].iloc[0]
    assert (again["accuracy/test"], again["cost/train"]) == (best["accuracy/test"], best["cost/train"])


def test_every_curve_is_what_training_gives(swept):
    """The recorded numbers are those of `chainrule.train` from the same start, to the last bit."""
    uri, _, _ = swept
    runs = cr.load_runs(uri=uri).query("init == 'he_normal' and learning_rate == 0.1")
    client = MlflowClient(uri)
    data = cr.load_dataset("circles")
    parts = {"X_test": data.X_test, "y_test": data.y_test[:, None].astype(float)}
    settings = {"learning_rate": 0.1, "epochs": 30, "activation": "identity", "output": "identity"}
    for _, run in runs.iterrows():
        weights, biases = cr.initialize("he_normal", [2, 8, 1], seed=run["seed"])
        trained = cr.train(weights, biases, data.X_train, data.y_train[:, None].astype(float), **settings, **parts)
        stored = client.get_metric_history(run["run"], "cost/train")
        assert [point.value for point in stored] == trained.history["cost/train"][[p.step for p in stored]].tolist()
        (last,) = load_parameters(runs)[run["run"]]
        assert all(np.array_equal(a, b) for a, b in zip(last.weights, trained.weights, strict=True))


def test_what_diverged_is_nan_and_tagged(swept):
    uri, _, _ = swept
    runs = cr.load_runs(uri=uri)
    assert runs.groupby("learning_rate")["outcome"].agg(set).to_dict() == {
        0.01: {"finished"},
        0.1: {"finished"},
        1e200: {"diverged"},
    }
    lost = runs[runs["outcome"].eq("diverged")]
    assert lost["diverged_at"].between(1, 3).all()
    curves = cr.load_curves(lost, ["cost/train"])
    late = curves["epoch"] >= curves["run"].map(lost.set_index("run")["diverged_at"]).astype(int)
    assert curves.loc[late, "value"].isna().all()
    assert curves.loc[~late, "value"].notna().all()


def test_reading_gives_types_and_tidy_curves(swept):
    uri, _, _ = swept
    runs = cr.load_runs("adhoc", uri=uri)
    assert runs["learning_rate"].dtype == float
    assert runs["seed"].dtype == int
    assert runs["hidden"].iloc[0] == [8]
    assert runs.attrs["swept"] == ("learning_rate", "init", "seed")
    curves = cr.load_curves(runs)
    assert list(curves.columns) == ["run", "metric", "epoch", "value"]
    points = curves.groupby(["run", "metric"], observed=True)["epoch"].agg(["count", "min", "max"])
    assert points.drop_duplicates().to_numpy().tolist() == [[20, 0, 30]]
    assert not any(is_scalar(metric) for metric in curves["metric"].unique())


def test_a_repeated_sweep_gives_the_same_bits(swept):
    uri, _, _ = swept
    again = ["fresh=true", "hydra.launcher.pictures=false", f"tracking.uri={uri}"]
    assert cli.main(["sweep", *SWEEP, *EXTREME, *again]) == 0  # in this process, after one of its own
    runs = cr.load_runs(uri=uri)
    wide = cr.load_curves(runs).merge(runs[["run", "sweep", "learning_rate", "init", "seed"]], on="run")
    first, second = (frame.drop(columns=["run", "sweep"]) for _, frame in wide.groupby("sweep"))
    keys = ["learning_rate", "init", "seed", "metric", "epoch"]
    pd.testing.assert_frame_equal(
        first.sort_values(keys, ignore_index=True), second.sort_values(keys, ignore_index=True), check_exact=True
    )


def test_a_sweep_with_a_validation_set_is_chosen_by_it_and_the_test_score_is_told(tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    data = ["dataset.noise=0.4", "dataset.samples=120", "dataset.seed=5", "dataset.validation_size=0.3"]
    done = command(
        "sweep",
        *data,
        "learning_rate=0.3,3,30,100",
        "seed=range(2)",
        "epochs=30",
        f"tracking.uri={uri}",
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    runs = cr.load_runs(uri=uri)
    best = runs.sort_values(["accuracy/validation", "cost/train"], ascending=[False, True]).iloc[0]
    assert best["accuracy/test"] < runs["accuracy/test"].max()  # the test data would have chosen another run
    told = f"validation accuracy {best['accuracy/validation']:.3f}, test accuracy {best['accuracy/test']:.3f}"
    assert f"best run, chosen on the validation data: {told} with" in done.stdout
    assert "* best, chosen on the validation data: test accuracy " in done.stdout
    parent = MlflowClient(uri).get_run(runs["parent"].iloc[0])
    assert parent.data.metrics["best/accuracy/validation"] == best["accuracy/validation"]
    assert parent.data.metrics["best/accuracy/test"] == best["accuracy/test"]
    compared = command("compare", "--uri", uri, folder=tmp_path)
    assert "validation accuracy, best setting by" in compared.stdout
    assert 'band = settings["accuracy/validation"].describe()' in compared.stdout
    assert 'best = best.assign(test=settings["accuracy/test"].median())' in compared.stdout
