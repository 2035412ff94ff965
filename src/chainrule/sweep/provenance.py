"""What tells which settings, data and code gave a run's numbers: configuration, fingerprint, versions, commit."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import json
import pkgutil
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import chainrule
from chainrule.build import uses_seed
from chainrule.paths import project_root
from chainrule.settings import Settings

_PACKAGES = ("numpy", "scipy", "scikit-learn")
_STORE_ADDRESS = re.compile(r"(\+{0,2}tracking\.uri|--uri)(=|$)|[\w+]+://")
_MATHEMATICS = ("components", "core", "datasets", "build")  # of this package: the modules that decide a run's numbers


def configuration(settings: Settings, digest: str) -> str:
    """16 hexadecimal digits of the settings and the data's `digest`; a seed that changes nothing is left out."""
    params = settings.params()
    if not uses_seed(settings):
        del params["seed"]
    return _hashed({"settings": params, "data": digest})


def fingerprint(settings: Settings, digest: str) -> str:
    """16 hexadecimal digits, equal for runs whose recorded numbers are equal: the configuration, and the code."""
    return _hashed({"configuration": configuration(settings, digest), "code": code_version()})


@functools.cache
def code_version() -> str:
    """16 hexadecimal digits of what computes a run's numbers: the mathematics, without comments, and its libraries."""
    found = {package: version(package) for package in _PACKAGES}
    found |= {file.name: ast.dump(_without_docstrings(ast.parse(file.read_text("utf-8")))) for file in _sources()}
    return _hashed(found)


def _sources() -> Iterator[Path]:
    for name in _MATHEMATICS:
        module = importlib.import_module(f"{chainrule.__name__}.{name}")
        yield Path(str(module.__file__))
        for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
            yield Path(str(module.__file__)).parent / f"{inner.name}.py"


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree


def _hashed(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


@functools.cache
def code_tags() -> dict[str, str]:
    """Tags that tell which code ran: the project's version and commit, Python's and the packages' versions."""
    tags = {"chainrule.version": chainrule.__version__, "python.version": platform.python_version()}
    tags |= {f"{package}.version": version(package) for package in _PACKAGES}
    commit = _git("rev-parse", "HEAD")
    if commit:
        changed = bool(_git("status", "--porcelain", "--untracked-files=no"))
        tags["mlflow.source.git.commit"] = commit
        tags["chainrule.git.changed"] = str(changed).lower()
    return tags


def typed_command() -> str | None:
    """What was typed to start this process, as a shell takes it; None if it is some other program than `chainrule`.

    The store's address is left out: it may hold a password.
    """
    program = Path(sys.argv[0])
    if program.stem != "chainrule" and program.parts[-2:] != ("chainrule", "__main__.py"):
        return None
    return shlex.join(["chainrule", *(each for each in sys.argv[1:] if not _STORE_ADDRESS.match(each))])


def _git(*arguments: str) -> str:
    """What git says of the project, or nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(project_root()), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
