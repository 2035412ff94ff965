"""Numbers on ticks, scales, and the axis that keeps a place for epoch 0."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from chainrule import formats
from chainrule.figures import style


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.01, "0.01"), (30, "30"), (1000, "1000"), (1e-5, "1e-5"), (3e-7, "3e-7"), (1e8, "1e8"), (0, "0")],
)
def test_plain_numbers(value: float, shown: str) -> None:
    assert formats.tick(value) == shown


@given(st.floats(1e-300, 1e300))
def test_a_plain_number_reads_back_to_three_digits(value: float) -> None:
    assert float(formats.tick(value)) == pytest.approx(value, rel=6e-3)


def test_a_scale_is_logarithmic_only_for_positive_values_far_apart() -> None:
    assert isinstance(style.scale(np.array([0.01, 1.0, np.nan])), LogNorm)
    assert not isinstance(style.scale(np.array([1.0, 1.1])), LogNorm)
    assert not isinstance(style.scale(np.array([0.0, 100.0])), LogNorm)
    equal = style.scale(np.array([2.0, 2.0]))
    assert float(equal(2.0)) == 0.5
    assert style.scale(np.array([np.nan])).vmax == 1.0


@given(st.floats(1e-12, 1e3), st.floats(1, 1e6))
def test_a_logarithmic_axis_shows_the_values_and_at_least_two_numbers(low: float, ratio: float) -> None:
    axes = Figure().add_subplot()
    style.log_axis(axes, low, low * ratio)
    bottom, top = axes.get_ylim()
    assert bottom <= low * (1 + 1e-9)
    assert top >= low * ratio * (1 - 1e-9)
    assert np.sum((axes.get_yticks() >= bottom) & (axes.get_yticks() <= top)) >= 2


def test_a_band_is_the_median_within_the_quartiles() -> None:
    """Columns 0, 1, 2, 3, 10 at the first place, ten times that at the second."""
    axes = Figure().add_subplot()
    samples = np.array([0.0, 1.0, 2.0, 3.0, 10.0])
    style.band(axes, pd.DataFrame([samples, 10 * samples], index=[5, 6]), style.GREEN, "green", linewidth=1.5)
    (line,) = axes.lines
    assert list(line.get_xdata()) == [5, 6]
    assert list(line.get_ydata()) == [2, 20]
    assert (line.get_color(), line.get_label(), line.get_linewidth()) == (style.GREEN, "green", 1.5)
    assert line.get_marker() == "None"
    vertices = axes.collections[0].get_paths()[0].vertices
    assert set(vertices[vertices[:, 0] == 6][:, 1]) == {10, 30}


def test_a_band_at_a_single_place_is_a_dot() -> None:
    axes = Figure().add_subplot()
    style.band(axes, pd.DataFrame([[1.0, 2.0], [np.nan, np.nan]]), style.BLUE)
    assert axes.lines[0].get_marker() == "o"


def test_the_style_decides_on_grids_and_legends() -> None:
    @style.styled
    def draw() -> Figure:
        figure = style.page(4, 3, "A title")
        figure.add_subplot().plot([1, 2], label="a line")
        figure.axes[0].legend()
        return figure

    axes = draw().axes[0]
    assert all(line.get_visible() for line in axes.get_xgridlines() + axes.get_ygridlines())
    assert not axes.get_legend().get_frame_on()
