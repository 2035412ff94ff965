"""What a sweep keeps of the command that started it."""

from __future__ import annotations

import pytest

from chainrule.sweep.provenance import typed_command


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["/opt/bin/chainrule", "sweep", "hidden=[8]", "seed=1,2"], "chainrule sweep 'hidden=[8]' seed=1,2"),
        (["/src/chainrule/__main__.py", "sweep", "a=1"], "chainrule sweep a=1"),
        (["chainrule", "sweep", "tracking.uri=postgresql://me:secret@host/db", "a=1"], "chainrule sweep a=1"),
        (["chainrule", "studies", "--uri", "postgresql+psycopg://me:secret@host/db", "one"], "chainrule studies one"),
        (["chainrule", "sweep", "++tracking.uri=x"], "chainrule sweep"),
        (["/usr/bin/pytest", "sweep", "a=1"], None),
    ],
)
def test_it_can_be_typed_again_and_holds_no_password(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], told: str | None
) -> None:
    monkeypatch.setattr("sys.argv", argv)
    assert typed_command() == told
