"""A trained network as files, numbers and names only: it takes features as they were measured, and gives answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.build import network_of
from chainrule.core.network import Network, Workspace, with_ones
from chainrule.core.parameters import Parameters
from chainrule.datasets.source import DatasetSource, RegressionSource
from chainrule.datasets.split import standardization, whitening
from chainrule.errors import InputError
from chainrule.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

ARRAYS, CONFIG = "network.npz", "network.json"
LABEL = "label"  # the column of the answers of a classification
_EXAMPLES = 5


@dataclass(frozen=True)
class SavedNetwork:
    """A network with its parameters and the scaling it learned with, fitted on the training set.

    `arrays` has `parameters`, shape (1, parameters), and those of `mean` and `spread`, `whitening_mean` and
    `whitening`, `target_mean` and `target_spread` that the data was scaled with. A regression has no `classes`.
    """

    network: Network
    arrays: dict[str, NDArray[Any]]
    features: tuple[str, ...]
    targets: tuple[str, ...]
    is_classification: bool

    @classmethod
    def of(cls, settings: Settings, parameters: NDArray[Any]) -> SavedNetwork:
        """The network of a run with these settings, which ended with these `parameters`, shape (parameters,)."""
        train = settings.dataset.sets()[0]
        arrays = {"parameters": parameters[None], **_scaling(settings.dataset, train.X, train.y)}
        is_classification = train.y.dtype.kind == "i"
        names = (tuple(train.feature_names), tuple(train.target_names))
        return cls(network_of(settings), arrays, *names, is_classification)

    def columns(self) -> list[str]:
        """The names of what `predict` gives."""
        if not self.is_classification:
            return list(self.targets)
        return [LABEL, *([f"p({name})" for name in self.targets] if self.network.output.is_probability else [])]

    def predict(self, X: ArrayLike) -> pd.DataFrame:
        """The answers to samples (samples, features), unscaled: classes by name, or targets in their own units.

        Of classes there is a column `label` and, if the output layer gives probabilities, one p(CLASS) for each.
        """
        import pandas as pd

        outputs = self.outputs(np.asarray(X, np.float64))
        if not self.is_classification:
            if "target_mean" in self.arrays:
                outputs = outputs * self.arrays["target_spread"] + self.arrays["target_mean"]
            return pd.DataFrame(outputs, columns=self.columns())
        if outputs.shape[1] == 1 and len(self.targets) == 2:  # one unit tells two classes apart
            middle = 0.5 * (self.network.output.low + self.network.output.high)
            chosen, shares = (outputs[:, 0] > middle).astype(int), np.concatenate([1.0 - outputs, outputs], axis=1)
        else:
            chosen, shares = np.argmax(outputs, axis=1), outputs
        named = pd.DataFrame({LABEL: np.array(self.targets, dtype=object)[chosen]})
        return named.assign(**dict(zip(self.columns()[1:], shares.T, strict=False)))

    def outputs(self, X: NDArray[np.float64]) -> NDArray[Any]:
        """The output layer's activations (samples, outputs), as training computes them."""
        if X.ndim != 2 or X.shape[1] != len(self.features):
            raise InputError("X", X.shape, f"must be samples in rows with {len(self.features)} features")
        if "mean" in self.arrays:
            X = (X - self.arrays["mean"]) / self.arrays["spread"]
        if "whitening" in self.arrays:
            X = (X - self.arrays["whitening_mean"]) @ self.arrays["whitening"]
        flat = self.arrays["parameters"]
        workspace = Workspace(self.network, 1, len(X), flat.dtype)
        inputs = np.ascontiguousarray(with_ones(X.astype(flat.dtype)).T)[None]
        workspace.forward(Parameters(self.network.sizes, flat), inputs)
        answers: NDArray[Any] = workspace.outputs[0].T.copy()
        return answers

    def save(self, folder: Path, settings: Settings, X: NDArray[np.float64]) -> None:
        """Write the network to two files; `settings` are what it was trained with, `X` samples to show as examples."""
        np.savez(folder / ARRAYS, **self.arrays)  # type: ignore[arg-type]  # numpy's stub: allow_pickle is no array
        about = {
            "settings": settings.config(),
            "sizes": self.network.sizes,
            "features": self.features,
            "targets": self.targets,
            "classification": self.is_classification,
            "columns": self.columns(),
            "example": X[:_EXAMPLES].tolist(),
        }
        (folder / CONFIG).write_text(json.dumps(about, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SavedNetwork:
        """The network in a folder; no data is needed for it."""
        held = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        settings = Settings.from_config(held["settings"])
        network = Network(tuple(held["sizes"]), settings.activation, settings.output, settings.cost)
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = dict(stored)
        return cls(network, arrays, tuple(held["features"]), tuple(held["targets"]), held["classification"])


def _scaling(source: DatasetSource, X: NDArray[np.float64], y: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    found = {}
    if source.standardize:
        found["mean"], found["spread"] = standardization(X)
        X = (X - found["mean"]) / found["spread"]
    if source.whiten:
        found["whitening_mean"], found["whitening"] = whitening(X)
    if isinstance(source, RegressionSource) and source.standardize_targets and y.dtype.kind == "f":
        found["target_mean"], found["target_spread"] = standardization(y.astype(np.float64))
    return found
