"""What decides the score: its variance split exactly among the swept keys, pairs of them, and the seeds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule import formats
from chainrule.reading.sweep_keys import SEED, as_levels, label, swept_keys
from chainrule.reading.tables import score_column
from chainrule.record.run_record import WITH_NUMBERS

Array = NDArray[np.float64]

SPARSE = 4  # with more combinations than this times the runs, the runs are no grid but a sample of one


@dataclass(frozen=True)
class Importance:
    """The variance of `score`, and the share of it that goes with each part; all shares add up to 1.

    `shares` are those of the keys alone and of pairs, beyond what each of the two does alone, the largest first;
    `higher` is that of three keys and more. `seeds` is the mean variance within a setting. `settings` counts the
    combinations that are in it, each weighted alike; `left_out` says in sentences what is not. Nothing varies where
    `variance` is 0: then all shares are 0.
    """

    score: str
    shares: dict[tuple[str, ...], float]
    higher: float
    seeds: float
    variance: float
    settings: int
    left_out: tuple[str, ...]


def importance(runs: pd.DataFrame) -> Importance | None:
    """The shares of the swept keys in the variance of the score that settings are chosen by.

    An analysis of variance over the means of all settings, exact because every combination of values has one: what
    diverged or failed has no score, and values without one in some combination are left out, the fewest that will do.
    None if nothing but the seed varies, or if too few combinations have run to make a grid of them.

    Fisher (1925), "Statistical Methods for Research Workers", ch. 7; for weights that are equal instead of the numbers
    of runs see Hooker (2007), "Generalized functional ANOVA diagnostics".
    """
    score = score_column(runs)
    keys = [key for key in swept_keys(runs) if key != SEED]
    scored = runs[runs["outcome"].isin(WITH_NUMBERS) & runs[score].notna()] if score in runs else runs.iloc[:0]
    levels = {key: as_levels(runs[key]) for key in keys}
    if not keys or math.prod(len(each.categories) for each in levels.values()) > SPARSE * len(runs):
        return None
    codes = np.stack([as_levels(runs[key]).codes for key in keys], axis=1)[runs.index.get_indexer(scored.index)]
    counts, means, within = _cells(codes, scored[score].to_numpy(np.float64), [len(levels[k].categories) for k in keys])
    kept = _full(counts)
    if min(map(len, kept)) == 0 or max(map(len, kept)) < 2:
        return None
    chosen = np.ix_(*kept)
    seeds = float(within[chosen].mean())
    effects = _effects(means[chosen])
    variance = seeds + sum(effects.values())
    scale = 1.0 / variance if variance > 0 else 0.0
    named = {tuple(keys[axis] for axis in axes): own * scale for axes, own in effects.items()}
    alone = {names: share for names, share in named.items() if len(names) <= 2 and share > 0}
    return Importance(
        score=score,
        shares=dict(sorted(alone.items(), key=lambda item: -item[1])),
        higher=sum(share for names, share in named.items() if len(names) > 2),
        seeds=seeds * scale,
        variance=variance,
        settings=math.prod(map(len, kept)),
        left_out=tuple(_left_out(keys, [levels[key].categories for key in keys], kept, len(runs) - len(scored))),
    )


def _cells(codes: NDArray[np.integer[Any]], scores: Array, shape: Sequence[int]) -> tuple[Array, Array, Array]:
    """For each combination of levels how many scores it has, their mean and their variance; arrays of `shape`."""
    flat = np.ravel_multi_index(tuple(codes.T), tuple(shape))
    size = math.prod(shape)
    counts = np.bincount(flat, minlength=size).astype(np.float64)
    divisor = np.maximum(counts, 1)
    means = np.bincount(flat, scores, size) / divisor
    within = np.bincount(flat, (scores - means[flat]) ** 2, size) / divisor
    return counts.reshape(shape), means.reshape(shape), within.reshape(shape)


def _full(counts: Array) -> list[NDArray[np.intp]]:
    """The levels of each axis that are kept so that no combination is empty: the emptiest level goes first."""
    kept = [np.arange(size) for size in counts.shape]
    while (empty := counts[np.ix_(*kept)] == 0).any():
        shares = [empty.mean(axis=tuple(a for a in range(empty.ndim) if a != axis)) for axis in range(empty.ndim)]
        axis = int(np.argmax([share.max() for share in shares]))
        worst = len(shares[axis]) - 1 - int(np.argmax(shares[axis][::-1]))  # of equals the last, such as the top rate
        kept[axis] = np.delete(kept[axis], worst)
    return kept


def _effects(means: Array) -> dict[tuple[int, ...], float]:
    """The variance of each set of axes' own effect: the mean over the other axes without what smaller sets explain."""
    parts: dict[tuple[int, ...], Array] = {(): means.mean(keepdims=True)}
    axes = range(means.ndim)
    for size in range(1, means.ndim + 1):
        for chosen in itertools.combinations(axes, size):
            rest = tuple(axis for axis in axes if axis not in chosen)
            lower = sum(own for smaller, own in parts.items() if set(smaller) < set(chosen))
            parts[chosen] = means.mean(axis=rest, keepdims=True) - lower
    return {chosen: float(np.mean(own**2)) for chosen, own in parts.items() if chosen}


def _left_out(
    keys: Sequence[str], levels: Sequence[pd.Index[Any]], kept: Sequence[NDArray[np.intp]], lost: int
) -> list[str]:
    sentences = []
    if lost:
        what = "1 run diverged or failed and has" if lost == 1 else f"{lost} runs diverged or failed and have"
        sentences.append(f"{what} no score: their settings count by the other seeds")
    for key, values, own in zip(keys, levels, kept, strict=True):
        gone = [formats.level(value) for place, value in enumerate(values) if place not in own]
        if gone:
            sentences.append(f"{label(key)} {', '.join(gone)}: without a score in some combination, left out")
    return sentences
