"""The examples in the docstrings of the public calls print what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import chainrule
from chainrule import cli

CALLS = [name for name in chainrule.__all__ if name[0].islower()]
READING = [name for name in CALLS if name.startswith("load_") and name != "load_dataset"]


def run_examples(name: str) -> None:
    call = getattr(chainrule, name)
    scope = {each: getattr(chainrule, each) for each in chainrule.__all__}
    (test,) = doctest.DocTestFinder(recurse=False).find(call, name, globs=scope)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("name", CALLS)
def test_the_sections_are_numpydocs(name: str) -> None:
    text = getattr(chainrule, name).__doc__
    titles = [title for title in ("Parameters", "Returns", "Raises", "Examples") if f"{title}\n" in text]
    assert titles == ["Parameters", "Returns", "Raises", "Examples"]
    assert "<" not in text.replace("<=", "").replace("< 1e", "")  # what calls share has been filled in


@pytest.mark.parametrize("name", [name for name in CALLS if name not in READING])
def test_the_mathematics(name: str) -> None:
    run_examples(name)


def test_reading_after_the_sweep_that_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert cli.main(["sweep", "learning_rate=0.1,1", "init=he_normal,zeros"]) == 0
    for name in READING:
        assert "chainrule sweep learning_rate=0.1,1 init=he_normal,zeros" in getattr(chainrule, name).__doc__
        run_examples(name)


def test_the_names_of_choices_are_those_that_are_registered() -> None:
    for name in ("softplus", "cross_entropy", "xavier_uniform"):
        assert name in (chainrule.train.__doc__ + chainrule.initialize.__doc__)
