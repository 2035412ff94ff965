"""Hydra's application object, with this project's promises about errors and about launchers of another make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra._internal.hydra import Hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from chainrule.errors import InputError


class Refused(BaseException):  # not an Exception, so that Hydra's job runner lets it through
    """Carries an InputError past Hydra's job runner, which announces every Exception in its own words."""

    def __init__(self, error: InputError) -> None:
        super().__init__(error)
        self.error = error


class App(Hydra):
    """One run, or a multirun by any launcher."""

    def run(
        self,
        config_name: str | None,
        task_function: TaskFunction,
        overrides: list[str],
        with_log_configuration: bool = True,
    ) -> JobReturn:
        """Compose and run one job; raises what the job raises."""

        def task(config: Any) -> Any:
            try:
                return task_function(config)
            except InputError as error:
                raise Refused(error) from error

        try:
            return super().run(config_name, task, overrides, with_log_configuration)
        except Refused as refused:
            raise refused.error from None

    def multirun(
        self,
        config_name: str | None,
        task_function: TaskFunction,
        overrides: list[str],
        with_log_configuration: bool = True,
    ) -> list[JobReturn]:
        """All returns of Hydra's own multirun, part by part for a study that has several.

        It differs in one step: a launcher of another make is supervised.
        """
        config = self.compose_config(config_name, overrides, RunMode.MULTIRUN, with_log_configuration)
        if config.study.parts and not config.study.part:
            parts = [[*merged(own, overrides), f"study.part={part}"] for part, own in config.study.parts.items()]
            return [done for part in parts for done in self.multirun(config_name, task_function, part)]
        _give_way(config)
        callbacks = Callbacks(config)
        callbacks.on_multirun_start(config=config, config_name=config_name)
        sweeper = Plugins.instance().instantiate_sweeper(
            config=config,
            hydra_context=HydraContext(config_loader=self.config_loader, callbacks=callbacks),
            task_function=task_function,
        )
        assert sweeper.launcher is not None
        # Hydra runs plugin files anew when it looks for plugins: only from here on is the class the one it makes.
        from hydra_plugins.chainrule_launcher.launcher import ChainruleLauncher

        if not isinstance(sweeper.launcher, ChainruleLauncher):
            from chainrule.app.compose import MemoisingLoader
            from chainrule.app.multirun import Supervised

            loader = MemoisingLoader(self.config_loader.get_search_path())
            sweeper.launcher = Supervised(sweeper.launcher, loader, config)
            # The launcher keeps the context it was made with: its jobs are composed by Hydra alone.
            sweeper.hydra_context = HydraContext(config_loader=loader, callbacks=callbacks)
        arguments = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
        assert isinstance(arguments, list)
        batches = sweeper.sweep(arguments=arguments)
        callbacks.on_multirun_end(config=config, config_name=config_name)
        return [done for batch in batches for done in batch]


def merged(own: Sequence[str], given: Sequence[str]) -> list[str]:
    """The overrides of a study's part with those `given`, which replace the part's own of the same key."""
    keys = {override.partition("=")[0] for override in given}
    return [*(override for override in own if override.partition("=")[0] not in keys), *given]


def _give_way(config: DictConfig) -> None:
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
