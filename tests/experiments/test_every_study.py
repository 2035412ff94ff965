"""Every study runs on its reduced budget and writes its page; nothing is listed here, all are found."""

from __future__ import annotations

import re

import pytest

from chainrule.app.command_line import find_study
from chainrule.studies import discover

NAMES = discover.names(discover.experiments())


@pytest.mark.parametrize("name", NAMES)
def test_a_reduced_study_writes_its_page(reduced, name) -> None:
    left = reduced(name)
    text = (left.folder / "README.md").read_text(encoding="utf-8")
    assert " ".join(find_study(name).question.split()) in text
    assert re.search(r"^\*\*In short\.\*\* .{40,}\.$", text, re.MULTILINE)
    assert left.findings
    shown = set(re.findall(r"^!\[.*\]\((.*)\)$", text, re.MULTILINE))
    assert shown == {file.name for file in left.folder.glob("*.png")}
    assert len(shown) >= 2


def test_the_studies_have_an_order_of_their_own() -> None:
    orders = [discover.load(discover.experiments(), name).order for name in NAMES]
    assert len(set(orders)) == len(orders) >= 9
