"""A multirun from the command line: all sweeps of a study, by any of Hydra's sweepers and launchers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from chainrule.app.composing import Loader, MemoisingLoader
from chainrule.app.hydra_internals import Application, input_errors
from chainrule.app.launchers import CheckingLauncher, CollectingLauncher, job, stacked, supervised
from chainrule.app.plain_config import plain
from chainrule.app.sweep_size import require_feasible
from chainrule.errors import unknown_name
from chainrule.study import Study
from chainrule.sweep.outcome import Outcome

BASIC_SWEEPER = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"  # all combinations, known beforehand


def run_sweeps(
    app: Application,
    config_name: str,
    overrides: Sequence[str],
    changes: Mapping[str | None, Sequence[str]] | None = None,
) -> dict[str | None, list[Outcome]]:
    """The outcomes of each part of the study, or of the one that `study.part` names; under None if it has no parts.

    `changes` are further overrides by part. Raises InputError before the first sweep trains if a run of any can't.
    """
    config = _compose(app, config_name, overrides)
    study = Study.from_config(plain(config, resolve=False))
    if not study.parts:
        return {study.part: _prepared(app, config)()}
    if study.part and study.part not in study.parts:
        raise unknown_name("study.part", study.part, study.parts)
    sweeps: dict[str | None, Callable[[], list[Outcome]]] = {}
    for part in [study.part] if study.part else study.parts:
        given = [*overrides, *(changes or {}).get(part, ()), f"study.part='{part}'"]
        sweeps[part] = _prepared(app, _compose(app, config_name, _merged(study.parts[part], given)))
    return {part: run() for part, run in sweeps.items()}


def _compose(app: Application, config_name: str, overrides: Sequence[str]) -> DictConfig:
    return app.compose_config(config_name, list(overrides), RunMode.MULTIRUN, with_log_configuration=True)


def _prepared(app: Application, config: DictConfig) -> Callable[[], list[Outcome]]:
    """What runs the sweep of a composed `config`; all its runs are composed and checked already.

    A sweeper that chooses values by what came of others can only be run as a whole.
    """
    _drop_replaced_sweeps(config)
    path = app.config_loader.get_search_path()
    if OmegaConf.select(config, "hydra.sweeper._target_") != BASIC_SWEEPER:
        return lambda: _outcomes(app.sweep(config, job, lambda launcher: _checking(launcher, config, path)))
    require_feasible(_overrides(app, config))
    collecting, checking = CollectingLauncher(), []

    def replaced(launcher: Launcher) -> tuple[Launcher, Loader]:
        checking.append(_checking(launcher, config, path))
        return collecting, checking[0][1]

    with input_errors("hydra"):
        app.sweep(config, job, replaced)
    ((launcher, _),) = checking
    prepared = [launcher.prepare(jobs, first) for jobs, first in collecting.batches]
    return lambda: _outcomes([done for run in prepared for done in run()])


def _outcomes(done: Sequence[JobReturn]) -> list[Outcome]:
    return [each.return_value for each in done]


def _overrides(app: Application, config: DictConfig) -> list[Override]:
    """What Hydra's own sweeper will make all combinations of."""
    with input_errors("hydra.sweeper.params"):
        sweeper: Any = OmegaConf.to_container(config.hydra.sweeper, resolve=True)  # so it is made, with its params
        params = sweeper["params"] or {}
        own = [f"{key}={value}" for key, value in params.items()]
        return OverridesParser.create(config_loader=app.config_loader).parse_overrides([*own, *_typed(config)])


def _typed(config: DictConfig) -> list[str]:
    """What is typed for the jobs, as it is: `config` would resolve what it refers to."""
    given = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    assert isinstance(given, list)
    return given


def _checking(launcher: Launcher, config: DictConfig, path: ConfigSearchPath) -> tuple[CheckingLauncher, Loader]:
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
    with open_dict(config):
        for override in OverridesParser.create().parse_overrides(_typed(config)):
            if override.get_key_element() != override.key_or_group:
                swept.pop(override.key_or_group, None)
