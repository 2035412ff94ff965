"""What a config's `study` node may hold."""

from __future__ import annotations

import pytest

from chainrule.errors import InputError
from chainrule.study import Study


def test_a_study_is_read_from_its_node():
    node = {"name": "depth", "question": "Why?", "parts": None, "part": None}
    assert Study.from_config({"study": node, "seed": 0}) == Study("depth", "Why?")


def test_a_study_may_have_several_sweeps():
    parts = {"shallow": ["hidden=[2]", "seed=range(5)"], "deep": ["hidden=[2,2]"]}
    study = Study.from_config({"study": {"name": "depth", "parts": parts, "part": "deep"}})
    assert study.parts == parts
    assert study.part == "deep"


@pytest.mark.parametrize(
    ("node", "line"),
    [
        (None, "study=null: must have a name"),
        ("depth", "study=depth: must have a name"),
        ({"name": "depth", "qestion": "Why?"}, "study.qestion=Why?: did you mean question?"),
        ({"name": "depth", "findings": "It works."}, "study.findings=It works.: allowed: name, question, parts, part"),
        ({"name": None}, "study.name=null: must be text"),
        ({"name": 3}, "study.name=3: must be text"),
        ({"name": " "}, "study.name=: must not be empty"),
        (
            {"name": "x" * 201},
            f"study.name={'x' * 200}...: must be one line of printable characters, at most 200 bytes",
        ),
        ({"name": "🙂" * 51}, f"study.name={'🙂' * 51}: must be one line of printable characters, at most 200 bytes"),
        ({"name": "two\nlines"}, "study.name=two lines: must be one line of printable characters"),
        ({"name": "\x1b[31mred"}, "study.name=\\x1b[31mred: must be one line of printable characters"),
        ({"name": "depth", "part": "two\nlines"}, "study.part=two lines: must be one line of printable characters"),
        ({"name": "depth", "question": ["a"]}, "study.question=['a']: must be text"),
        ({"name": "depth", "parts": ["a"]}, "study.parts=['a']: must map each part's name to a list of overrides"),
        ({"name": "depth", "parts": {"a": "seed=1"}}, "study.parts={'a': 'seed=1'}: must map each part's name"),
        ({"name": "depth", "parts": {"a": [1]}}, "study.parts={'a': [1]}: must map each part's name"),
        ({"name": "depth", "part": 1}, "study.part=1: must be text"),
    ],
)
def test_anything_else_is_refused(node, line):
    with pytest.raises(InputError) as refused:
        Study.from_config({"study": node})
    assert str(refused.value).startswith(line)
