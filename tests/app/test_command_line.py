"""`chainrule train` and `chainrule sweep` as a person types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from chainrule.app.command_line import compose
from chainrule.app.launchers import PARENT
from chainrule.cli import main
from chainrule.components import registry
from chainrule.paths import project_root
from chainrule.settings import Settings

STUDIES = sorted(path.stem for path in (project_root() / "conf" / "study").glob("*.yaml"))


def test_train_runs_the_configuration_as_documented(asked, store):
    assert main(["train"]) == 0
    assert asked.events == ["run"]
    assert asked.runs("dataset", "dataset.samples", "hidden", "activation", "cost", "learning_rate", "epochs") == [
        ("moons", 200, [8], "sigmoid", "quadratic", 1.0, 500)
    ]
    assert asked.study.name == "adhoc"
    assert asked.parents == [None]


def test_a_choice_brings_its_fields_and_a_dot_sets_them(asked, store):
    assert main(["train", "init=normal", "init.scale=2", "hidden=[]", "batch_size=16"]) == 0
    assert asked.runs("init", "init.scale", "hidden", "batch_size") == [("normal", 2.0, [], 16)]


def test_a_sweep_reaches_the_engine_whole_and_in_order(asked, store):
    assert main(["sweep", "learning_rate=0.1,1", "epochs=7", "init=he_normal,zeros", "seed=range(2)"]) == 0
    assert asked.events == ["sweep"]
    assert asked.swept == ("learning_rate", "init", "seed")
    expected = [(rate, 7, init, seed) for rate in (0.1, 1.0) for init in ("he_normal", "zeros") for seed in (0, 1)]
    assert asked.runs("learning_rate", "epochs", "init", "seed") == expected


def test_train_with_m_is_a_sweep_wherever_the_flag_stands(asked, store):
    assert main(["train", "seed=1", "-m", "hidden=[4],[4,2]"]) == 0
    assert asked.runs("seed", "hidden") == [(1, [4]), (1, [4, 2])]


@pytest.mark.parametrize(("pattern", "chosen"), [("*", lambda name: True), ("he_*", lambda n: n.startswith("he_"))])
def test_glob_takes_every_name_that_fits(asked, store, pattern, chosen):
    assert main(["sweep", f"init=glob({pattern})"]) == 0
    assert sorted(asked.runs("init")) == sorted((name,) for name in registry.names("init") if chosen(name))


def test_a_study_sweeps_what_it_says(asked, store):
    assert main(["sweep", "study=learning_rate_by_initialization"]) == 0
    assert len(set(asked.settings)) == 16 * 8 * 10
    assert asked.swept == ("learning_rate", "init", "seed")
    assert asked.study.name == "learning_rate_by_initialization"
    assert asked.study.question.endswith("?")


@pytest.mark.parametrize("override", ["learning_rate=0.25", "++learning_rate=0.25"])
def test_a_persons_value_replaces_the_studys_list(asked, store, override):
    assert main(["sweep", "study=learning_rate_by_initialization", override, "init=zeros", "seed=0,7"]) == 0
    assert sorted(asked.runs("learning_rate", "init", "seed")) == [(0.25, "zeros", 0), (0.25, "zeros", 7)]


def test_a_persons_choice_replaces_the_studys_choices(asked, store):
    assert main(["sweep", "study=learning_rate_by_initialization", "init=normal", "init.scale=1,3"]) == 0
    assert set(asked.runs("init", "init.scale")) == {("normal", 1.0), ("normal", 3.0)}
    assert asked.swept == ("learning_rate", "seed", "init.scale")


def test_exact_composing_gives_the_same_sweep(asked, store):
    arguments = ["sweep", "learning_rate=0.1,1", "init=normal,constant", "hidden=[],[3]"]
    assert main(arguments) == 0
    fast = asked.settings
    assert main([*arguments, "hydra.launcher.exact=true"]) == 0
    assert asked.settings == fast


def test_a_launcher_of_another_make_runs_every_job_below_one_parent(asked, store):
    assert main(["sweep", "seed=3,4", "hydra/launcher=basic"]) == 0
    assert asked.events == ["open", "run", "run", "close 12345e678 FINISHED"]
    assert asked.parents == ["12345e678"] * 2
    assert asked.runs("seed") == [(3,), (4,)]
    assert asked.swept == ("seed",)


def test_another_launchers_sweep_is_checked_by_memory(asked, store, monkeypatch):
    composed: list[list[str]] = []
    hydras_own = ConfigLoaderImpl.load_sweep_config

    def counted(self, master_config, sweep_overrides):
        composed.append([override for override in sweep_overrides if PARENT not in override])
        return hydras_own(self, master_config, sweep_overrides)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counted)
    assert main(["sweep", "seed=3,4", "hydra/launcher=basic"]) == 0
    assert composed == [[], ["seed=3"], ["seed=4"]]  # the choices once; then each job, where it runs


def test_another_launcher_starts_nothing_before_all_runs_are_valid(asked, store, capsys):
    assert main(["sweep", "learning_rate=1,-1", "hydra/launcher=basic"]) == 2
    assert asked.events == []
    assert capsys.readouterr().err.startswith("chainrule: learning_rate=-1: ")


def test_the_parent_is_closed_when_a_job_of_another_launcher_fails(asked, store, monkeypatch, capsys):
    from chainrule.sweep import engine

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "run_one", broken)
    with pytest.raises(ZeroDivisionError):
        main(["sweep", "seed=3,4", "hydra/launcher=basic"])
    assert asked.events == ["open", "close 12345e678 FAILED"]


def test_a_bug_keeps_its_traceback(asked, store, monkeypatch):
    from chainrule.sweep import engine

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "run_one", broken)
    with pytest.raises(ZeroDivisionError):
        main(["train"])


def test_the_store_can_be_named(asked, store):
    assert main(["sweep", "seed=1,2", "tracking.uri=sqlite:////tmp/own.db"]) == 0
    assert asked.uri == "sqlite:////tmp/own.db"


def test_nothing_is_left_in_the_working_directory(asked, store):
    for arguments in (["train"], ["sweep", "seed=1,2"], ["sweep", "seed=1,2", "hydra/launcher=basic"]):
        assert main(arguments) == 0
    assert list(Path.cwd().iterdir()) == []


def test_cfg_shows_the_job_without_running_it(asked, store, capsys):
    assert main(["train", "init=normal", "init.scale=3", "--cfg", "job"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["init"] == {"name": "normal", **{f: spec[2] for f, spec in _fields("init", "normal")}, "scale": 3}
    assert asked.events == []


def _fields(kind: str, name: str) -> list[tuple[str, tuple[object, ...]]]:
    return list(registry.lookup(kind, name).declared.items())


def test_info_shows_where_the_configuration_comes_from(store):
    # In a process of its own: for this flag Hydra turns the whole process's logging on.
    command = [sys.executable, "-m", "chainrule", "train", "--info"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "init: xavier_normal" in shown.stdout
    assert "learning_rate: 1.0" in shown.stdout
    assert shown.stderr == ""


@pytest.mark.parametrize("word", ["train", "sweep"])
def test_help_lists_every_name_and_field_with_its_default(store, capsys, word):
    assert main([word, "--help"]) == 0
    text = capsys.readouterr().out
    families = [kind for kind in registry.kinds() if kind != "backward"]
    for kind in families:
        assert f"\n{kind}=NAME\n" in text
        for name in registry.names(kind):
            assert f"\n  {name}" in text
            assert all(f"\n  .{field}" in text for field, _ in _fields(kind, name))
    assert all(f"  {study}\n" in text for study in STUDIES)
    assert max(map(len, text.partition("Every key with its default")[0].splitlines())) <= 100


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_composes_to_valid_settings(asked, store, study):
    assert main(["sweep", f"study={study}"]) == 0
    assert asked.study.name == study
    assert all(isinstance(settings, Settings) for settings in asked.settings)


def test_a_folder_of_ones_own_can_hold_studies(asked, store, tmp_path):
    (tmp_path / "mine" / "study").mkdir(parents=True)
    own = "# @package _global_\nstudy: {name: width, question: null}\nhidden: [3]\nepochs: 9\n"
    (tmp_path / "mine" / "study" / "width.yaml").write_text(own)
    assert main(["train", "--config-dir", str(tmp_path / "mine"), "study=width", "epochs=10"]) == 0
    assert asked.study.name == "width"
    assert asked.runs("hidden", "epochs") == [([3], 10)]


def test_compose_gives_what_train_runs(asked, store):
    overrides = ["init=normal", "init.scale=3", "study=learning_rate_by_initialization", "learning_rate=${l2}.5"]
    config = compose(overrides)
    assert config["study"]["name"] == "learning_rate_by_initialization"
    assert config["learning_rate"] == "0.0.5"
    overrides[-1] = "learning_rate=0.25"
    assert main(["train", *overrides]) == 0
    assert asked.settings == [Settings.from_config(compose(overrides))]
