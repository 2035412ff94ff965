"""chainrule: what does each factor of the chain rule do when a network learns?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from chainrule.datasets import Dataset, load_dataset
    from chainrule.reading.curves import load_curves
    from chainrule.reading.parameters import load_parameters
    from chainrule.reading.runs import load_runs
    from chainrule.reading.sweeps import load_sweeps
    from chainrule.single import Backprop, Training, backprop, gradient_check, initialize, sharpness, train

# Names are looked up when first used, so that `import chainrule` loads neither Hydra nor MLflow.
_HOMES = {
    "chainrule.single": ("Backprop", "Training", "backprop", "gradient_check", "initialize", "sharpness", "train"),
    "chainrule.datasets": ("Dataset", "load_dataset"),
    "chainrule.reading.runs": ("load_runs",),
    "chainrule.reading.sweeps": ("load_sweeps",),
    "chainrule.reading.curves": ("load_curves",),
    "chainrule.reading.parameters": ("load_parameters",),
}
_HOME_OF = {name: module for module, exported in _HOMES.items() for name in exported}

__all__ = [
    "Backprop",
    "Dataset",
    "Training",
    "backprop",
    "gradient_check",
    "initialize",
    "load_curves",
    "load_dataset",
    "load_parameters",
    "load_runs",
    "load_sweeps",
    "sharpness",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
