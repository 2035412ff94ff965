"""The command `chainrule`: each module of `chainrule.commands` is a subcommand, imported when its name is typed."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from chainrule import commands
from chainrule.errors import InputError, one_of
from chainrule.sweep.interrupts import Interrupted, interrupts_raised

INTERRUPTED = 130  # the shell's exit code for Ctrl-C
PIPE_CLOSED = 141  # the shell's for SIGPIPE, by which most commands end


class Command(Protocol):
    """What a module of `chainrule.commands` defines. Importing it loads nothing heavy: `chainrule --help` asks all."""

    SUMMARY: str  # its line in `chainrule --help`
    ORDER: int  # its place there

    def main(self, argv: Sequence[str]) -> int:
        """Run with the arguments after the subcommand's name; the exit code. Raises InputError for wrong input."""


def names() -> list[str]:
    """The subcommands: the modules of `chainrule.commands`."""
    return [module.name for module in pkgutil.iter_modules(commands.__path__)]


def command(name: str) -> Command:
    """The subcommand `name`; InputError with the nearest match if there is none."""
    if name not in names():
        raise InputError("command", name, one_of(name, names()))
    return cast(Command, importlib.import_module(f"{commands.__name__}.{name}"))


def usage() -> str:
    """The help of `chainrule` itself."""
    every = sorted(((name, command(name)) for name in names()), key=lambda pair: pair[1].ORDER)
    lines = "\n".join(f"  {name:<9}{each.SUMMARY}" for name, each in every)
    return (
        "usage: chainrule COMMAND [ARGUMENTS ...]\n\n"
        "What does each factor of the chain rule do when a network learns?\n\n"
        f"commands:\n{lines}\n\n`chainrule COMMAND --help` says more about one of them."
    )


def _show_usage() -> int:
    sys.stdout.write(f"{usage()}\n")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `argv` (by default the process's arguments); the exit code, 2 for wrong input, 130 for Ctrl-C.

    SIGTERM and SIGHUP end it as Ctrl-C does, with 143 and 129.
    """
    # Loading makes many objects and hardly any garbage: to look for some after every 700, Python's default, takes a
    # sixth of the start.
    gc.set_threshold(50_000)
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        with interrupts_raised():
            code = _show_usage() if name in ("--help", "-h", "help") else command(name).main(rest)
            sys.stdout.flush()
            return code
    except InputError as error:
        sys.stderr.write(f"chainrule: {error}\n")
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        with contextlib.suppress(OSError):  # the terminal may be closed
            sys.stderr.write("chainrule: interrupted\n")
        return interrupt.code if isinstance(interrupt, Interrupted) else INTERRUPTED
    except BrokenPipeError:  # such as by `| head`: nobody reads on
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # Python writes what is left when it ends
        return PIPE_CLOSED
