"""What tells which code and which data gave a run's numbers: fingerprint, versions, commit."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import subprocess
from importlib.metadata import version

from chainrule import __version__
from chainrule.paths import project_root
from chainrule.settings import Settings

_PACKAGES = ("numpy", "scipy", "scikit-learn")


def fingerprint(settings: Settings, digest: str) -> str:
    """16 hexadecimal digits, equal for runs whose recorded numbers must be equal; `digest` is the data's."""
    content = {"settings": settings.params(), "data": digest, "version": __version__}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


@functools.cache
def code_tags() -> dict[str, str]:
    """Tags that tell which code ran: the project's version and commit, Python's and the packages' versions."""
    tags = {"chainrule.version": __version__, "python.version": platform.python_version()}
    tags |= {f"{package}.version": version(package) for package in _PACKAGES}
    commit = _git("rev-parse", "HEAD")
    if commit:
        changed = bool(_git("status", "--porcelain", "--untracked-files=no"))
        tags["mlflow.source.git.commit"] = commit
        tags["chainrule.git.changed"] = str(changed).lower()
    return tags


def _git(*arguments: str) -> str:
    """What git says of the project, or nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(project_root()), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
