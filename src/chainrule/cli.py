"""The command `chainrule`: a table of subcommands, each loaded only when it is the one that was typed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainrule.errors import InputError, one_of

INTERRUPTED = 130  # the shell's exit code for Ctrl-C
REFUSED = 2  # wrong input, as argparse and most commands have it


def _train(argv: Sequence[str]) -> int:
    from chainrule.app.door import main

    return main(argv, multirun=False)


def _sweep(argv: Sequence[str]) -> int:
    from chainrule.app.door import main

    return main(argv, multirun=True)


def _compare(argv: Sequence[str]) -> int:
    from chainrule.compare import main

    return main(argv)


def _explain(argv: Sequence[str]) -> int:
    from chainrule.explain import main

    return main(argv)


def _studies(argv: Sequence[str]) -> int:
    from chainrule.studies.command import main

    return main(argv)


def _bench(argv: Sequence[str]) -> int:
    from chainrule.bench.command import main

    return main(argv)


def _ui(argv: Sequence[str]) -> int:
    from chainrule.ui import main

    return main(argv)


@dataclass(frozen=True)
class Command:
    """A subcommand: its word, a line of help, and what it does with the arguments after the word."""

    name: str
    help: str
    run: Callable[[Sequence[str]], int]


COMMANDS = (
    Command("train", "train and record one run: chainrule train learning_rate=0.5 init=he_normal", _train),
    Command("sweep", "train every combination: chainrule sweep learning_rate=0.1,1,10 seed=range(5)", _sweep),
    Command("compare", "the newest sweep side by side: best rate per initialization, curves, pandas", _compare),
    Command("explain", "the chain rule step by step: chainrule explain dataset=iris hidden=[4] sample=3", _explain),
    Command("studies", "published results, reproduced: runs the studies, writes experiments/", _studies),
    Command("bench", "this program beside its peers: speed of training, composing, writing, reading", _bench),
    Command("ui", "open the recorded runs in MLflow's user interface, on this machine only", _ui),
)


def usage() -> str:
    """The help of `chainrule` itself."""
    lines = "\n".join(f"  {command.name:<9}{command.help}" for command in COMMANDS)
    return (
        "usage: chainrule COMMAND [ARGUMENTS ...]\n\n"
        "What does each factor of the chain rule do when a network learns?\n\n"
        f"commands:\n{lines}\n\n`chainrule COMMAND --help` says more about one of them."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run `argv` (by default the process's arguments); the exit code, 2 for wrong input, 130 for Ctrl-C."""
    # Loading makes many objects and hardly any garbage: to look for some after every 700, Python's default, takes a
    # sixth of the start.
    gc.set_threshold(50_000)
    word, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if word in ("--help", "-h", "help"):
        sys.stdout.write(f"{usage()}\n")
        return 0
    commands = {command.name: command for command in COMMANDS}
    try:
        if word not in commands:
            raise InputError("command", word, one_of(word, commands))
        return commands[word].run(rest)
    except InputError as error:
        sys.stderr.write(f"chainrule: {error}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("chainrule: interrupted\n")
        return INTERRUPTED
