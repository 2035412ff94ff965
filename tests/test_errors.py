"""What an error suggests for a name that is not known."""

from __future__ import annotations

import pytest

from chainrule.errors import InputError, one_of, suggestion

INITIALIZERS = ["zeros", "he_normal", "he_uniform", "xavier_normal", "torch_uniform"]
DATASETS = ["moons", "circles", "iris", "wine", "breast_cancer"]


@pytest.mark.parametrize(
    ("typed", "choices", "meant"),
    [
        ("he", INITIALIZERS, "did you mean he_normal or he_uniform? "),
        ("xavier", INITIALIZERS, "did you mean xavier_normal? "),
        ("xavierr", INITIALIZERS, "did you mean xavier_normal? "),
        ("HE_Normal", INITIALIZERS, "did you mean he_normal? "),
        ("iirs", DATASETS, "did you mean iris? "),
        ("nope", DATASETS, ""),  # half of its letters are those of wine
        ("", DATASETS, ""),
        (None, DATASETS, ""),
        (3, DATASETS, ""),
        ("a", ["ba", "aa", "ab", "ac", "ad"], "did you mean aa or ab or ac? "),
        ("--picture", ["--help", "--pictures"], "did you mean --pictures? "),
        ("--frob", ["--help", "--info"], ""),  # dashes make no likeness
        ("b", [], ""),
    ],
)
def test_what_was_meant_begins_with_what_was_typed_or_is_spelt_alike(typed, choices, meant):
    assert suggestion(typed, choices) == meant


def test_what_is_allowed_is_always_said():
    assert one_of("nope", DATASETS) == "allowed: moons, circles, iris, wine, breast_cancer"
    assert one_of("win", iter(DATASETS)).startswith("did you mean wine? allowed: moons, ")


def test_a_refusal_is_one_line_that_no_terminal_obeys():
    error = InputError("a\x1bb", "red \x1b[31m\n\r text\x07\u202e", "allowed: \x9b1m, café 🙂")
    assert str(error) == r"a\x1bb=red \x1b[31m text\x07\u202e: allowed: \x9b1m, café 🙂"
    assert error.value == "red \x1b[31m\n\r text\x07\u202e"


def test_a_refusal_is_short_whatever_was_typed():
    error = InputError("k" * 10**6, "v" * 10**6, "r" * 10**6)
    assert str(error) == f"{'k' * 200}...={'v' * 200}...: {'r' * 2000}..."
