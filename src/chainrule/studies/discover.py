"""Studies are found by looking: every folder of experiments/ with a study.py is one, named like its folder."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
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
    """The studies in `folder`, in alphabetical order; InputError if there is no such folder, or none in it."""
    found = sorted(file.parent.name for file in folder.glob("*/study.py"))
    if not found:
        raise InputError("--experiments", folder, "holds no study, which is a folder with a study.py")
    return found


def load_all(folder: Path) -> dict[str, Analysis[Any]]:
    """The studies in `folder` by name, in their order. Raises InputError as `names` and `load` do."""
    found = {name: load(folder, name) for name in names(folder)}
    return dict(sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))


def load(folder: Path, name: str) -> Analysis[Any]:
    """The analysis that `folder`/`name`/study.py defines. Raises InputError unless that is one, and complete."""
    if name not in names(folder):
        raise unknown_name("study", name, names(folder))
    module = import_file(folder / name, "study")
    own = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    analyses = [each for each in own if issubclass(each, Analysis)]
    if len(analyses) != 1:
        raise InputError("study", name, f"its study.py must define one subclass of Analysis, it has {len(analyses)}")
    (analysis,) = analyses
    lacking = [each for each in Analysis.__annotations__ if not hasattr(analysis, each)]
    if lacking := sorted({*lacking, *analysis.__abstractmethods__}):
        raise InputError("study", name, f"its {analysis.__name__} lacks {', '.join(lacking)}")
    return analysis()


def import_file(folder: Path, name: str) -> ModuleType:
    """The module `folder`/`name`.py, as part of a package named after its folder and the one above.

    So the files of an experiment import each other by `from experiments.<study> import figures`, wherever they stand,
    and nothing is added to the module search path. Raises InputError if another package has that name.
    """
    folder = folder.resolve()
    package = f"{folder.parent.name}.{folder.name}"
    _make_package(folder.parent.name, folder.parent)
    _make_package(package, folder)
    return importlib.import_module(f"{package}.{name}")


def _make_package(name: str, folder: Path) -> None:
    """Let `folder` be imported as the package `name`; InputError if another Python module has that name."""
    found = find_spec(name)
    if name in sys.modules or (found and found.origin):
        places = (found.submodule_search_locations or ()) if found else ()
        if str(folder) not in map(os.path.realpath, places):
            raise InputError("--experiments", folder, f"{name} is also the name of a Python module; rename the folder")
        return
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[name] = module_from_spec(spec)
