"""Wrong input: one clear line on stderr, exit code 2, no traceback, nothing written."""

from __future__ import annotations

import pytest

from chainrule.cli import main

WRONG = [
    # what is typed, how the line begins, what it says
    ("learning_rate=-1", "learning_rate=-1:", "above 0"),
    ("learning_rate=abc", "learning_rate=abc:", "a number above 0"),
    ("learning_rate=nan", "learning_rate=nan:", "a number above 0"),
    ("learning_rate=", "learning_rate=:", "a number above 0"),
    ("learning_rate=${nowhere}", "learning_rate=", "nowhere"),
    ("init=xavierr", "init=xavierr:", "did you mean xavier_normal?"),
    ("init=3", "init=3:", "allowed: "),
    ("init=null", "init=null:", "allowed: "),
    ("dataset=irs", "dataset=irs:", "did you mean iris?"),
    ("study=learning_rate_by_init", "study=learning_rate_by_init:", "did you mean learning_rate_by_initialization?"),
    ("hydra/launcher=joblb", "hydra/launcher=joblb:", "did you mean joblib?"),
    ("hidden=[0]", "hidden=[0]:", "at least 1"),
    ("hidden=8x", "hidden=8x:", "list"),
    ("hidden=[8", "hidden=[8:", "can't be read"),
    ("hidden={a:1}", "hidden={a:1}:", ""),
    ("epochs=0", "epochs=0:", "at least 1"),
    ("epochs.x=1", "epochs.x=1:", "no such key"),
    ("batch_size=100000", "batch_size=100000:", ""),
    ("lerning_rate=1", "lerning_rate=1:", "did you mean learning_rate?"),
    ("datset=iris", "datset=iris:", "did you mean dataset?"),
    ("backward.hiden=one", "backward.hiden=one:", "did you mean backward.hidden?"),
    ("backward.hidden=onne", "backward.hidden=onne:", "did you mean one?"),
    ("dataset.nois=1", "dataset.nois=1:", "moons has no such field; did you mean noise?"),
    ("activation.scale=1", "activation.scale=1:", "sigmoid has no such field; it has none"),
    ("+momentum=0.9", "momentum=0.9:", "no such setting"),
    ("+epochs=3", "epochs=3:", "already"),
    ("++init=zeros", "init=zeros:", "not supported"),
    ("init@other=zeros", "init=zeros:", ""),
    ("~epochs", "epochs", "missing"),
    ("cost=cross_entropy output=identity", "cost=cross_entropy", "identity"),
    ("learning_rate", "override=learning_rate:", "key=value"),
    ("tracking.uri=nonsense", "tracking.uri=nonsense:", "sqlite"),
    ("--frobnicate", "option=--frobnicate:", "--help"),
    ("--cfg nothing", "options=--cfg nothing:", "job"),
    ("--config-dir /nowhere/at/all", "--config-dir=/nowhere/at/all:", "no such folder"),
    ("--experimental-rerun x.pickle", "option=--experimental-rerun:", "no such option"),
]


def _refuse(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("chainrule: ")
    return line.removeprefix("chainrule: ")


# Other ways through Hydra: a sweep composes a first time without its lists, then each job.
CASES = [("train", *case) for case in WRONG] + [("sweep", *case) for case in WRONG[::3]]


@pytest.mark.parametrize(("word", "typed", "start", "says"), CASES, ids=[" ".join(case[:2]) for case in CASES])
def test_wrong_input_is_one_line(capsys, store, word, typed, start, says):
    line = _refuse(capsys, word, *typed.split())
    assert line.startswith(start)
    assert says in line
    assert not store.exists()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("learning_rate=0.1,-2", "learning_rate=-2: must be a number above 0"),
        ("lerning_rate=1,2", "lerning_rate=1: no such key; did you mean learning_rate?"),
        ("init=zeros,xavierr", "init=xavierr: did you mean xavier_normal?"),
        ("init=normal,zeros init.scale=1,2", "init.scale=1: zeros has no such field"),
        ("seed=1,2 study=learning_rate_by_initialization,role_of_the_slope", "study=learning_rate_by"),
        ("tracking.uri=a,b", "tracking.uri=a,b: can't be swept"),
        ("seed=interval(1,2)", "seed=interval(1,2): an interval"),
        ("init=glob(nothing*)", "sweep=no runs: "),
        ("seed=range(3", "seed=range(3: can't be read"),
    ],
)
@pytest.mark.parametrize("launcher", ["chainrule", "basic"])
def test_one_wrong_run_refuses_the_sweep(capsys, store, typed, line, launcher):
    assert _refuse(capsys, "sweep", *typed.split(), f"hydra/launcher={launcher}").startswith(line)
    assert not store.exists()


@pytest.mark.parametrize("several", ["1,2", "range(3)"])
def test_train_says_that_several_values_are_for_sweep(capsys, store, several):
    assert "`chainrule sweep`" in _refuse(capsys, "train", f"seed={several}")


def test_an_unknown_command_is_told_with_the_nearest(capsys):
    assert _refuse(capsys, "trian").startswith("command=trian: did you mean train?")
