"""`chainrule train` and `chainrule sweep`: Hydra's command line over this project's configs."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.errors import HydraException
from hydra.types import RunMode

from chainrule.app.composing import Loader
from chainrule.app.config_sources import CONFIG_NAME, search_path
from chainrule.app.hydra_internals import Application, HydraLoader, get_args_parser, input_errors
from chainrule.app.input_errors import translated
from chainrule.app.plain_config import Config, plain
from chainrule.arguments import Parser
from chainrule.errors import InputError
from chainrule.study import Study

if TYPE_CHECKING:
    from chainrule.sweep.outcome import Outcome

    Outcomes = Mapping[str | None, list[Outcome]]  # by the study's parts, under None if it has but one sweep
    Changes = Mapping[str | None, Sequence[str]]


def run(argv: Sequence[str], *, multirun: bool) -> int:
    """Run Hydra's command line `argv`; 1 if a run failed. Raises InputError for whatever is wrong in it."""
    outcomes = _run(argv, multirun=multirun)
    return int(any(each.outcome == "failed" for runs in outcomes.values() for each in runs))


def run_study(
    name: str,
    changes: Changes | None = None,
    *,
    uri: str | None = None,
    config_dir: Path | None = None,
    pictures: bool = True,
) -> dict[str | None, str]:
    """Run the sweeps of conf/study/`name`.yaml; the id of each part's sweep, under None if there is but one.

    `changes` are further overrides by part, those under None for all. `config_dir` is searched for the study first, as
    by --config-dir. Raises InputError if the study can't be used, or if one of its runs failed.
    """
    changes = changes or {}
    argv = ["--config-dir", str(config_dir)] if config_dir else []
    argv += [f"study={name}", f"hydra.launcher.pictures={str(pictures).lower()}", *changes.get(None, ())]
    argv += [f"tracking.uri={uri}"] if uri else []
    outcomes = _run(argv, multirun=True, changes=changes)
    runs = [each for part in outcomes.values() for each in part]
    if failed := [each.run for each in runs if each.outcome == "failed"]:
        raise InputError("study", name, f"{len(failed)} of {len(runs)} runs failed, the first is {failed[0]}")
    return {part: str(of_part[0].sweep) for part, of_part in outcomes.items()}


def find_study(name: str, config_dir: Path | None = None) -> Study:
    """The question and the parts of conf/study/`name`.yaml; InputError if there is no such file or it is wrong."""
    return Study.from_config(compose([f"study={name}"], config_dir))


def compose(overrides: Sequence[str], config_dir: Path | None = None) -> Config:
    """The configuration that `chainrule train` would run with `overrides`, as nested dicts; runs nothing."""
    loader = Loader(search_path(first=config_dir))
    return plain(loader.load_configuration(CONFIG_NAME, list(overrides), RunMode.RUN))


def _run(argv: Sequence[str], *, multirun: bool, changes: Changes | None = None) -> Outcomes:
    parser = Parser("sweep" if multirun else "train", parents=[get_args_parser()], add_help=False)
    args = parser.read(argv)
    if args.experimental_rerun:
        raise InputError("option", "--experimental-rerun", "no such option; see `chainrule train --help`")
    name, overrides = args.config_name or CONFIG_NAME, args.overrides
    main, first = (Path(folder) if folder else None for folder in (args.config_path, args.config_dir))
    path = search_path(main, first)
    app = Application("chainrule", Loader(path))
    try:
        with app.active():
            if args.help:
                app.app_help(name, parser, args)
            elif args.hydra_help:
                app.hydra_help(name, parser, args)
            elif args.cfg:
                _show_config(app, name, overrides, args)
            elif args.info:
                app.show_info(args.info, name, overrides)
            elif args.shell_completion:
                with input_errors("--shell-completion", " ".join(overrides)):
                    app.shell_completion(name, overrides)
            elif multirun or args.multirun:
                from chainrule.app.multirun import run_sweeps

                return run_sweeps(app, name, [*overrides, "hydra.mode=MULTIRUN"], changes)
            else:
                from chainrule.app.launchers import job

                return {None: [app.run_job(name, job, [*overrides, "hydra.mode=RUN"])]}
            return {}
    except HydraException as error:
        raise translated(error, name, overrides, HydraLoader(path)) from error


def _show_config(app: Application, name: str, overrides: list[str], args: argparse.Namespace) -> None:
    """--cfg, --package, --resolve; a package that isn't there, for which Hydra exits, is an InputError."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), input_errors("--cfg", args.cfg):
            app.show_cfg(name, overrides, args.cfg, args.package, args.resolve)
    except SystemExit:
        raise InputError("--package", args.package, said.getvalue()) from None
