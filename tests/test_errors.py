"""What an error suggests for a name that is not known."""

from __future__ import annotations

import pytest

from chainrule.errors import one_of, suggestion

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
