"""Generated problems: clouds, rings and arms with as many samples, as much noise as asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.components.fields import setting
from chainrule.components.registry import component
from chainrule.datasets.scikit_learn import scikit_learn
from chainrule.datasets.source import DatasetSource, RegressionSource, Table, numbered
from chainrule.errors import InputError


def _samples(default: int = 200) -> Any:
    return setting(default, at_least=20, at_most=1_000_000, help="how many samples, both sets together")


def _features(default: int, at_least: int = 2) -> Any:
    return setting(default, at_least=at_least, at_most=100, help="how many features")


def _classes(default: int) -> Any:
    return setting(default, at_least=2, at_most=10, help="how many classes")


def _noise(default: float) -> Any:
    return setting(default, at_least=0, at_most=1000, help="standard deviation of the Gaussian noise")


def _table(X: Any, y: Any, class_names: tuple[str, ...]) -> Table:
    return Table(X, y.astype(np.int64), numbered("x", X.shape[1]), class_names)


@component("moons", reference="scikit-learn, make_moons")
class Moons(DatasetSource):
    """Two half circles that interlock; with the default noise they just touch."""

    samples: int = _samples()
    noise: float = _noise(0.2)

    def raw(self) -> Table:
        make = scikit_learn("datasets").make_moons
        X, y = make(self.samples, noise=self.noise, random_state=self.seed)
        return _table(X, y, ("upper", "lower"))


@component("circles", reference="scikit-learn, make_circles")
class Circles(DatasetSource):
    """A ring around a disc: no straight line is better than chance."""

    samples: int = _samples()
    noise: float = _noise(0.1)
    factor: float = setting(0.5, at_least=0, below=1, help="radius of the inner circle, the outer one's being 1")

    def raw(self) -> Table:
        make = scikit_learn("datasets").make_circles
        X, y = make(self.samples, noise=self.noise, factor=self.factor, random_state=self.seed)
        return _table(X, y, ("outer", "inner"))


@component("blobs", reference="scikit-learn, make_blobs")
class Blobs(DatasetSource):
    """One round Gaussian cloud a class, centres drawn from [-10, 10]: nearly linear, the baseline of all."""

    samples: int = _samples()
    features: int = _features(2, at_least=1)
    classes: int = _classes(3)
    cluster_std: float = setting(1.5, at_least=0, at_most=1000, help="standard deviation of each cloud")

    def raw(self) -> Table:
        X, y = scikit_learn("datasets").make_blobs(
            self.samples,
            n_features=self.features,
            centers=self.classes,
            cluster_std=self.cluster_std,
            random_state=self.seed,
        )
        return _table(X, y, numbered("cloud", self.classes))


@component("gaussian_quantiles", equation="class = quantile of |x|^2", reference="Zhu et al. (2009), SAMME")
class GaussianQuantiles(DatasetSource):
    """One Gaussian cloud cut into shells of equally many samples, one class a shell."""

    samples: int = _samples()
    features: int = _features(2, at_least=1)
    classes: int = _classes(3)

    def raw(self) -> Table:
        X, y = scikit_learn("datasets").make_gaussian_quantiles(
            n_samples=self.samples, n_features=self.features, n_classes=self.classes, random_state=self.seed
        )
        return _table(X, y, numbered("shell", self.classes))


@component("classification", reference="Guyon (2003), Design of experiments of the NIPS 2003 challenge")
class Classification(DatasetSource):
    """Several clouds a class on the corners of a hypercube, among redundant and useless features."""

    samples: int = _samples(400)
    features: int = _features(10)
    informative: int = setting(4, at_least=1, at_most=100, help="features that carry the class")
    redundant: int = setting(2, at_least=0, at_most=100, help="features that are mixtures of the informative")
    classes: int = _classes(3)
    clusters_per_class: int = setting(2, at_least=1, at_most=100, help="clouds a class")
    class_sep: float = setting(1.0, above=0, at_most=1000, help="half the distance of the corners")
    flip_y: float = setting(0.02, at_least=0, at_most=1, help="share of labels drawn anew at random")

    def raw(self) -> Table:
        self._require_room()
        X, y = scikit_learn("datasets").make_classification(
            self.samples,
            self.features,
            n_informative=self.informative,
            n_redundant=self.redundant,
            n_classes=self.classes,
            n_clusters_per_class=self.clusters_per_class,
            class_sep=self.class_sep,
            flip_y=self.flip_y,
            random_state=self.seed,
        )
        return _table(X, y, numbered("class", self.classes))

    def _require_room(self) -> None:
        if self.informative + self.redundant > self.features:
            raise InputError(
                "dataset.features",
                self.features,
                f"must be at least informative + redundant = {self.informative + self.redundant}",
            )
        clouds = self.classes * self.clusters_per_class
        if clouds > 2**self.informative:
            raise InputError(
                "dataset.informative",
                self.informative,
                f"2^informative corners must hold classes x clusters_per_class = {clouds} clouds: "
                f"at least {(clouds - 1).bit_length()}",
            )


@component(
    "spirals",
    equation="x = t (cos a, sin a) + noise, a = 2 pi (turns t + class / classes)",
    reference="Lang & Witbrock (1988), Learning to tell two spirals apart",
)
class Spirals(DatasetSource):
    """Arms wound around each other, 0 < t <= 1 along each: the hard classic of the small plane."""

    samples: int = _samples()
    noise: float = _noise(0.02)
    classes: int = _classes(2)
    turns: float = setting(1.0, at_least=0, at_most=100, help="how often each arm goes round")

    def raw(self) -> Table:
        index, y = np.divmod(np.arange(self.samples), self.classes)
        t = (index + 1) / (index[-1] + 1)
        angle = 2 * np.pi * (self.turns * t + y / self.classes)
        X = t[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
        X += self.noise * np.random.default_rng(self.seed).standard_normal(X.shape)
        return _table(X, y, numbered("arm", self.classes))


@component(
    "friedman1",
    equation="y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise",
    reference="Friedman (1991), Multivariate adaptive regression splines, section 4.3",
)
class Friedman1(RegressionSource):
    """A smooth function of five uniform features; any further features are decoys."""

    samples: int = _samples()
    features: int = _features(10, at_least=5)
    noise: float = _noise(1.0)

    def raw(self) -> Table:
        make = scikit_learn("datasets").make_friedman1
        X, y = make(self.samples, self.features, noise=self.noise, random_state=self.seed)
        return Table(X, y[:, np.newaxis], numbered("x", self.features), ("y",))
