"""The exponent of a power law, exact and between scattered values."""

from __future__ import annotations

import pandas as pd
import pytest

from chainrule.studies.fit import log_log_slope


def test_a_power_law_has_its_exponent() -> None:
    assert log_log_slope([1, 10, 100], [5, 0.05, 0.0005]) == pytest.approx(-2)


def test_scatter_is_weighed_on_the_logarithms() -> None:
    """By hand, in powers of ten: x = -1, 0, 1 and y = 0, 2, 2 have the slope (1 * 2 - 1 * 0) / 2 = 1."""
    values = pd.Series([1.0, 100.0, 100.0], index=[0.1, 1.0, 10.0])
    assert log_log_slope(values.index, values) == pytest.approx(1)
