import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.reading.typed import typed_column
from chainrule.record.records import to_text


@pytest.mark.parametrize(
    ("texts", "dtype", "values"),
    [
        (["1", "-2"], "int64", [1, -2]),
        (["1", "0.5", "1e-05"], "float64", [1.0, 0.5, 1e-05]),
        (["1", "null"], "Int64", [1, pd.NA]),
        (["0.5", None], "float64", [0.5, float("nan")]),
        (["true", "false"], "bool", [True, False]),
        (["true", "null"], "boolean", [True, pd.NA]),
        (["[8, 4]", "[]"], "object", [[8, 4], []]),
        (["null", "null"], "object", [None, None]),
        (["zeros", "he_normal"], "str", ["zeros", "he_normal"]),
        (["zeros", None], "str", ["zeros", float("nan")]),
        (["zeros", "0.5"], "str", ["zeros", "0.5"]),
        (["true", "1"], "str", ["true", "1"]),
        ([], "object", []),
    ],
)
def test_a_column_has_the_type_all_its_values_share(texts: list[str | None], dtype: str, values: list[Any]) -> None:
    pd.testing.assert_series_equal(typed_column(texts), pd.Series(values, dtype=dtype))


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_numbers_come_back_to_the_last_bit(numbers: list[float]) -> None:
    assert typed_column([to_text(number) for number in numbers]).tolist() == numbers


@given(st.text())
def test_text_comes_back_as_it_was(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        assert typed_column([to_text(text)]).tolist() == [text]
