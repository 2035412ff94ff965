"""Curve points gathered from several sources, put in one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chainrule.record.metrics import is_scalar

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Points:
    """The points of the runs `ids`; of the metrics `wanted` only, unless that is None.

    `known` are the curves these runs have, wanted or not.
    """

    def __init__(self, ids: Sequence[str], wanted: Iterable[str] | None) -> None:
        self._wanted = None if wanted is None else set(wanted)
        self._runs = {run_id: number for number, run_id in enumerate(ids)}
        self._metrics: dict[str, int] = {}
        self._missing = dict.fromkeys(ids)
        self._chunks: list[tuple[Integers, Integers, Integers, Floats]] = []
        self.known: set[str] = set()

    def missing(self) -> list[str]:
        """The runs that no source has been read for yet, in order."""
        return list(self._missing)

    def mark_read(self, ids: Iterable[str]) -> None:
        """Those of `ids` that were missing no longer are."""
        for run_id in ids:
            self._missing.pop(run_id, None)

    def select(self, keys: Iterable[str]) -> list[str]:
        """Of a run's metrics, those that are curves and wanted; notes all its curves as known."""
        curves = [key for key in keys if not is_scalar(key)]
        self.known.update(curves)
        return [key for key in curves if self._wanted is None or key in self._wanted]

    def add_curve(self, run_id: str, key: str, epochs: Integers, values: Floats) -> None:
        """One curve of a run, epochs ascending."""
        run, metric = self._runs[run_id], self._metric_code(key)
        self._chunks.append((np.full(len(epochs), run), np.full(len(epochs), metric), epochs, values))

    def add_columns(
        self,
        ids: Sequence[str],
        runs: Integers,
        keys: Sequence[str],
        metrics: Integers,
        epochs: Integers,
        values: Floats,
    ) -> None:
        """Many curves, a row a point: `runs` counts in `ids`, `metrics` in `keys`; what is not missing or not
        wanted is left out."""
        run_codes = np.array([self._runs[i] if i in self._missing else -1 for i in ids], dtype=np.int64)[runs]
        present = np.bincount(metrics[run_codes >= 0], minlength=len(keys)) > 0
        selected = set(self.select([key for key, here in zip(keys, present, strict=True) if here]))
        codes = [self._metric_code(key) if key in selected else -1 for key in keys]
        key_codes = np.array(codes, dtype=np.int64)[metrics]
        keep = (run_codes >= 0) & (key_codes >= 0)
        self._chunks.append((run_codes[keep], key_codes[keep], epochs[keep], values[keep]))
        self.mark_read(ids)

    def _metric_code(self, key: str) -> int:
        return self._metrics.setdefault(key, len(self._metrics))

    def frame(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Columns run, metric, epoch, value; ordered by run, as in `metrics`, by epoch."""
        import pandas as pd

        none = np.empty(0, np.int64)
        chunks = self._chunks or [(none, none, none, np.empty(0))]
        runs, codes, epochs, values = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        position = {key: number for number, key in enumerate(metrics)}
        codes = np.array([position[key] for key in self._metrics], dtype=np.int64)[codes]
        # Epochs ascend within a curve in every source, so a stable sort by curve is enough.
        curves = runs * len(metrics) + codes
        order = np.argsort(curves, kind="stable")
        # Another client may have logged an epoch twice: the later point counts.
        is_last = (np.diff(curves[order], append=-1) != 0) | (np.diff(epochs[order], append=-1) != 0)
        order = order[is_last]
        return pd.DataFrame(
            {
                "run": pd.Categorical.from_codes(runs[order], pd.Index(list(self._runs), dtype="str")),
                "metric": pd.Categorical.from_codes(codes[order], pd.Index(list(metrics), dtype="str")),
                "epoch": epochs[order],
                "value": values[order],
            }
        )
