"""What a config can't do: call something of its choice, show the environment, grow without end, stop half way."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.app.multirun import BASIC_SWEEPER
from chainrule.cli import main
from chainrule.study import Study

SECRET = "correct-horse-battery-staple"
CALLS = "a config can't name a class or a function to call"
READS = "a setting can't read the environment"


@pytest.fixture
def refused(asked, store, capsys, monkeypatch):
    """The one line that refuses what is typed; nothing was trained, nothing printed of the environment."""
    monkeypatch.setenv("TOKEN", SECRET)

    def line(*typed: str) -> str:
        assert main(typed) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert SECRET not in err
        assert err.startswith("chainrule: ")
        assert err.count("\n") == 1
        assert err[:-1].isprintable()
        assert asked.events == []
        return err[len("chainrule: ") : -1]

    return line


@pytest.mark.parametrize(
    "typed",
    [
        "record.curves._target_=os.getcwd",
        "+cost._target_=os.getcwd",
        "hydra.sweeper._target_=os.getcwd",
        "hydra.launcher._target_=os.getcwd",
        "hydra.launcher._target_=" + BASIC_SWEEPER,  # nor one of Hydra's own
        "+hydra.callbacks.x._target_=os.system",
        "+hydra.callbacks.x={_target_:os.system,command:'touch ran'}",
        "+hydra.callbacks.x=[{_target_:os.system}]",
        "+new=[{a:{_target_:os.system}}]",
        "hydra.launcher={_target_:os.system}",
    ],
)
@pytest.mark.parametrize("word", ["train", "sweep"])
def test_a_person_can_name_nothing_to_call(refused, word, typed):
    assert CALLS in refused(word, typed)
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    "node",
    [
        "hydra: {callbacks: {x: {_target_: os.system, command: touch ran}}}",
        "hydra: {sweeper: {_target_: os.getcwd}}",
        "hydra: {launcher: {_target_: '${oc.env:TOKEN}'}}",
        "hydra: {job_logging: {version: 1, formatters: {x: {'()': os.system, command: touch ran}}}}",
        "hydra: {job_logging: {version: 1, handlers: {x: {class: {a: 1}}}}}",
        "hydra: {hydra_logging: {version: 1, handlers: {x: {stream: 'ext://os.system'}}}}",
        "init: {_target_: os.getcwd}",
    ],
)
def test_a_study_file_can_name_nothing_to_call(refused, tmp_path, node):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "own.yaml").write_text(f"# @package _global_\nstudy: {{name: own}}\n{node}\n")
    for word in ("train", "sweep"):
        assert CALLS in refused(word, "--config-dir", str(tmp_path), "study=own")
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["record.points=${oc.env:TOKEN}"], f"record.points=${{oc.env:TOKEN}}: {READS}"),
        (["study.question=a${oc.env:TOKEN}b"], READS),
        (["hidden=[${oc.env:TOKEN}]"], READS),
        (["+new={a:[${oc.env:TOKEN}]}"], READS),
        (["init=${oc.env:TOKEN}"], "init=${oc.env:TOKEN}: "),
        (["+name=oc", "study.question='${${name}.env:TOKEN}'"], "can't be computed so"),
        (["study.question=${oc.decode:'${oc.env:TOKEN}'}"], "can't"),
        (["study.question='${oc.create:{a:1}}'"], "can't be computed so"),
        (["hydra.run.dir=${oc.env:TOKEN}", "study.question=${hydra:run.dir}"], READS),
        (["hydra.run.dir=${oc.env:TOKEN}", "record.points=${hydra:run}"], READS),
        (["hydra.job.env_copy=[TOKEN]", "study.name=${hydra:job.env_set.TOKEN}"], READS),
    ],
)
@pytest.mark.parametrize("word", ["train", "sweep"])
def test_no_setting_reads_the_environment(refused, word, typed, says):
    assert says in refused(word, *typed)


def test_hydras_own_node_may_read_it(asked, store, monkeypatch, tmp_path):
    monkeypatch.setenv("FOLDER", str(tmp_path))
    assert main(["train", "hydra.run.dir=${oc.env:FOLDER}/own"]) == 0
    assert (tmp_path / "own").is_dir()
    assert asked.events == ["run"]


def test_a_shown_config_holds_no_secret(refused):
    assert READS in refused("train", "--cfg", "job", "--resolve", "record.points=${oc.env:TOKEN}")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["seed=range(0,1e9)"], "seed=range(0,1e9): makes 1,000,000,000 runs, a sweep may have at most 1,000,000"),
        (["seed=shuffle(range(1000000000))"], "seed=shuffle(range(1000000000)): makes 1,000,000,000 runs"),
        (["l2=range(0,1,1e-300)"], "l2=range(0,1,1e-300): makes more than 2^63 runs"),
        (["seed=range(0,1,0)"], "seed=range(0,1,0): a range must go from number to number in steps that are not 0"),
        (["seed=range(0,inf)"], "seed=range(0,inf): a range must go from number to number"),
        (["seed=range(nan,1)"], "seed=range(nan,1): a range must go from number to number"),
        (["l2=range(1" + "0" * 40 + ",1" + "0" * 39 + "1,0.5)"], "l2=range(1000"),
        (
            ["seed=range(2000)", "learning_rate=range(1,1000)"],
            "sweep=1,998,000 runs: must be at most 1,000,000; values: seed 2,000, learning_rate 999",
        ),
        (["cost=quadratic,range(3)"], "cost=quadratic,range(3): a sweep can't stand in another"),
        (["epochs=1,choice(1,2)"], "epochs=1,choice(1,2): a sweep can't stand in another"),
        (["hidden=[1],[range(3)]"], "hidden=[1],[range(3)]: "),
        (["study.name=adhoc,interval(0,1)"], "study.name=adhoc,interval(0,1): a sweep can't stand in another"),
        (["hydra.sweeper.max_batch_size=0", "seed=1,2"], "hydra=...: "),
        (["hydra.sweep.dir=/proc/nowhere", "seed=1,2"], "hydra=...: [Errno 2] No such file or directory"),
        (["hydra.sweeper=null", "seed=1,2"], "hydra=...: "),
        (["hydra.launcher=null", "seed=1,2"], "hydra=...: Hydra launcher is not configured"),
        (["+hydra.launcher.foo=1"], "hydra=...: ChainruleLauncher.__init__() got an unexpected keyword argument"),
        (["cost=[0]"], "cost=[0]: allowed: "),
        (["init=[[1],[2]]"], "init=[[1],[2]]: allowed: "),
        (["init=zeros,[1]"], "init=[1]: allowed: "),
        (["cost={}"], "cost={}: allowed: "),
        (["init={}"], "init={}: allowed: "),
        (["output=???"], "output=???: allowed: identity, "),
        (["cost=${oc.decode:'1'}"], "overrides=cost=${oc.decode:'1'}: can't be used in a config"),
        (["seed='1'"], "seed='1': is text; without quotes it would be a number; it must be a whole number"),
        (["check.directions=1e308"], "check.directions=1e+308: must be a whole number at least 0 and at most 1000"),
        (["schedule=warmup", "schedule.length=3,1e308"], "schedule.length=1e+308: must be a whole number"),
        (["epochs=1e308"], "epochs=1e+308: must be a whole number at least 1 and at most 1000000"),
        (["record.points=99999999999999999999"], "record.points=99999999999999999999: must be a whole number"),
        (["hidden=" + "[" * 3000], "hidden=[[["),
        (["study.name=" + "x" * 300], "study.name=xxx"),
        (["study.name=" + "x" * 10**6], "study.name=xxx"),
        (['study.name="a\x1b[31mb"'], r"study.name=a\x1b[31mb: must be one line of printable characters"),
        (['study.name="a\nb"'], "study.name=a b: must be one line of printable characters"),
        (["\x1b[31m=1"], r"\x1b[31m=1: "),
        (["--cfg", "job", "-p", "nowhere"], "--package=nowhere: package 'nowhere' not found in config"),
        (["--shell-completion"], "--shell-completion=: "),
        (["--config-name", "nowhere"], "config=nowhere: Cannot find primary config"),
    ],
    ids=lambda each: " ".join(each)[:40] if isinstance(each, list) else "",
)
def test_whatever_a_sweep_is_asked_is_told_in_one_line(refused, typed, line):
    assert refused("sweep", *typed).startswith(line)


def test_what_a_study_file_sweeps_is_counted_too(refused, tmp_path):
    (tmp_path / "study").mkdir()
    params = "{seed: '${study.question}', l2: 'range(3)'}"
    own = f"study: {{name: own, question: 'range(0,1e9)'}}\nhydra: {{sweeper: {{params: {params}}}}}"
    (tmp_path / "study" / "own.yaml").write_text(f"# @package _global_\n{own}\n")
    assert refused("sweep", "--config-dir", str(tmp_path), "study=own").startswith("seed=range(0,1e9): makes 1,000,0")


def test_a_million_runs_is_what_is_allowed(asked, store, monkeypatch):
    from chainrule.app import sweep_size

    monkeypatch.setattr(sweep_size, "MOST_RUNS", 6)
    assert main(["sweep", "seed=range(3)", "l2=range(1,0,-0.5)"]) == 0
    assert asked.runs("seed", "l2") == [(seed, l2) for seed in range(3) for l2 in (1.0, 0.5)]
    assert main(["sweep", "seed=range(7)"]) == 2


@pytest.mark.parametrize("name", ["it's | a 🙂", 'a "b" c', "x" * 200, "a/b", "<script>", "..", "50%"])
def test_any_line_is_a_name_for_a_study(asked, store, name):
    quoted = name.replace("'", "\\'")
    assert main(["sweep", f"study.name='{quoted}'", "seed=1,2"]) == 0
    assert asked.study == Study(name)


def test_a_study_whose_second_sweep_is_wrong_trains_none(refused, tmp_path):
    (tmp_path / "study").mkdir()
    file = tmp_path / "study" / "own.yaml"
    begin = "# @package _global_\nstudy:\n  name: own\n  parts:\n    first: ['seed=1,2']\n    second: "
    for wrong, line in {
        "['learning_rate=1,-1']": "learning_rate=-1: must be a number above 0",
        "['seed=range(0,1e9)']": "seed=range(0,1e9): makes",
        "['sed=1']": "sed=1: no such key",
        "['hidden=[']": "hidden=[: can't be read",
    }.items():
        file.write_text(f"{begin}{wrong}\n")
        for launcher in ("chainrule", "basic"):
            typed = ("--config-dir", str(tmp_path), "study=own", f"hydra/launcher={launcher}")
            assert refused("sweep", *typed).startswith(line)


def test_a_sweep_in_batches_is_checked_whole(refused):
    typed = ("hydra.sweeper.max_batch_size=1", "learning_rate=1,-1")
    assert refused("sweep", *typed) == "learning_rate=-1: must be a number above 0"


def test_a_config_file_that_is_no_yaml_is_told(refused, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "own.yaml").write_text("a: [1\nb: }")
    assert refused("sweep", "--config-dir", str(tmp_path), "study=own").startswith("overrides=study=own: ")
