"""`explain run=ID epoch=N`: recorded runs of a real store, against what was recorded of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import chainrule
from browser import Pages
from chainrule.cli import main as chainrule_command
from chainrule.commands import explain as command
from chainrule.errors import InputError
from chainrule.explain.explanation import run_walk
from chainrule.explain.recorded import ledger, recorded_run
from chainrule.explain.run_chapters import difference
from chainrule.explain.walk import Playground, Table

if TYPE_CHECKING:
    import pandas as pd

SWEEPS = (
    "dataset=moons hidden=[3] epochs=40 learning_rate=1,1e6 record.parameters=all",
    "dataset=iris hidden=[4,3] output=softmax cost=cross_entropy epochs=30 record.points=5 record.parameters=all "
    "batch_size=16 l2=0.001 optimizer=adam",
    "dataset=linnerud hidden=[] output=identity dtype=float32 learning_rate=0.1 epochs=20",
    "dataset=xor hidden=[2] backward.hidden=one epochs=10",
    "dataset=xor hidden=[2] epochs=10 seed=4 record.parameters=none",
)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    uri = f"sqlite:///{tmp_path_factory.mktemp('store')}/runs.db"
    for overrides in SWEEPS:
        assert chainrule_command(["sweep", f"tracking.uri={uri}", *overrides.split(" ")]) == 0
    return uri


@pytest.fixture(scope="module")
def runs(uri: str) -> pd.DataFrame:
    return chainrule.load_runs(uri=uri)


def the(runs: pd.DataFrame, **wanted: Any) -> str:
    for key, value in wanted.items():
        runs = runs[runs[key.replace("__", ".")] == value]
    (found,) = runs["run"]
    return str(found)


def test_every_kept_epoch_of_every_run_gives_the_recorded_ledger(uri: str, runs: pd.DataFrame) -> None:
    compared = 0
    for run_id in runs.loc[runs["record.parameters"] != "none", "run"]:
        first = recorded_run({"run": run_id}, uri)
        for snapshot in first.snapshots:
            run = replace(first, snapshot=snapshot)
            computed = ledger(run)
            assert {key.split("/")[0] for key in computed} >= {"cost", "upstream", "slope", "input", "saturated"}
            assert set(run.recorded) >= set(computed)
            for key, value in computed.items():
                assert difference(value, run.recorded[key]) < 1e-12, (run_id, snapshot.epoch, key)
                compared += 1
    assert compared > 500


def test_the_walk_is_that_of_the_kept_weights(uri: str, runs: pd.DataFrame) -> None:
    run = recorded_run({"run": the(runs, dataset="moons", learning_rate=1.0), "epoch": 20, "sample": 7}, uri)
    data = chainrule.load_dataset("moons")
    by_hand = chainrule.backprop(*run.snapshot[1:], data.X_train[7:8], data.y_train[7:8])
    probe = run.subject().probe
    assert probe.result.cost == by_hand.cost
    assert np.array_equal(probe.result.weight_gradients[0], by_hand.weight_gradients[0])
    walk = run_walk(run)
    assert walk.settings == {"run": run.run_id, "epoch": 20, "sample": 7}
    (table,) = [b for b in walk.chapters[0].blocks if isinstance(b, Table)]
    assert {row[0]: row[1] for row in table.rows} == ledger(run)
    assert {row[0]: row[2] for row in table.rows} == {key: run.recorded[key] for key in ledger(run)}


def test_the_command_prints_it(uri: str, runs: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = the(runs, dataset="moons", learning_rate=1.0)
    assert command.main([f"run={wanted}", "epoch=20", "--uri", uri, "--json"]) == 0
    walk = json.loads(capsys.readouterr().out)
    assert walk["settings"] == {"run": wanted, "epoch": 20, "sample": 0}
    assert command.main([f"run={wanted}", "--uri", uri]) == 0
    text = capsys.readouterr().out
    assert "after 40 of 40 epochs" in " ".join(text.split())
    assert "at epoch 40" in text


def test_the_environment_names_the_store(uri: str, runs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    wanted = the(runs, dataset="linnerud")
    assert recorded_run({"run": wanted}, None).run_id == wanted


def test_what_the_walk_leaves_out_is_told(uri: str, runs: pd.DataFrame, text_of: Callable[..., str]) -> None:
    def text(**wanted: Any) -> str:
        return " ".join(text_of(run_walk(recorded_run({"run": the(runs, **wanted)}, uri))).split())

    assert "backward.hidden=one" in text(backward__hidden="one")
    iris = text(dataset="iris")
    assert "decay term, l2=0.001" in iris
    assert "trained by adam" in iris
    assert "its inputs and its targets standardised" in text(dataset="linnerud")


def test_the_beginning_of_an_id_will_do(uri: str, runs: pd.DataFrame) -> None:
    wanted = the(runs, dataset="iris")
    least = next(n for n in range(1, 33) if (runs["run"].str.startswith(wanted[:n])).sum() == 1)
    assert recorded_run({"run": wanted[:least]}, uri).run_id == wanted
    with pytest.raises(InputError, match="runs begin so"):
        recorded_run({"run": wanted[: least - 1]}, uri)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("run=RUN epoch=41", "no parameters were kept; the nearest is epoch=40"),
        ("run=RUN epoch=-1", "at least 0"),
        ("run=RUN epoch=x", "whole number"),
        ("run=RUN sample=5000", "at most 149"),
        ("run=RUN hidden=[3]", "the run's own"),
        ("run=FINAL epoch=3", "only the last one was kept, see record.parameters; the nearest is epoch=20"),
        ("run=NONE", "kept no parameters; see record.parameters"),
        ("run=00000000000000000000000000000000", "has no such run"),
        ("run=nope", "has no such run"),
        ("epoch=3", "explain does not take it"),
    ],
)
def test_what_can_not_be_had_is_told_in_one_line(given: str, said: str, uri: str, runs: pd.DataFrame) -> None:
    ids = {
        "RUN": the(runs, dataset="moons", learning_rate=1.0),
        "FINAL": the(runs, dataset="linnerud"),
        "NONE": the(runs, record__parameters="none"),
    }
    for name, run_id in ids.items():
        given = given.replace(name, run_id)
    with pytest.raises(InputError, match=said) as refused:
        command.main([*given.split(), "--uri", uri])
    assert "\n" not in str(refused.value)


def test_a_run_that_diverged_is_shown_as_long_as_it_was_finite(uri: str, runs: pd.DataFrame) -> None:
    wanted = the(runs, dataset="moons", learning_rate=1e6)
    run = recorded_run({"run": wanted}, uri)
    assert all(np.isfinite(w).all() for s in run.snapshots for w in s.weights)
    assert run_walk(run).chapters


@pytest.mark.parametrize("which", [{"dataset": "iris"}, {"dataset": "moons", "learning_rate": 1.0}])
def test_the_slider_goes_through_the_epochs(
    which: dict[str, Any], uri: str, runs: pd.DataFrame, open_page: Pages, tmp_path: Path
) -> None:
    wanted = the(runs, **which)
    assert command.main([f"run={wanted}", "epoch=10", "--uri", uri, "--html", str(tmp_path / "run.html")]) == 0
    run = recorded_run({"run": wanted, "epoch": 10}, uri)
    (playground,) = [b for c in run_walk(run).chapters for b in c.blocks if isinstance(b, Playground)]
    assert [s["epoch"] for s in playground.snapshots] == [s.epoch for s in run.snapshots]
    root = open_page(tmp_path / "run.html").locator("[data-instrument=playground]")
    slider = root.get_by_label("epoch", exact=True)
    assert root.locator("[data-epoch]").inner_text() == "10"
    slider.press("Home")
    for snapshot in run.snapshots:
        assert root.locator("[data-epoch]").inner_text() == str(snapshot.epoch)
        cost = root.locator("[data-cost]").get_attribute("data-value")
        assert float(cost or "") == run.curves[snapshot.epoch]["cost/train"]
        probe = run.request.subject((snapshot.weights, snapshot.biases)).probe
        assert float(root.get_attribute("data-sample-cost") or "") == pytest.approx(probe.result.cost, rel=1e-9)
        unit, source = playground.choice["unit"], playground.choice["source"]
        product = float(root.locator("[data-factor=product]").get_attribute("data-value") or "")
        assert product == pytest.approx(probe.result.weight_gradients[0][unit, source], rel=1e-9, abs=1e-15)
        slider.press("ArrowRight")
