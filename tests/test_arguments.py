"""Subcommands' arguments: any order, and what is wrong is one line."""

from __future__ import annotations

import pytest

from chainrule.arguments import Parser
from chainrule.errors import InputError


@pytest.fixture
def parser() -> Parser:
    made = Parser("try")
    made.add_argument("names", nargs="*")
    made.add_argument("--epochs", type=int)
    made.add_argument("--cfg", choices=["job", "all"])
    return made


def test_options_stand_anywhere(parser):
    read = parser.read(["a=1", "--epochs", "3", "b"])
    assert (read.names, read.epochs, read.cfg) == (["a=1", "b"], 3, None)


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--epoch", "3"], "option=--epoch: no such option; did you mean --epochs? see `chainrule try --help`"),
        (["--frob"], "option=--frob: no such option; see `chainrule try --help`"),
        (["x", "--epochs", "three"], "options=x --epochs three: argument --epochs: invalid int value: 'three'"),
        (["--epochs"], "options=--epochs: argument --epochs: expected one argument"),
        (["--cfg", "none"], "options=--cfg none: argument --cfg: invalid choice: 'none' (choose from 'job', 'all')"),
    ],
)
def test_what_is_wrong_is_one_line(parser, argv, line):
    with pytest.raises(InputError) as error:
        parser.read(argv)
    assert str(error.value) == line
