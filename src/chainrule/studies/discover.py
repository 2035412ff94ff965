"""Studies are found by looking: every folder of experiments/ with a study.py is one, named like its folder."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from chainrule.errors import InputError, unknown_name
from chainrule.paths import project_root
from chainrule.studies.analysis import Analysis


def experiments() -> Path:
    """The project's own folder of studies."""
    return project_root() / "experiments"


def names(folder: Path) -> list[str]:
    """The studies in `folder`, in alphabetical order; InputError if there is no such folder."""
    if not folder.is_dir():
        raise InputError("--experiments", folder, "there is no such folder")
    return sorted(file.parent.name for file in folder.glob("*/study.py"))


def load(folder: Path, name: str) -> Analysis[Any]:
    """The analysis that `folder`/`name`/study.py defines. Raises InputError if there is none, or not exactly one."""
    if name not in names(folder):
        raise unknown_name("study", name, names(folder))
    module = load_module(folder / name, "study")
    found = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    analyses = [each for each in found if issubclass(each, Analysis)]
    if len(analyses) != 1:
        raise InputError("study", name, f"its study.py must define one subclass of Analysis, it has {len(analyses)}")
    return analyses[0]()


def load_module(folder: Path, name: str) -> ModuleType:
    """The module `folder`/`name`.py, as part of a package named after the folder and the one above.

    So the files of an experiment import each other by `from experiments.<study> import figures`, wherever the folder
    stands, and nothing is added to the module search path.
    """
    folder = folder.resolve()
    above, package = folder.parent.name, f"{folder.parent.name}.{folder.name}"
    for full_name, path in ((above, folder.parent), (package, folder)):
        if full_name not in sys.modules:
            spec = ModuleSpec(full_name, None, is_package=True)
            spec.submodule_search_locations = [str(path)]
            sys.modules[full_name] = module_from_spec(spec)
    return importlib.import_module(f"{package}.{name}")
