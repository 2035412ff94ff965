"""Several sweeps at once into one store, and readers while it is written: nothing is lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import chainrule as cr
from chainrule import cli
from chainrule.record import tracker
from mlflow_server import mlflow_server
from sweep_process import SweepProcess

SMALL = ["dataset.samples=60", "hidden=[3]", "epochs=20", "record.points=5", "hydra.launcher.pictures=false"]
POINTS = 5

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

Start = Callable[..., SweepProcess]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server, and of the database behind it."""
    folder = tmp_path_factory.mktemp("server")
    with mlflow_server(folder) as uri:
        yield uri, f"sqlite:///{folder}/server.db"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a sweep of small runs, each in a folder of its own, into the store at a URI."""
    started: list[SweepProcess] = []

    def begin(uri: str, *overrides: str) -> SweepProcess:
        folder = tmp_path / f"sweep {len(started)}"
        folder.mkdir()
        started.append(SweepProcess(folder, [*SMALL, *overrides], uri))
        return started[-1]

    yield begin
    for sweep in started:
        sweep.clear()


def ended(sweeps: list[SweepProcess]) -> None:
    """Each of them has recorded all its runs."""
    for sweep in sweeps:
        said = sweep.end()
        assert sweep.process.returncode == 0, said
        assert "recorded already" not in said


def whole(uri: str, study: str, runs_a_sweep: list[int]) -> pd.DataFrame:
    """The runs of a study, so many in each of its sweeps; all are whole, and equal ones have equal numbers."""
    runs = cr.load_runs(study, uri=uri)
    assert sorted(runs.groupby("sweep").size()) == sorted(runs_a_sweep)
    assert not runs.duplicated(["sweep", "learning_rate", "seed"]).any()
    assert set(runs["outcome"]) == {"finished"}
    curves = cr.load_curves(runs)
    points = curves.groupby(["run", "metric"], observed=True).size()
    assert set(points) <= {POINTS, 1}  # what is measured once has one
    assert points.groupby("run", observed=True).size().nunique() == 1
    assert set(cr.load_parameters(runs)) == set(runs["run"])
    costs = curves[curves["metric"] == "cost/train"].merge(runs[["run", "learning_rate", "seed"]], on="run")
    assert (costs.groupby(["learning_rate", "seed", "epoch"])["value"].nunique() == 1).all()
    return runs


def statuses(uri: str, study: str) -> set[str]:
    """Of a study's runs, its sweeps' own included."""
    client = tracker.client(uri)
    experiment = client.get_experiment_by_name(study).experiment_id
    return {run.info.status for run in client.search_runs([experiment])}


def test_two_sweeps_of_overlapping_runs_into_a_new_file(start: Start, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    ended([start(uri, f"learning_rate={rates}", "seed=range(8)") for rates in ("0.1,0.2", "0.2,0.4")])
    runs = whole(uri, "adhoc", [16, 16])
    assert len(runs.drop_duplicates(["learning_rate", "seed"])) == 24
    assert statuses(uri, "adhoc") == {"FINISHED"}
    assert not list(tmp_path.glob("mlflow.db?*"))


def test_four_sweeps_into_one_server(start: Start, server: tuple[str, str]) -> None:
    uri, _ = server
    chosen = ["study.name=four", "learning_rate=0.1,0.2", "record.curves=[cost]"]
    ended([start(uri, *chosen, f"seed=range({first},{first + 3})") for first in range(4)])
    runs = whole(uri, "four", [6, 6, 6, 6])
    assert len(runs.drop_duplicates(["learning_rate", "seed"])) == 12
    assert statuses(uri, "four") == {"FINISHED"}


def test_sweeps_of_two_studies_into_an_existing_file_while_others_read_it(
    start: Start, server: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served, uri = server
    pages = tracker.client(served)  # what MLflow's interface asks
    chosen = ["learning_rate=0.1,0.2,0.4,0.8", "seed=range(20)", "epochs=1000"]
    sweeps = [start(uri, f"study.name={name}", *chosen) for name in ("watched", "other")]
    seen = [0]
    while any(sweep.process.poll() is None for sweep in sweeps):
        experiment = pages.get_experiment_by_name("watched")
        if experiment is None:
            continue
        runs = cr.load_runs("watched", uri=uri)
        if len(runs) > seen[-1]:
            assert set(runs["outcome"]) == {"finished"}
            assert len(cr.load_curves(runs, ["cost/train"])) == POINTS * len(runs)
            compare = ["compare", "watched", "--uri", uri, "--picture", str(tmp_path / "picture.png")]
            assert cli.main(compare) == 0
        seen += [len(runs), len(pages.search_runs([experiment.experiment_id], "tags.`chainrule.role` = 'run'"))]
        assert seen == sorted(seen)
    ended(sweeps)
    assert max(seen) > 0
    for name in ("watched", "other"):
        whole(uri, name, [80])
        assert statuses(served, name) == {"FINISHED"}
    assert "Traceback" not in capsys.readouterr().err
