"""A multirun from the command line: each sweep of a study in turn, by any of Hydra's sweepers and launchers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.launcher import Launcher
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from chainrule.app.composing import Loader, MemoisingLoader
from chainrule.app.hydra_internals import Application
from chainrule.app.launchers import CheckingLauncher, job, stacked, supervised
from chainrule.app.plain_config import plain
from chainrule.errors import unknown_name
from chainrule.study import Study
from chainrule.sweep.engine import Outcome


def run_sweeps(
    app: Application,
    config_name: str,
    overrides: Sequence[str],
    changes: Mapping[str | None, Sequence[str]] | None = None,
) -> dict[str | None, list[Outcome]]:
    """The outcomes of each part of the study, or of the one that `study.part` names; under None if it has no parts.

    `changes` are further overrides by part. Raises InputError before a sweep trains if one of its runs can't.
    """
    config = _compose(app, config_name, overrides)
    study = Study.from_config(plain(config, resolve=False))
    if not study.parts:
        return {study.part: _sweep(app, config)}
    if study.part and study.part not in study.parts:
        raise unknown_name("study.part", study.part, study.parts)
    outcomes: dict[str | None, list[Outcome]] = {}
    for part in [study.part] if study.part else study.parts:
        given = [*overrides, *(changes or {}).get(part, ()), f"study.part={part}"]
        outcomes[part] = _sweep(app, _compose(app, config_name, _merged(study.parts[part], given)))
    return outcomes


def _compose(app: Application, config_name: str, overrides: Sequence[str]) -> DictConfig:
    return app.compose_config(config_name, list(overrides), RunMode.MULTIRUN, with_log_configuration=True)


def _sweep(app: Application, config: DictConfig) -> list[Outcome]:
    _drop_replaced_sweeps(config)
    path = app.config_loader.get_search_path()
    return [done.return_value for done in app.sweep(config, job, lambda launcher: _checking(launcher, config, path))]


def _checking(launcher: Launcher, config: DictConfig, path: ConfigSearchPath) -> tuple[Launcher, Loader]:
    """What stands for `launcher`, to check all runs before the first one trains, and the loader it composes with."""
    # Hydra runs plugin files anew when it looks for plugins: only from here on is the class the one it makes.
    from hydra_plugins.chainrule_launcher.launcher import ChainruleLauncher

    if isinstance(launcher, ChainruleLauncher):
        loader, train = Loader(path) if launcher.exact else MemoisingLoader(path), stacked(launcher.pictures)
    else:
        loader, train = MemoisingLoader(path), supervised(launcher)
    return CheckingLauncher(loader, config, train), loader


def _merged(own: Sequence[str], given: Sequence[str]) -> list[str]:
    """The overrides of a study's part with those `given`, which replace the part's own of the same key."""
    keys = {override.partition("=")[0] for override in given}
    return [*(override for override in own if override.partition("=")[0] not in keys), *given]


def _drop_replaced_sweeps(config: DictConfig) -> None:
    """Take out of the study's sweep what the command line sets in another form, such as ++key=value.

    In the same form, key=value, it already replaces the study's list; otherwise Hydra would run both.
    """
    swept = OmegaConf.select(config, "hydra.sweeper.params") or {}
    given = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    assert isinstance(given, list)
    with open_dict(config):
        for override in OverridesParser.create().parse_overrides(given):
            if override.get_key_element() != override.key_or_group:
                swept.pop(override.key_or_group, None)
