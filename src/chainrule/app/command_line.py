"""`chainrule train` and `chainrule sweep`: Hydra's command line over this project's configs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydra import version
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobReturn, env_override, setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode

from chainrule.app.config_store import fill_config_store
from chainrule.app.hydra_app import App, merged
from chainrule.app.job import as_plain, job
from chainrule.app.loader import Config, Loader, without_hydra
from chainrule.app.refusals import refusal
from chainrule.errors import InputError
from chainrule.paths import project_root
from chainrule.study import Study

CONFIG_NAME = "config"


def run(argv: Sequence[str], *, multirun: bool) -> int:
    """Run Hydra's command line `argv`; 1 if a run failed. Raises InputError for whatever is wrong in it."""
    return int(any(each.return_value.outcome == "failed" for each in _run(argv, multirun=multirun)))


def run_study(
    name: str,
    changes: Mapping[str | None, Sequence[str]] | None = None,
    *,
    uri: str | None = None,
    config_dir: Path | None = None,
    pictures: bool = True,
) -> dict[str | None, str]:
    """Run the sweeps of conf/study/`name`.yaml; the id of each part's sweep, under None if there is but one.

    `changes` are further overrides by part. `config_dir` is searched for the study first, as by --config-dir.
    Raises InputError if the study can't be used, or if one of its runs failed.
    """
    options = ["--config-dir", str(config_dir)] if config_dir else []
    common = [f"study={name}", f"hydra.launcher.pictures={str(pictures).lower()}"]
    common += [f"tracking.uri={uri}"] if uri else []
    study = find_study(name, config_dir)
    sweeps: dict[str | None, str] = {}
    for part in study.parts or [None]:
        own = study.parts[part] if part else []
        overrides = merged(own, [*common, *(changes or {}).get(part, [])])
        overrides += [f"study.part={part}"] if part else []
        outcomes = [done.return_value for done in _run([*options, *overrides], multirun=True)]
        if failed := [each.run for each in outcomes if each.outcome == "failed"]:
            raise InputError("study", name, f"{len(failed)} of {len(outcomes)} runs failed, the first is {failed[0]}")
        sweeps[part] = outcomes[0].sweep
    return sweeps


def find_study(name: str, config_dir: Path | None = None) -> Study:
    """The question and the parts of conf/study/`name`.yaml; InputError if there is no such file or it is wrong."""
    return Study.from_config(compose([f"study={name}"], config_dir))


def _run(argv: Sequence[str], *, multirun: bool) -> list[JobReturn]:
    version.setbase("1.3")
    fill_config_store()
    parser = get_args_parser()
    args = _parse(parser, argv)
    main = Path(args.config_path) if args.config_path else project_root() / "conf"
    loader = Loader(_search_path(main, Path(args.config_dir) if args.config_dir else None))
    app = App("chainrule", loader)
    GlobalHydra.instance().initialize(app)
    try:
        with env_override({"HYDRA_FULL_ERROR": "1"}):  # otherwise Hydra prints errors itself and exits
            return _dispatch(app, parser, args, multirun=multirun or args.multirun)
    except HydraException as error:
        raise refusal(error, args.config_name, args.overrides, loader) from error
    finally:
        GlobalHydra.instance().clear()


def compose(overrides: Sequence[str], config_dir: Path | None = None) -> Config:
    """The configuration that `chainrule train` would run with `overrides`, as nested dicts; runs nothing."""
    version.setbase("1.3")
    fill_config_store()
    setup_globals()
    loader = Loader(_search_path(project_root() / "conf", config_dir))
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


def _search_path(main: Path, own: Path | None) -> ConfigSearchPath:
    """Where configs are looked for: the folder `main` and, before it, a folder of one's own (--config-dir)."""
    search_path = create_config_search_path(str(main.resolve()))
    if own is not None:
        if not own.is_dir():
            raise InputError("--config-dir", own, "there is no such folder")
        search_path.prepend("command-line", f"file://{own.resolve()}", anchor=SearchPathQuery(provider="schema"))
    return search_path


def _dispatch(
    app: App, parser: argparse.ArgumentParser, args: argparse.Namespace, *, multirun: bool
) -> list[JobReturn]:
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
        return app.multirun(name, job, [*overrides, "hydra.mode=MULTIRUN"])
    else:
        return [app.run(name, job, [*overrides, "hydra.mode=RUN"])]
    return []
