"""The launcher that takes a whole multirun at once; a thin shell, because Hydra runs this file in every app."""

# No `from __future__ import annotations` here: Hydra executes plugin files before they enter sys.modules, where
# a dataclass with postponed annotations can't look its own module up.
from dataclasses import dataclass

from hydra.core.config_store import ConfigStore

from chainrule.app.hydra_internals import BasicLauncher


@dataclass
class ChainruleLauncherConf:
    """`hydra.launcher`: exact=true composes every job by Hydra alone, without memory (slower, the same result);
    pictures=false draws none of the sweep."""

    _target_: str = "hydra_plugins.chainrule_launcher.launcher.ChainruleLauncher"
    exact: bool = False
    pictures: bool = True


ConfigStore.instance().store(group="hydra/launcher", name="chainrule", node=ChainruleLauncherConf, provider="chainrule")


class ChainruleLauncher(BasicLauncher):
    """Stands for `chainrule.app.launchers.stacked`; any other app's jobs it runs one by one."""

    def __init__(self, exact: bool, pictures: bool) -> None:
        super().__init__()
        self.exact, self.pictures = exact, pictures
