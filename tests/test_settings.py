"""From a config to settings and back, and the one line that every wrong value gets."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from chainrule.components import create, kinds, names
from chainrule.errors import InputError
from chainrule.settings import NOT_SETTINGS, Settings

Config = dict[str, Any]


def test_the_config_file_is_complete_and_right(default_config: Config) -> None:
    settings = Settings.from_config(default_config)
    assert settings.dataset == create("dataset", "moons")
    assert settings.hidden == (8,)
    assert settings.learning_rate == 1.0
    assert settings.batch_size is None
    assert settings.record.points == 100


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind != "backward"])
def test_every_registered_name_goes_there_and_back(default_config: Config, kind: str) -> None:
    # cross-entropy suits two outputs only, so each of these two is tried beside a partner that suits it
    partner = {"cost": {"output": "sigmoid"}, "output": {"cost": "quadratic"}}.get(kind, {})
    for name in names(kind):
        settings = Settings.from_config({**default_config, **partner, kind: name})
        assert getattr(settings, kind) == create(kind, name)
        again = Settings.from_config(settings.config())
        assert again == settings
        assert hash(again) == hash(settings)


def test_fields_and_sections_go_there_and_back(default_config: Config) -> None:
    default_config |= {
        "init": {"name": "normal", "scale": 2, "bias": "uniform"},
        "optimizer": {"name": "adam", "beta1": 0.5},
        "dataset": {"name": "moons", "noise": 0.3, "seed": 4},
        "hidden": [],
        "batch_size": 16,
        "backward": {"hidden": "offset", "output": "one"},
    }
    default_config["record"] |= {"points": 7, "curves": ["slope", "cost"]}
    settings = Settings.from_config(default_config)
    assert Settings.from_config(settings.config()) == settings
    params = settings.params()
    assert params["init"] == "normal"
    assert params["init.scale"] == 2.0
    assert params["init.bias"] == "uniform"
    assert params["optimizer.beta1"] == 0.5
    assert params["optimizer.beta2"] == 0.999
    assert params["dataset.noise"] == 0.3
    assert params["hidden"] == []
    assert params["backward.hidden"] == "offset"
    assert params["record.curves"] == ["cost", "slope"]  # in the order they are written down, whatever was asked


def test_the_cost_is_recorded_in_any_case(default_config: Config) -> None:
    for asked, kept in ((["slope"], ("cost", "slope")), ([], ("cost",))):
        default_config["record"] |= {"curves": asked}
        assert Settings.from_config(default_config).record.curves == kept


def test_params_are_the_config_keys(default_config: Config) -> None:
    """A key of the file, or one of its sections' dotted, or a component's field dotted behind it."""
    params = Settings.from_config(default_config).params()
    expected = set()
    for key, value in default_config.items():
        if key in NOT_SETTINGS:
            continue
        if key in kinds() and key != "backward":
            expected |= {key, *(f"{key}.{field}" for field in create(key, value).fields())}
        else:
            expected |= {f"{key}.{field}" for field in value} if isinstance(value, dict) else {key}
    assert set(params) == expected
    assert all(not dataclasses.is_dataclass(value) for value in params.values())


@pytest.mark.parametrize(("written", "held"), [(True, "all"), (False, "none"), ("hidden", "hidden")])
def test_true_and_false_are_words_for_all_and_no_biases(default_config: Config, written: Any, held: str) -> None:
    assert Settings.from_config({**default_config, "train_biases": written}).train_biases == held


def test_equal_settings_are_equal_and_different_ones_are_not(default_config: Config) -> None:
    first, same = Settings.from_config(default_config), Settings.from_config(default_config)
    assert first == same
    assert len({first, same}) == 1
    for key, value in (("seed", 1), ("l2", 0.1), ("hidden", [9]), ("activation", "tanh"), ("init", "he_normal")):
        assert Settings.from_config({**default_config, key: value}) != first


WRONG: list[tuple[Config, str]] = [
    ({"learning_rate": -1}, "learning_rate=-1: must be a number above 0"),
    ({"learning_rate": 0}, "learning_rate=0: must be a number above 0"),
    ({"learning_rate": "abc"}, "learning_rate=abc: must be a number above 0"),
    ({"learning_rate": float("nan")}, "learning_rate=nan: must be a number above 0"),
    ({"learning_rate": float("inf")}, "learning_rate=inf: must be a number above 0"),
    ({"learning_rate": None}, "learning_rate=null: must be a number above 0"),
    ({"learning_rate": [0.1, 1]}, "learning_rate=[0.1, 1]: must be a number above 0"),
    ({"lerning_rate": 1}, "lerning_rate=1: there is no such setting; did you mean learning_rate? allowed:"),
    ({"init": "xavierr"}, "init=xavierr: did you mean xavier_"),
    ({"init": {"name": "normal", "scale": -1}}, "init.scale=-1: must be a number at least 0"),
    ({"init": {"scale": 1}}, "init=null: allowed: zeros,"),
    ({"hidden": [0]}, "hidden=[0]: each must be a whole number at least 1"),
    ({"hidden": [8, -2]}, "hidden=[8, -2]: each must be a whole number at least 1"),
    ({"hidden": [2.5]}, "hidden=[2.5]: each must be a whole number at least 1"),
    ({"hidden": [True]}, "hidden=[True]: each must be a whole number at least 1"),
    ({"hidden": "8x"}, "hidden=8x: must be a list of layer widths such as [8] or [16,16], or [] for none"),
    ({"hidden": 8}, "hidden=8: must be a list of layer widths"),
    ({"hidden": None}, "hidden=null: must be a list of layer widths"),
    ({"dataset": "irs"}, "dataset=irs: did you mean iris? allowed:"),
    ({"dataset": {"name": "moons", "nosie": 1}}, "dataset.nosie=1: moons has no such field; did you mean noise?"),
    ({"epochs": 0}, "epochs=0: must be a whole number at least 1"),
    ({"epochs": 1.5}, "epochs=1.5: must be a whole number at least 1"),
    ({"epochs": 10**400}, "epochs=1000"),
    ({"epochs": 1e308}, "epochs=1e+308: must be a whole number at least 1 and at most 1000000"),
    ({"seed": "1"}, "seed='1': is text; without quotes it would be a number; it must be a whole number at least 0"),
    ({"hidden": [100_001]}, "hidden=[100001]: each must be a whole number at least 1 and at most 100000"),
    ({"hidden": [10_000, 10_000]}, "hidden=[10000, 10000]: makes 100,000,000 weights between hidden layers, at most"),
    ({"hidden": [1] * 1001}, "hidden=[1, 1, 1, "),
    ({"schedule": {"name": "warmup", "length": 1e308}}, "schedule.length=1e+308: must be a whole number at least 1"),
    ({"batch_size": 0}, "batch_size=0: must be a whole number at least 1"),
    ({"l2": -0.5}, "l2=-0.5: must be a number at least 0"),
    ({"seed": -1}, "seed=-1: must be a whole number at least 0"),
    ({"seed": 2**32}, f"seed={2**32}: must be a whole number at least 0"),
    ({"dtype": "float16"}, "dtype=float16: did you mean float64? allowed: float64, float32"),
    ({"train_biases": "no"}, "train_biases=no: "),
    ({"train_biases": 1}, "train_biases=1: "),
    (
        {"cost": "cross_entropy", "output": "identity"},
        "cost=cross_entropy: makes no sense on output=identity; it goes with output=sigmoid or softmax",
    ),
    ({"cost": "cross_entropy", "output": "tanh"}, "cost=cross_entropy: makes no sense on output=tanh"),
    ({"backward": "one"}, "backward=one: must have the keys hidden and output"),
    ({"backward": {"hidden": "one"}}, "backward.output=null: is missing from the configuration"),
    ({"backward": {"hidden": "on", "output": "exact"}}, "backward.hidden=on: did you mean one?"),
    ({"backward": {"hidden": "one", "output": "one", "input": "one"}}, "backward.input=one: there is no such setting;"),
]
WRONG_IN_SECTIONS = [
    ("record", "points", 1, "record.points=1: must be a whole number at least 2"),
    ("record", "curves", "cost", "record.curves=cost: must be a list; allowed: cost,"),
    ("record", "curves", ["cots"], "record.curves=cots: did you mean cost?"),
    ("record", "point", 9, "record.point=9: there is no such setting; did you mean points?"),
    ("check", "method", "centre", "check.method=centre: did you mean central? allowed: central, forward, complex"),
    ("check", "step", -1e-5, "check.step=-1e-05: must be a number above 0"),
    ("check", "directions", -1, "check.directions=-1: must be a whole number at least 0"),
    ("check", "directions", 1e308, "check.directions=1e+308: must be a whole number at least 0 and at most 1000"),
    ("record", "points", 10**20, "record.points=100000000000000000000: must be a whole number at least 2 and at most"),
    ("check", "slip", "no_mean", "check.slip=no_mean: did you mean without_mean? allowed: none, without_mean,"),
]


def refusal(config: Config) -> str:
    with pytest.raises(InputError) as refused:
        Settings.from_config(config)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(("changed", "line"), WRONG, ids=[line[:40] for _, line in WRONG])
def test_a_wrong_value_is_one_line(default_config: Config, changed: Config, line: str) -> None:
    assert refusal({**default_config, **changed}).startswith(line)


@pytest.mark.parametrize(("section", "key", "value", "line"), WRONG_IN_SECTIONS, ids=lambda v: str(v)[:30])
def test_a_wrong_value_in_a_section_is_one_line(
    default_config: Config, section: str, key: str, value: Any, line: str
) -> None:
    default_config[section][key] = value
    assert refusal(default_config).startswith(line)


def test_a_missing_key_is_named(default_config: Config) -> None:
    for key in set(default_config) - set(NOT_SETTINGS):
        rest = {other: value for other, value in default_config.items() if other != key}
        assert refusal(rest) == f"{key}=null: is missing from the configuration"
