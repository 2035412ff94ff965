"""MLflow keeps every setting as text; here a column of texts gets its type back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def typed_column(texts: Sequence[str | None]) -> pd.Series[Any]:
    """The texts as bools, integers, floats or lists if all of them are, else as text.

    None and "null" are missing: NaN among floats and texts, <NA> among integers and bools.
    """
    import pandas as pd

    read = {text: _parse(text) for text in set(texts)}
    kinds = {type(value) for value in read.values()} - {type(None)}
    missing = None in read.values()
    if kinds and kinds <= {int, float}:
        whole = "Int64" if missing else "int64"
        return pd.Series([read[text] for text in texts], dtype="float64" if float in kinds else whole)
    if kinds == {bool}:
        return pd.Series([read[text] for text in texts], dtype="boolean" if missing else "bool")
    if not kinds & {str, int, float, bool}:
        return pd.Series([read[text] for text in texts], dtype="object")
    return pd.Series([None if read[text] is None else text for text in texts], dtype="str")


def _parse(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
