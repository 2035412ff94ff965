"""A sweep trains what its study has not recorded: the real command, twice, grown, with other code and with failures."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import cli
from chainrule.build import uses_seed
from chainrule.components import create, names
from chainrule.record.address import database_file
from chainrule.settings import Settings
from chainrule.sweep import provenance
from chainrule.sweep.provenance import configuration, fingerprint

QUICK = ["dataset.samples=40", "hidden=[3]", "epochs=4", "hydra.launcher.pictures=false"]


@pytest.fixture
def sweep(empty_store: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The command in a store of its own; what it says on standard error."""

    def run(*overrides: str, launcher: str | None = None) -> str:
        quick = [*QUICK[:3], f"hydra/launcher={launcher}"] if launcher else QUICK
        assert cli.main(["sweep", *quick, f"tracking.uri={empty_store}", *overrides]) == 0
        return capsys.readouterr().err

    return run


def stored(uri: str) -> int:
    with sqlite3.connect(database_file(uri)) as connection:
        query = "SELECT count(*) FROM tags WHERE key = 'chainrule.role' AND value = 'run'"
        return int(connection.execute(query).fetchone()[0])


def newest(uri: str) -> Any:
    with sqlite3.connect(database_file(uri)) as connection:
        query = (
            "SELECT s.value FROM tags s JOIN tags r USING (run_uuid) JOIN runs USING (run_uuid)"
            " WHERE s.key = 'chainrule.sweep' AND r.key = 'chainrule.role' AND r.value = 'sweep'"
            " ORDER BY start_time DESC, s.value DESC LIMIT 1"
        )
        return cr.load_runs(sweep=connection.execute(query).fetchone()[0], uri=uri)


def test_the_same_again_trains_nothing_and_shows_all(sweep, empty_store: str) -> None:
    sweep("learning_rate=0.1,1", "seed=0,1")
    first = newest(empty_store)
    said = sweep("learning_rate=0.1,1", "seed=0,1")
    assert "4 runs are recorded already and not trained again" in said
    again = newest(empty_store)
    assert stored(empty_store) == 4
    assert list(again["run"]) == list(first["run"])
    assert again.attrs["swept"] == ("learning_rate", "seed")


@pytest.mark.parametrize("launcher", [None, "basic"])
def test_more_values_grow_the_sweep(sweep, empty_store: str, launcher: str | None) -> None:
    sweep("learning_rate=0.1,1", "record.parameters=all", launcher=launcher)
    said = sweep("learning_rate=0.1,1,2", "seed=0,1", "record.parameters=all", launcher=launcher)
    assert "2 runs are recorded already" in said
    runs = newest(empty_store)
    assert stored(empty_store) == 6
    assert sorted(zip(runs["learning_rate"], runs["seed"], strict=True)) == [
        (rate, seed) for rate in (0.1, 1.0, 2.0) for seed in (0, 1)
    ]
    assert runs.attrs["swept"] == ("learning_rate", "seed")
    curves = cr.load_curves(runs, ["cost/train"])
    assert curves.groupby("run", observed=True).size().eq(5).all()
    if launcher is None:
        assert [len(kept) for kept in cr.load_parameters(runs).values()] == [5] * 6


def test_fresh_trains_all_anew(sweep, empty_store: str) -> None:
    sweep("seed=0,1")
    assert "recorded already" not in sweep("seed=0,1", "fresh=true")
    assert stored(empty_store) == 4
    values = cr.load_curves(cr.load_runs(uri=empty_store), ["cost/train"])
    a, b, c, d = (own["value"].to_numpy() for _, own in values.groupby("run", observed=True))
    np.testing.assert_array_equal(np.stack([a, b]), np.stack([c, d]))


def test_runs_of_other_code_are_told_and_trained_anew(sweep, empty_store: str, monkeypatch) -> None:
    sweep("seed=0,1")
    monkeypatch.setattr("chainrule.sweep.known.fingerprint", lambda settings, digest: "0" * 16)
    said = sweep("seed=0,1")
    assert "2 runs are recorded by another version of the code: trained anew" in said
    assert stored(empty_store) == 4


