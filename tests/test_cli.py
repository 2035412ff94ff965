"""The command's table, its exit codes, and that asking it for help loads nothing heavy."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from chainrule import cli
from chainrule.errors import InputError
from chainrule.sweep.interrupts import SIGNALS


def stand_in(monkeypatch: pytest.MonkeyPatch, run) -> None:
    monkeypatch.setattr(cli, "command", lambda name: SimpleNamespace(main=run, SUMMARY="a stand-in", ORDER=1))


def test_the_words_after_the_command_reach_it_and_its_exit_code_comes_back(monkeypatch):
    stand_in(monkeypatch, lambda argv: len(argv))
    assert cli.main(["try", "a=1", "--flag", "b"]) == 3


def test_wrong_input_is_one_line_and_exit_code_2(monkeypatch, capsys):
    def refuse(_):
        raise InputError("key", "value", "must be\nanother")

    stand_in(monkeypatch, refuse)
    assert cli.main(["try"]) == 2
    assert capsys.readouterr() == ("", "chainrule: key=value: must be another\n")


def test_interruption_is_one_line_and_exit_code_130(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    stand_in(monkeypatch, interrupt)
    assert cli.main(["try"]) == 130
    assert capsys.readouterr() == ("", "chainrule: interrupted\n")


def test_sigterm_ends_a_command_as_ctrl_c_does_with_its_own_exit_code(monkeypatch, capsys):
    before = [signal.getsignal(number) for number in SIGNALS]
    try:
        stand_in(monkeypatch, lambda _: os.kill(os.getpid(), signal.SIGTERM))
        assert cli.main(["try"]) == 143
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
    assert capsys.readouterr() == ("", "chainrule: interrupted\n")


def test_signals_are_as_before_when_a_command_is_done(monkeypatch):
    before = [signal.getsignal(number) for number in SIGNALS]
    stand_in(monkeypatch, lambda _: 0)
    assert cli.main(["try"]) == 0
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("typed", ["train --help", "--help"])
def test_a_reader_that_goes_away_is_no_error(typed):
    """As by `| head -1`; the pipe is closed before anything is written, so that it can't depend on speed."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "chainrule", *typed.split()]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


def test_a_bug_is_not_hidden(monkeypatch):
    def fail(_):
        raise ValueError("a bug")

    stand_in(monkeypatch, fail)
    with pytest.raises(ValueError, match="a bug"):
        cli.main(["try"])


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(capsys, argv):
    assert cli.main(argv) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert {"train", "sweep", "compare", "explain", "studies", "bench", "ui"} <= set(cli.names())
    for name in cli.names():
        assert re.search(rf"^  {name} +{re.escape(cli.command(name).SUMMARY)}$", out, re.MULTILINE)
    assert max(map(len, out.splitlines())) <= 100


def test_help_as_a_module_loads_no_numpy_hydra_or_mlflow():
    program = (
        "import runpy, sys\n"
        "sys.argv = ['chainrule', '--help']\n"
        "try:\n"
        "    runpy.run_module('chainrule', run_name='__main__')\n"
        "except SystemExit as done:\n"
        "    assert not done.code\n"
        "print(sorted({'numpy', 'hydra', 'mlflow', 'pandas', 'sklearn', 'scipy', 'rich'} & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert shown.stdout.startswith("usage: chainrule COMMAND")
    assert shown.stdout.splitlines()[-1] == "[]"
    assert shown.stderr == ""
