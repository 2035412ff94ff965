"""What a config's `study` node may hold."""

from __future__ import annotations

import pytest

from chainrule.errors import InputError
from chainrule.study import Study


def test_a_study_is_read_from_its_node():
    node = {"name": "depth", "question": "Why?", "findings": None}
    assert Study.from_config({"study": node, "seed": 0}) == Study("depth", "Why?", None)


@pytest.mark.parametrize(
    ("node", "line"),
    [
        (None, "study=null: must have a name"),
        ("depth", "study=depth: must have a name"),
        ({"name": "depth", "qestion": "Why?"}, "study.qestion=Why?: did you mean question?"),
        ({"name": None}, "study.name=null: must be text"),
        ({"name": 3}, "study.name=3: must be text"),
        ({"name": " "}, "study.name=: must not be empty"),
        ({"name": "depth", "findings": ["a"]}, "study.findings=['a']: must be text"),
    ],
)
def test_anything_else_is_refused(node, line):
    with pytest.raises(InputError) as refused:
        Study.from_config({"study": node})
    assert str(refused.value).startswith(line)
