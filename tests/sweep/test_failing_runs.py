"""Runs that raise: failed children with their traceback, a table of failures, and on_error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import cli
from chainrule.components import component, registry
from chainrule.components.initializers import Initializer
from chainrule.reading.failures import failures
from chainrule.record.store import open_store

SWEEP = ["sweep", "dataset.samples=40", "epochs=4", "hydra.launcher.pictures=false"]


class ExplodedError(Exception):
    pass


@pytest.fixture(autouse=True)
def explosive(monkeypatch: pytest.MonkeyPatch) -> None:
    """An initializer that can't fill a layer of 13 units."""
    copy: dict[str, Any] = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)

    @component("explosive", equation="none", reference="none")
    class Explosive(Initializer):
        """Fails for some widths."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            if fan_out == 13:
                raise ExplodedError("no | weights <b>today</b>")
            return np.full((fan_out, fan_in), 0.5)


def command(uri: str, *overrides: str) -> list[str]:
    return [*SWEEP, f"tracking.uri={uri}", "init=explosive", "hidden=[13],[2],[3]", *overrides]


def test_a_run_that_raises_is_a_failed_child_with_its_traceback(
    empty_store: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(command(empty_store)) == 1
    said = capsys.readouterr().out
    assert "3 runs: 2 finished, 0 stuck, 0 diverged, 1 failed" in said
    run = cr.load_runs(uri=empty_store)["run"][0]
    assert f"1 failed: ExplodedError: no | weights <b>today</b> (such as hidden [13], run {run})\n" in said
    runs = cr.load_runs(uri=empty_store)
    assert runs["outcome"].tolist() == ["failed", "finished", "finished"]
    ((error, count, name, run),) = failures(runs).itertuples(index=False)
    assert (error, count, name, run) == (runs["error"][0], 1, "hidden [13]", runs["run"][0])
    client = open_store(empty_store).client
    assert client.get_run(run).info.status == "FAILED"
    (artifact,) = client.list_artifacts(run)
    text = Path(client.download_artifacts(run, artifact.path, str(tmp_path))).read_text(encoding="utf-8")
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ExplodedError: no | weights <b>today</b>\n")
    assert "in weight" in text
    note = client.get_run(runs["parent"][0]).data.tags["mlflow.note.content"]
    assert f"| 1 | ExplodedError: no \\| weights &lt;b>today&lt;/b> | hidden [13] | {run} |" in note
    # what failed is tried again, what did not is known
    assert cli.main(command(empty_store)) == 1
    assert "2 runs are recorded already" in (err := capsys.readouterr().err)
    assert "1 run is recorded as failed or not whole: trained anew" in err


@pytest.mark.parametrize("launcher", ["chainrule", "basic"])
def test_on_error_stop_ends_the_sweep_at_the_first(
    empty_store: str, capsys: pytest.CaptureFixture[str], launcher: str
) -> None:
    overrides = ["on_error=stop", "seed=0,1"]
    words = [each for each in command(empty_store, *overrides, f"hydra/launcher={launcher}") if "pictures" not in each]
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert "chainrule: on_error=stop: the run hidden [13] " in said.err
    assert "failed (ExplodedError: no | weights <b>today</b>):" in said.err
    runs = cr.load_runs(uri=empty_store)
    assert 1 <= len(runs) < 6
    assert "failed" in runs["outcome"].tolist()
    assert open_store(empty_store).client.get_run(runs["parent"][0]).info.status == "FAILED"


def test_another_word_is_refused(empty_store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(command(empty_store, "on_error=halt")) == 2
    assert "chainrule: on_error=halt: allowed: continue, stop" in capsys.readouterr().err


def test_many_reasons_are_cut_short() -> None:
    import pandas as pd

    from chainrule.reading.failures import failure_lines, failures_markdown

    rows = [{"outcome": "failed", "error": f"E{i % 12}", "name": f"n{i}", "run": f"r{i}"} for i in range(30)]
    runs = pd.DataFrame([*rows, {"outcome": "finished", "error": None, "name": "fine", "run": "r"}])
    found = failures(runs)
    assert found["runs"].tolist() == [3] * 6 + [2] * 6
    assert found["run"].tolist() == [f"r{i}" for i in range(12)]
    text = failures_markdown(runs)
    assert text is not None
    assert text.splitlines()[-1] == "| 4 | other reasons |  |  |"
    assert failure_lines(runs)[-1] == "4 failed: other reasons"
    assert failures_markdown(runs.iloc[-1:]) is None
    assert failure_lines(runs.iloc[-1:]) == []
