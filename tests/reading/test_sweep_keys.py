"""Which keys a sweep varied, in what order their values come, and which become the axes of a table."""

from __future__ import annotations

import pandas as pd
import pytest

from chainrule.reading import sweep_keys


@pytest.mark.parametrize(
    ("varied", "expected"),
    [
        ({"init": 3, "learning_rate": 2, "seed": 9}, ("init", "learning_rate")),
        ({"init": 2, "l2": 3, "seed": 2}, ("init", "l2")),
        ({"learning_rate": 2, "l2": 3, "activation": 4}, ("activation", "learning_rate")),
        ({"l2": 3, "activation": 4}, ("activation", "l2")),
        ({"l2": 3, "seed": 20}, ("init", "l2")),
        ({"learning_rate": 5}, ("init", "learning_rate")),
        ({"init": 5, "seed": 3}, ("init", "learning_rate")),
        ({"seed": 5}, ("init", "seed")),
        ({}, ("init", "learning_rate")),
    ],
)
def test_axes(varied: dict[str, int], expected: tuple[str, str]) -> None:
    count = 60
    fixed = {"init": "zeros", "learning_rate": 1.0, "seed": 0, "l2": 0.0, "activation": "tanh"}
    runs = pd.DataFrame({key: [value] * count for key, value in fixed.items()})
    for key, levels in varied.items():
        runs[key] = [f"{key}{i % levels}" if isinstance(fixed[key], str) else i % levels for i in range(count)]
    runs.attrs["swept"] = tuple(varied)
    assert sweep_keys.axes(runs) == expected


def test_without_a_note_of_what_was_swept_the_settings_that_vary_count() -> None:
    runs = pd.DataFrame(
        {
            "run": ["a", "b", "c", "d"],
            "init": ["zeros", "zeros", "he_normal", "he_normal"],
            "learning_rate": 1.0,
            "init.scale": [None, None, 2.0, 2.0],
            "activation": ["tanh", "relu", "sine", "elu"],
            "accuracy/test": [0.5, 0.7, 0.9, 0.8],
            "started": range(4),
        }
    )
    assert sweep_keys.swept_keys(runs) == ["activation", "init"]


def test_what_was_swept_is_noted_and_counts_even_if_it_came_with_a_component() -> None:
    runs = pd.DataFrame({"init": ["normal", "zeros"], "init.scale": [2.0, 1.0], "seed": [1, 2], "l2": [0.0, 0.0]})
    runs.attrs["swept"] = ("seed", "init.scale", "init", "l2", "gone")
    assert sweep_keys.swept_keys(runs) == ["init.scale", "init", "seed"]


def test_keys_are_said_in_words() -> None:
    said = [sweep_keys.label(key) for key in ("learning_rate", "r2/test", "train_biases", "init", "backward.hidden")]
    assert said == ["learning rate", "test R²", "train biases", "initialization", "backward.hidden"]


def test_levels_order_numbers_by_size_and_names_by_appearance() -> None:
    assert list(sweep_keys.as_levels(pd.Series([30.0, 0.01, 1.0])).categories) == [0.01, 1.0, 30.0]
    assert list(sweep_keys.as_levels(pd.Series(["zeros", "he_normal", "zeros"])).categories) == ["zeros", "he_normal"]
    mixed = sweep_keys.as_levels(pd.Series([None, 64, 16], dtype=object))
    assert list(mixed.categories) == [16, 64, "null"]
    assert list(sweep_keys.as_levels(pd.Series([[8, 8], [], [8, 8]]))) == ["[8, 8]", "[]", "[8, 8]"]
    assert list(sweep_keys.as_levels(pd.Series([True, False]))) == ["true", "false"]


def test_what_the_runs_share_is_said_and_what_varies_is_not() -> None:
    runs = pd.DataFrame(
        {"dataset": "moons", "hidden": [[8, 8], [8, 8]], "activation": ["tanh", "relu"], "seed": [0, 1]}
    )
    assert sweep_keys.setup(runs) == "moons · hidden [8, 8]"
    assert sweep_keys.setup(runs.iloc[:1]) == "moons · hidden [8, 8] · tanh"
