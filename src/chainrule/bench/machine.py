"""What a measurement depends on besides the program: processor, memory, libraries, date, and what else was running."""

from __future__ import annotations

import datetime
import os
import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "chainrule",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "hydra-core",
    "mlflow",
    "SQLAlchemy",
    "jax",
    "torch",
)


def facts() -> dict[str, Any]:
    """The machine's facts, ready for JSON."""
    return {
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "processor": _processor(),
        "cores": cores(),
        "memory, GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load before": round(os.getloadavg()[0], 2),  # average number of processes that wanted a core, last minute
        "system": f"{platform.system()} {platform.machine()}",
        "blas": _blas(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **_versions(),
    }


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    import numpy  # noqa: F401  # loads the library that is asked about
    from threadpoolctl import threadpool_info

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(dict.fromkeys(f"{p['internal_api']} {p['version']} ({p.get('architecture')})" for p in found))


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # an optional peer that took no part
    return found
