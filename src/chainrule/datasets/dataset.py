"""A dataset ready to learn from: a training, a validation and a test set, and the names of what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Targets: TypeAlias = NDArray[np.int64 | np.float64]  # class indices (n,) or numbers (n, outputs)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples in rows: to train on, to choose settings by and to test on; the last two may have no rows.

    `X_*` is (samples, features) float64. `y_*` is (samples,) int64 class indices into `target_names` for
    classification, (samples, outputs) float64 for regression. Two datasets hold the same when their
    `digest()` is the same.
    """

    name: str
    task: str  # "classification" | "regression"
    X_train: FloatArray
    y_train: Targets
    X_validation: FloatArray
    y_validation: Targets
    X_test: FloatArray
    y_test: Targets
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]  # the classes, or the target columns

    def __repr__(self) -> str:
        sets = [self.X_train, *([self.X_validation] if len(self.X_validation) else []), self.X_test]
        shape = f"{' + '.join(str(len(X)) for X in sets)} samples, {self.n_features} features"
        return f"<Dataset {self.name}: {self.task}, {shape}, {self.n_outputs} outputs>"

    @property
    def n_features(self) -> int:
        return len(self.feature_names)

    @property
    def n_classes(self) -> int:
        """How many classes there are; a regression has 0."""
        return len(self.target_names) if self.task == "classification" else 0

    @property
    def n_outputs(self) -> int:
        """How many numbers a one-hot or regression target has."""
        return len(self.target_names)

    def digest(self) -> str:
        """16 hexadecimal digits that change with any name, shape or value, but not with the machine."""
        names = (self.name, self.task, self.feature_names, self.target_names)
        content = hashlib.sha256(repr(names).encode())
        validation = (self.X_validation, self.y_validation) if len(self.X_validation) else ()
        for array in (self.X_train, self.y_train, self.X_test, self.y_test, *validation):
            content.update(f"{array.dtype.name} {array.shape}".encode())
            content.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
        return content.hexdigest()[:16]
