"""A study's sweeps: one after the other, each with the overrides of its part, of a person and of the caller."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.app.command_line import run_study
from chainrule.cli import main
from chainrule.errors import InputError

STUDY = """\
# @package _global_
study:
  name: widths
  question: How wide?
  parts:
    narrow: ["hidden=[2],[3]", "seed=range(2)", epochs=5]
    wide: ["hidden=[64]", epochs=6]
learning_rate: 0.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own with a study of two sweeps."""
    file = tmp_path / "mine" / "study" / "widths.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(STUDY)
    return tmp_path / "mine"


def swept(asked, part: str) -> list[tuple[object, ...]]:
    return [(list(each.hidden), each.seed, each.epochs, each.learning_rate) for each in asked.sweeps[part]]


def test_each_part_is_a_sweep_with_its_own_overrides(asked, store, folder):
    assert main(["sweep", "--config-dir", str(folder), "study=widths"]) == 0
    assert list(asked.sweeps) == ["narrow", "wide"]
    assert swept(asked, "narrow") == [([width], seed, 5, 0.5) for width in (2, 3) for seed in (0, 1)]
    assert swept(asked, "wide") == [([64], 0, 6, 0.5)]


def test_what_a_person_types_replaces_what_a_part_says(asked, store, folder):
    assert main(["sweep", "--config-dir", str(folder), "study=widths", "epochs=9", "seed=7", "learning_rate=1,2"]) == 0
    assert swept(asked, "narrow") == [([width], 7, 9, rate) for width in (2, 3) for rate in (1.0, 2.0)]
    assert swept(asked, "wide") == [([64], 7, 9, rate) for rate in (1.0, 2.0)]


def test_one_part_can_be_asked_for(asked, store, folder):
    assert main(["sweep", "--config-dir", str(folder), "study=widths", "study.part=wide", "seed=1,2"]) == 0
    assert list(asked.sweeps) == ["wide"]
    assert swept(asked, "wide") == [([64], seed, 6, 0.5) for seed in (1, 2)]


def test_a_part_that_does_not_exist_is_told(asked, store, folder, capsys):
    assert main(["sweep", "--config-dir", str(folder), "study=widths", "study.part=wid"]) == 2
    assert capsys.readouterr().err == "chainrule: study.part=wid: did you mean wide? allowed: narrow, wide\n"


def test_a_study_is_run_by_a_call_with_changes_by_part(asked, store, folder):
    changes = {"narrow": ["hidden=[4]"], None: ["epochs=1"]}
    sweeps = run_study("widths", changes, uri="sqlite:////tmp/own.db", config_dir=folder)
    assert sweeps == {"narrow": "sweep narrow", "wide": "sweep wide"}
    assert asked.uri == "sqlite:////tmp/own.db"
    assert swept(asked, "narrow") == [([4], 0, 1, 0.5), ([4], 1, 1, 0.5)]
    assert swept(asked, "wide") == [([64], 0, 1, 0.5)]


def test_a_study_of_one_sweep_is_found_under_none(asked, store):
    assert run_study("learning_rate_by_initialization", {None: ["seed=0", "epochs=1"]}) == {None: "sweep None"}
    assert {(each.seed, each.epochs) for each in asked.settings} == {(0, 1)}


def test_a_failed_run_fails_the_study(asked, store, folder):
    asked.failing = "narrow"
    with pytest.raises(InputError, match=r"^study=widths: 4 of 5 runs failed, the first is run 0$"):
        run_study("widths", config_dir=folder)


def test_a_study_that_does_not_exist_is_told(asked, store):
    with pytest.raises(InputError, match=r"^study=width: "):
        run_study("width")
