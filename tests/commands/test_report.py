"""`chainrule report`: which sweep it takes, where the page goes, and what it says when it can't."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from chainrule.commands import report
from chainrule.errors import InputError
from chainrule.record.run_record import SWEEP
from chainrule.record.store import Store
from record_examples import run_record


@pytest.fixture
def recorded(store: Store) -> Store:
    """A sweep of one study, then one of another; each of three runs."""
    for study, sweep in (("rates", "s1"), ("depth", "s2")):
        experiment = store.experiment(study)
        parent = store.start_parent(experiment, "sweep", {}, {SWEEP: sweep})
        records = [run_record(seed) for seed in range(3)]
        tagged = [dataclasses.replace(each, tags={**each.tags, SWEEP: sweep}) for each in records]
        store.write(experiment, parent, tagged)
    return store


@pytest.mark.parametrize(
    ("argv", "sweep"), [([], "s2"), (["rates"], "s1"), (["s1"], "s1"), (["depth"], "s2")], ids=" ".join
)
def test_a_study_or_an_id_can_be_named(
    recorded: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], sweep: str
) -> None:
    path = tmp_path / "folder" / "page.html"
    assert report.main([*argv, "--output", str(path), "--uri", recorded.uri]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert f"<dt>sweep</dt><dd>{sweep}</dd>" in path.read_text(encoding="utf-8")


def test_the_page_goes_to_outputs_unless_told_otherwise(
    recorded: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.paths.project_root", lambda: tmp_path)
    report.main(["rates", "--uri", recorded.uri])
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["report-rates.html"]


def test_what_it_can_not_do_is_said_in_one_line(recorded: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="study=rate: did you mean rates"):
        report.main(["rate", "--uri", recorded.uri])
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"--output=.*page.html: can't be written: "):
        report.main(["--uri", recorded.uri, "--output", str(tmp_path / "file" / "page.html")])


def test_an_empty_store_and_a_sweep_that_failed_have_no_report(store: Store) -> None:
    with pytest.raises(InputError, match="holds no sweep yet"):
        report.main(["--uri", store.uri])
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {SWEEP: "s1"})
    failed = run_record(0)
    store.write(experiment, parent, [dataclasses.replace(failed, tags={**failed.tags, "chainrule.outcome": "failed"})])
    with pytest.raises(InputError, match="nothing to report"):
        report.main(["--uri", store.uri])
