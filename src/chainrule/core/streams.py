"""Randomness: one seed, independent streams, so that a change of the initializer never changes the batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """What a run draws from: its starting weights, its batches' order, the directions of its gradient check."""

    weights: np.random.SeedSequence
    batches: np.random.SeedSequence
    directions: np.random.SeedSequence


def streams(seed: int) -> Streams:
    """The streams of a run with this seed."""
    return Streams(*np.random.SeedSequence(seed).spawn(3))
