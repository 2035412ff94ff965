"""`chainrule train` and `chainrule sweep`: Hydra's command line over this project's configs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from hydra import version
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobReturn, env_override, setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode

from chainrule.app.config_store import fill_config_store
from chainrule.app.hydra_app import App
from chainrule.app.job import as_plain, job
from chainrule.app.loader import Config, Loader, without_hydra
from chainrule.app.refusals import refusal
from chainrule.errors import InputError
from chainrule.paths import project_root

CONFIG_NAME = "config"


def main(argv: Sequence[str], *, multirun: bool) -> int:
    """Run Hydra's command line `argv`; raises InputError for whatever is wrong in it."""
    version.setbase("1.3")
    fill_config_store()
    parser = get_args_parser()
    args = _parse(parser, argv)
    loader = Loader(_search_path(args))
    app = App("chainrule", loader)
    GlobalHydra.instance().initialize(app)
    try:
        with env_override({"HYDRA_FULL_ERROR": "1"}):  # otherwise Hydra prints errors itself and exits
            return _dispatch(app, parser, args, multirun=multirun or args.multirun)
    except HydraException as error:
        raise refusal(error, args.config_name, args.overrides, loader) from error
    finally:
        GlobalHydra.instance().clear()


def compose(overrides: Sequence[str]) -> Config:
    """The configuration that `chainrule train` would run with `overrides`, as nested dicts; runs nothing."""
    version.setbase("1.3")
    fill_config_store()
    setup_globals()
    loader = Loader(create_config_search_path(str(project_root() / "conf")))
    return as_plain(without_hydra(loader.load_configuration(CONFIG_NAME, list(overrides), RunMode.RUN)))


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    parser.exit_on_error = False
    try:
        args, unknown = parser.parse_known_intermixed_args(list(argv))
    except argparse.ArgumentError as error:
        raise InputError("options", " ".join(argv), str(error)) from None
    if unknown or args.experimental_rerun:
        refused = unknown or ["--experimental-rerun"]
        raise InputError("option", " ".join(refused), "no such option; see `chainrule train --help`")
    args.config_name = args.config_name or CONFIG_NAME
    return args


def _search_path(args: argparse.Namespace) -> ConfigSearchPath:
    """Where configs are looked for: the project's conf/ and, before it, a folder of one's own (--config-dir)."""
    main_folder = Path(args.config_path).resolve() if args.config_path else project_root() / "conf"
    search_path = create_config_search_path(str(main_folder))
    if args.config_dir is not None:
        own = Path(args.config_dir).resolve()
        if not own.is_dir():
            raise InputError("--config-dir", args.config_dir, "there is no such folder")
        search_path.prepend("command-line", f"file://{own}", anchor=SearchPathQuery(provider="schema"))
    return search_path


def _dispatch(app: App, parser: argparse.ArgumentParser, args: argparse.Namespace, *, multirun: bool) -> int:
    """The exit code: 1 if a run failed."""
    done: list[JobReturn] = []
    name, overrides = args.config_name, args.overrides
    if args.help:
        app.app_help(name, parser, args)
    elif args.hydra_help:
        app.hydra_help(name, parser, args)
    elif args.cfg:
        app.show_cfg(name, overrides, args.cfg, args.package, args.resolve)
    elif args.info:
        app.show_info(args.info, name, overrides)
    elif args.shell_completion:
        app.shell_completion(name, overrides)
    elif multirun:
        done = app.multirun(name, job, [*overrides, "hydra.mode=MULTIRUN"])
    else:
        done = [app.run(name, job, [*overrides, "hydra.mode=RUN"])]
    return int(any(each.return_value.outcome == "failed" for each in done))
