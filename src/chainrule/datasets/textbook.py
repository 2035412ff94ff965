"""Small problems of the textbooks, where every pattern that exists is learnt and nothing is scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.components.fields import setting
from chainrule.components.registry import component
from chainrule.datasets.dataset import FloatArray, Targets
from chainrule.datasets.source import DatasetSource, RegressionSource, Table, numbered
from chainrule.datasets.split import Rows


@dataclass(frozen=True)
class PatternSource(DatasetSource):
    """Base of tasks that list every pattern there is, with inputs of 0 and 1 as in the literature.

    The question is whether a network can represent and find the rule at all, so all patterns are trained on
    and all are tested; a held-out pattern of four would not measure generalisation but ask for a guess.
    `held_out=true` splits off a test set by `test_size` as everywhere else; `test_size=0` leaves it empty.
    `validation_size` sets a share of the training patterns aside in any case.
    """

    standardize: bool = setting(False, help="features to mean 0, deviation 1, instead of 0 and 1")
    held_out: bool = setting(False, help="hold out a test set; false = train and test on every pattern")

    def split(self, y: Targets, target_names: tuple[str, ...]) -> tuple[Rows, Rows]:
        if self.held_out or self.test_size == 0:
            return super().split(y, target_names)
        return np.arange(len(y)), np.arange(len(y))


@dataclass(frozen=True)
class CurveSource(RegressionSource):
    """Base of given points to pass through: train only (`test_size` is without effect), nothing scaled."""

    standardize: bool = setting(False, help="features to mean 0, deviation 1")
    standardize_targets: bool = setting(False, help="targets to mean 0, deviation 1")

    def split(self, y: Targets, target_names: tuple[str, ...]) -> tuple[Rows, Rows]:
        return np.arange(len(y)), np.arange(0)


@component("xor", equation="y = x1 xor x2", reference="Rumelhart, Hinton & Williams (1986), PDP vol. 1 ch. 8")
class Xor(PatternSource):
    """The four corners of the square; no single layer separates them."""

    def raw(self) -> Table:
        X = _bit_patterns(2)
        return Table(X, (X[:, 0] != X[:, 1]).astype(np.int64), numbered("x", 2), ("0", "1"))


@component("symmetry", equation="y = [x = reversed x]", reference="Rumelhart, Hinton & Williams (1986), Nature 323")
class Symmetry(PatternSource):
    """All 64 patterns of six bits, 8 of them symmetric about the centre; two hidden units suffice."""

    def raw(self) -> Table:
        X = _bit_patterns(6)
        mirrored = X[:, ::-1]
        symmetric = np.all(mirrored == X, axis=1)
        return Table(X, symmetric.astype(np.int64), numbered("x", 6), ("asymmetric", "symmetric"))


@component("encoder", equation="y = x, one unit on", reference="Fahlman (1988), CMU-CS-88-162")
class Encoder(PatternSource):
    """The identity on `size` one-hot patterns, to be squeezed through a narrower hidden layer."""

    size: int = setting(10, at_least=2, at_most=1000, help="how many patterns, and units at both ends")

    def raw(self) -> Table:
        names = numbered("unit", self.size)
        return Table(np.eye(self.size), np.arange(self.size, dtype=np.int64), names, names)


@component("hierarchy", equation="y = what the item has, one item on", reference="Saxe, McClelland & Ganguli (2013)")
class Hierarchy(CurveSource):
    """Four living things and their seven properties: a tree, whose branchings are the singular vectors.

    Their singular values are sqrt 7 (alive), sqrt 3 (animal or plant), 1 and 1 (which animal, which plant).
    """

    def raw(self) -> Table:
        items = ("canary", "salmon", "oak", "rose")
        properties = {
            "grows": (1, 1, 1, 1),
            "moves": (1, 1, 0, 0),
            "has roots": (0, 0, 1, 1),
            "flies": (1, 0, 0, 0),
            "swims": (0, 1, 0, 0),
            "has bark": (0, 0, 1, 0),
            "has petals": (0, 0, 0, 1),
        }
        return Table(np.eye(4), np.array(list(properties.values()), float).T, items, tuple(properties))


@component("point", reference="Nielsen (2015), Neural Networks and Deep Learning, ch. 3")
class Point(CurveSource):
    """One sample, for the exercise of a single neuron; by default Nielsen's: input 1, target 0."""

    x: float = setting(1.0, help="the input")
    y: float = setting(0.0, help="the target")

    def raw(self) -> Table:
        return Table(np.array([[self.x]]), np.array([[self.y]]), ("x",), ("y",))


@component("chebyshev", equation="y = cos(degree arccos x)", reference="Cohen et al. (2021), Edge of stability")
class Chebyshev(CurveSource):
    """The Chebyshev polynomial T_degree at equally spaced points of [-1, 1]: it swings degree times."""

    degree: int = setting(5, at_least=0, at_most=100, help="degree of the polynomial")
    samples: int = setting(20, at_least=2, at_most=1_000_000, help="how many points")

    def raw(self) -> Table:
        x = np.linspace(-1.0, 1.0, self.samples)[:, np.newaxis]
        return Table(x, np.cos(self.degree * np.arccos(x)), ("x",), (f"T{self.degree}",))


def _bit_patterns(bits: int) -> FloatArray:
    """All 2^bits rows of 0 and 1, (2^bits, bits), counting upwards with the last column fastest."""
    powers = 2 ** np.arange(bits)[::-1]
    return (np.arange(2**bits)[:, np.newaxis] // powers % 2).astype(np.float64)
