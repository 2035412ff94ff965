"""Arguments of a subcommand, parsed by argparse; what can't be used is an InputError."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from chainrule.errors import InputError, suggestion


class Parser(argparse.ArgumentParser):
    """argparse for `chainrule COMMAND`: options and positional arguments in any order, no abbreviations."""

    def __init__(self, command: str, **settings: Any) -> None:
        super().__init__(prog=f"chainrule {command}", allow_abbrev=False, **settings)
        self._given: Sequence[str] = ()

    def read(self, argv: Sequence[str]) -> argparse.Namespace:
        """The arguments as attributes. Raises InputError for an unknown option or a value of the wrong type."""
        self._given = argv
        options, unknown = self.parse_known_intermixed_args(list(argv))
        if unknown:
            near = suggestion(unknown[0], self._option_string_actions)
            raise InputError("option", unknown[0], f"no such option; {near}see `{self.prog} --help`")
        return options

    def error(self, message: str) -> NoReturn:
        """In one line what argparse would print below its usage, before it ends the process."""
        raise InputError("options", " ".join(self._given), message)
