"""`chainrule studies` in a folder of one's own: run, judged, written; and each thing that can be wrong with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli import main
from chainrule.components import component, registry
from chainrule.components.initializers import Initializer
from chainrule.errors import InputError
from chainrule.reading.runs import load_runs
from chainrule.studies import Evidence, discover, page

STUDY = """
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from chainrule.studies import Analysis, Evidence, Finding, Picture, near
from mine.{name} import figures


@dataclass(frozen=True)
class Measured:
    cost: pd.Series


class Mine(Analysis[Measured]):
    order = {order}
    title = "What do zeros do on {name}?"
    setup = "Two runs."

    def measure(self, evidence: Evidence) -> Measured:
        return Measured(evidence.runs().set_index("init")["cost/train"])

    def findings(self, measured: Measured) -> list[Finding]:
        return [near("cost from zeros", 0.125, measured.cost["zeros"])]

    def summary(self, measured: Measured) -> str:
        return f"They stay at a cost of {{measured.cost['zeros']:g}}."

    def answer(self, measured: Measured) -> str:
        return "Nothing."

    def pictures(self, measured: Measured) -> Iterator[Picture]:
        yield Picture("costs.png", "Final costs", figures.costs(measured.cost))
"""

FIGURES = """
from chainrule.figures import style


@style.styled
def costs(cost):
    figure = style.page(4, 3, "Costs")
    figure.add_subplot().plot(range(len(cost)), cost, "o")
    return figure
"""

CONFIG = """# @package _global_
study:
  name: {name}
  question: What becomes of zeros?
defaults:
  - override /dataset: xor
hidden: [2]
epochs: 3
hydra:
  sweeper:
    params:
      init: zeros,normal