def test_runs_that_failed_or_were_cut_short_are_trained_anew(sweep, empty_store: str) -> None:
    sweep("seed=0,1,2")
    ids = list(cr.load_runs(uri=empty_store)["run"])
    with sqlite3.connect(database_file(empty_store)) as connection:
        connection.execute("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = ?", ids[:1])
        connection.execute(
            "UPDATE tags SET value = 'failed' WHERE key = 'chainrule.outcome' AND run_uuid = ?", ids[1:2]
        )
    said = sweep("seed=0,1,2")
    assert "1 run is recorded already" in said
    assert "2 runs are recorded as failed or not whole: trained anew" in said
    assert stored(empty_store) == 5


def test_a_study_of_another_name_knows_nothing(sweep, empty_store: str) -> None:
    sweep("seed=0,1")
    assert "recorded already" not in sweep("seed=0,1", "study.name=other")


def test_seeds_that_change_nothing_are_one_run(sweep, empty_store: str) -> None:
    sweep("init=zeros,he_normal", "seed=3,4", "batch_size=null,10")
    runs = cr.load_runs(uri=empty_store)
    counts = runs.groupby(["init", runs["batch_size"].notna()]).size()
    assert counts.to_dict() == {
        ("zeros", False): 1,
        ("zeros", True): 2,
        ("he_normal", False): 2,
        ("he_normal", True): 2,
    }
    assert runs.loc[runs["init"].eq("zeros") & runs["batch_size"].isna(), "seed"].item() == 3
    assert "7 runs are recorded already" in sweep("init=zeros,he_normal", "seed=4,3", "batch_size=null,10")


@pytest.mark.parametrize("name", names("init"))
@pytest.mark.parametrize("bias", ["zeros", "constant", "uniform", "normal", "fan_in_uniform"])
def test_an_initializer_says_whether_it_draws(name: str, bias: str) -> None:
    init = create("init", name, {"bias": bias})
    (a, b), (c, d) = (init.sample([3, 4, 2], np.random.default_rng(seed)) for seed in (0, 1))
    differ = any(not np.array_equal(x, y) for x, y in zip([*a, *b], [*c, *d], strict=True))
    assert init.is_random == differ


def test_what_a_fingerprint_tells_apart(make: Callable[..., Settings], monkeypatch) -> None:
    plain, digest = make(), "d" * 16
    assert fingerprint(plain, digest) == fingerprint(make(), digest)
    for other in (make(learning_rate=2), make(seed=1), make(epochs=5)):
        assert fingerprint(other, digest) != fingerprint(plain, digest)
    assert fingerprint(plain, "e" * 16) != fingerprint(plain, digest)
    zeros = [make(init="zeros", seed=seed) for seed in (0, 1)]
    assert not uses_seed(zeros[0])
    assert len({fingerprint(each, digest) for each in zeros}) == 1
    assert len({fingerprint(make(init="zeros", seed=s, batch_size=8), digest) for s in (0, 1)}) == 2
    before = configuration(plain, digest), fingerprint(plain, digest)
    monkeypatch.setattr(provenance, "code_version", lambda: "another")
    assert configuration(plain, digest) == before[0]
    assert fingerprint(plain, digest) != before[1]


def test_the_code_version_is_that_of_the_mathematics_without_its_comments(tmp_path: Path, monkeypatch) -> None:
    def version_of(text: str) -> str:
        (tmp_path / "module.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(provenance, "_sources", lambda: [tmp_path / "module.py"])
        provenance.code_version.cache_clear()
        return provenance.code_version()

    plain = version_of('"""A module."""\nx = 1.0\n')
    assert version_of('"""Another word."""\n\n# why\nx = 1.0\n') == plain
    assert version_of("x = 2.0\n") != plain
    provenance.code_version.cache_clear()
    monkeypatch.undo()
    assert {"network.py", "activations.py", "build.py", "split.py"} <= {file.name for file in provenance._sources()}
