"""What holds for every picture of a sweep: nothing is cut off, nothing global is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from chainrule.figures.comparison import comparison
from chainrule.figures.curves import fan
from chainrule.figures.heatmap import heatmap
from chainrule.figures.style import DPI, save

PICTURES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Figure]] = {
    "heatmap": lambda runs, curves: heatmap(runs),
    "fan": fan,
    "comparison": comparison,
}


def words(figure: Figure) -> list[Text]:
    """What is written outside of the panels, and the titles and labels of those."""
    texts = [text for axes in figure.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label)]
    return [text for text in (*figure.texts, *texts) if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_all_words_are_on_the_page_and_lines_of_text_do_not_overlap(draw, case) -> None:
    before = dict(mpl.rcParams)
    figure = draw(*case)
    figure.draw_without_rendering()
    assert dict(mpl.rcParams) == before
    paper = figure.bbox
    for text in words(figure):
        box = text.get_window_extent()
        assert box.x0 >= paper.x0 - 1, text.get_text()
        assert box.x1 <= paper.x1 + 1, text.get_text()
        assert box.y0 >= paper.y0 - 1, text.get_text()
        assert box.y1 <= paper.y1 + 1, text.get_text()
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    panels = [axes.get_window_extent() for axes in figure.axes]
    for box in boxes:
        assert not any(box.overlaps(panel) for panel in panels)
    assert boxes[0].y0 >= boxes[1].y1 - 1  # the title stands above its subtitle


def test_pictures_are_written_as_png_at_the_house_resolution(sweep, tmp_path: Path) -> None:
    figure = heatmap(sweep()[0])
    path = save(figure, tmp_path / "new" / "folder" / "picture.png")
    height, width, _ = imread(path).shape
    assert (width, height) == tuple(np.floor(figure.get_size_inches() * DPI + 1e-9).astype(int))
    assert 150 <= DPI <= 200


def test_drawing_needs_neither_pyplot_nor_a_display() -> None:
    code = (
        "import sys; import chainrule.figures.comparison, chainrule.figures.curves, chainrule.figures.heatmap,"
        "chainrule.figures.ledger; sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