"""


class Own:
    """A folder of studies, `mine`, with its configs in `conf`."""

    def __init__(self, root: Path) -> None:
        self.experiments, self.conf = root / "mine", root / "conf"
        (self.conf / "study").mkdir(parents=True)
        self.experiments.mkdir()

    def add(self, name: str, *, order: int = 0, study: str = STUDY, config: str | None = CONFIG) -> Path:
        """Write a study's files, `{name}` and `{order}` filled in; its folder."""
        folder = self.experiments / name
        folder.mkdir()
        (folder / "study.py").write_text(study.format(name=name, order=order))
        (folder / "figures.py").write_text(FIGURES)
        if config is not None:
            (self.conf / "study" / f"{name}.yaml").write_text(config.format(name=name))
        return folder

    @property
    def options(self) -> list[str]:
        return ["--experiments", str(self.experiments), "--config-dir", str(self.conf)]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """An empty folder of studies; its modules are forgotten after the test."""
    yield Own(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _store(empty_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", empty_store)


@pytest.fixture
def _explosive(monkeypatch: pytest.MonkeyPatch) -> None:
    """An initializer `explosive` whose runs fail."""
    copy = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)

    @component("explosive", equation="none", reference="none")
    class Explosive(Initializer):
        """Can't be drawn."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            raise RuntimeError("no weights today")


def test_a_study_of_ones_own_is_run_judged_and_written(own: Own, capsys) -> None:
    folder = own.add("small")
    assert main(["studies", *own.options]) == 0
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "# What do zeros do on small?" in text
    assert "**Question.** What becomes of zeros?" in text
    assert "[`conf/study/small.yaml`](../../conf/study/small.yaml)" in text
    assert "**In short.** They stay at a cost of 0.125." in text
    assert "## Expected against measured: all reproduced" in text
    assert "| what | expected | measured | tolerance | reproduced |" in text
    assert "| cost from zeros | 0.125 | 0.125 | ±0 | yes |" in text
    assert "Source: none, this is this project's own question." in text
    assert (folder / "costs.png").stat().st_size > 1000
    listed = (own.experiments / "README.md").read_text(encoding="utf-8")
    assert "### [What do zeros do on small?](small/README.md)\n\nThey stay at a cost of 0.125." in listed
    assert "1 of 1 reproduced" in capsys.readouterr().out


def test_recorded_runs_are_judged_again_without_training(own: Own, capsys) -> None:
    folder = own.add("small")
    assert main(["studies", "small", "--recorded", *own.options]) == 1
    assert "study=small: allowed: " in capsys.readouterr().err
    assert not (folder / "README.md").exists()
    assert main(["sweep", "--config-dir", str(own.conf), "study=small"]) == 0
    assert main(["studies", "small", "--recorded", *own.options]) == 0
    assert len(load_runs("small")) == 2
    assert (folder / "README.md").exists()
    with pytest.raises(InputError, match=r"^study=small: has no recorded runs of its part deep; run it first$"):
        Evidence.newest("small").runs("deep")


def test_the_list_holds_the_studies_with_a_page_in_their_order(own: Own) -> None:
    for name, order in {"alpha": 2, "beta": 1, "gamma": 1, "without_a_page": 0}.items():
        folder = own.add(name, order=order)
        if "page" not in name:
            (folder / "README.md").write_text(f"# Title\n\n**In short.** It is {name}.\n\nMore of it.\n")
    (own.experiments / "speed").mkdir()
    (own.experiments / "speed" / "README.md").write_text("# How fast?\n")
    page.write_list(own.experiments, discover.load_all(own.experiments))
    listed = (own.experiments / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^### \[What do zeros do on (\w+)\?\]\(\1/README.md\)\n\nIt is \1\.$", listed, re.M) == [
        "beta",
        "gamma",
        "alpha",
    ]
    assert listed.count("*This project's own question.*") == 3
    assert listed.endswith("\n\nBeside the questions: [speed](speed/README.md).\n")


def test_what_is_not_reproduced_is_said(own: Own, capsys) -> None:
    folder = own.add("small", study=STUDY.replace('zeros", 0.125', 'zeros", 0.25'))
    assert main(["studies", *own.options]) == 1
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "Expected against measured: 1 of 1 not reproduced" in text
    assert "| ±0 | **no** |" in text
    assert "0 of 1 reproduced" in capsys.readouterr().out


@pytest.mark.usefixtures("_explosive")
def test_a_failed_run_fails_its_study_and_no_other(own: Own, capsys) -> None:
    broken = own.add("broken", order=1, config=CONFIG.replace("normal", "explosive"))
    sound = own.add("sound", order=2)
    assert main(["studies", *own.options]) == 1
    told = capsys.readouterr()
    assert "study=broken: 1 of 2 runs failed, the first is " in told.err
    assert "1 of 1 reproduced\nnot judged: broken" in told.out
    assert not (broken / "README.md").exists()
    assert (sound / "README.md").exists()
    assert "broken" not in (own.experiments / "README.md").read_text(encoding="utf-8")

    assert main(["studies", "broken", "--recorded", *own.options]) == 1
    assert "study=broken: 1 of 2 runs failed" in capsys.readouterr().err


TWICE = (
    STUDY
    + """

class Another(Mine):
    pass
"""
)
UNTOLD = STUDY.replace("title =", "titel =").replace("def summary", "def sumary")


@pytest.mark.parametrize(
    ("study", "config", "line"),
    [
        (TWICE, CONFIG, "study=small: its study.py must define one subclass of Analysis, it has 2"),
        ("X = 1", CONFIG, "study=small: its study.py must define one subclass of Analysis, it has 0"),
        (UNTOLD, CONFIG, "study=small: its Mine lacks summary, title"),
        (STUDY, None, "study=small: allowed: "),
        (STUDY, CONFIG.replace("{name}", "large"), "study.name=large: must be small, like its file and its folder"),
        (STUDY, CONFIG.replace("question", "qestion"), "study.qestion=What becomes of zeros?: did you mean question?"),
    ],
)
def test_a_study_that_is_not_whole_is_refused_before_anything_runs(own: Own, capsys, study, config, line) -> None:
    own.add("good")
    own.add("small", study=study, config=config)
    assert main(["studies", *own.options]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"chainrule: {line}")
    assert told.count("\n") == 1
    assert not (own.experiments / "good" / "README.md").exists()


def test_a_misspelt_study_is_told_its_nearest_match(own: Own, capsys) -> None:
    own.add("small")
    assert main(["studies", "smal", *own.options]) == 2
    assert capsys.readouterr().err == "chainrule: study=smal: did you mean small? allowed: small\n"
    assert main(["studies", "zero_weight"]) == 2
    assert "study=zero_weight: did you mean zero_weights? allowed: " in capsys.readouterr().err


def test_folders_must_be_there_and_hold_studies(own: Own, tmp_path: Path, capsys) -> None:
    assert main(["studies", "--experiments", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: holds no study, which is a folder with a study.py" in capsys.readouterr().err
    assert main(["studies", *own.options]) == 2
    assert "mine: holds no study, which is a folder with a study.py" in capsys.readouterr().err
    own.add("small")
    assert main(["studies", "--experiments", str(own.experiments), "--config-dir", str(tmp_path / "nowhere")]) == 2
    assert "--config-dir=" in capsys.readouterr().err


@pytest.mark.parametrize("taken", ["numpy", "wave", "experiments"])
def test_a_folder_called_like_another_module_is_refused(own: Own, capsys, taken: str) -> None:
    """numpy is imported, wave could be, and experiments is another folder of studies."""
    import experiments.zero_weights.study  # noqa: F401

    own.add("small")
    folder = own.experiments.rename(own.experiments.with_name(taken))
    assert main(["studies", "--experiments", str(folder), "--config-dir", str(own.conf)]) == 2
    assert f"{taken} is also the name of a Python module; rename the folder" in capsys.readouterr().err
