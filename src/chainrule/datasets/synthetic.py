"""Generated problems: clouds, rings and arms with as many samples, as much noise as asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.registry import component
from chainrule.datasets.scikit_learn import scikit_learn
from chainrule.datasets.source import COUNT, GeneratedSource, RegressionSource, Table, numbered
from chainrule.errors import InputError


def _features(default: int, at_least: int = 2) -> Any:
    return setting(default, at_least=at_least, at_most=100, help="how many features")


def _classes(default: int) -> Any:
    return setting(default, at_least=2, at_most=10, help="how many classes")


def _noise(default: float) -> Any:
    return setting(default, at_least=0, at_most=1000, help="standard deviation of the Gaussian noise")


def _table(X: Any, y: Any, class_names: tuple[str, ...]) -> Table:
    return Table(X, y.astype(np.int64), numbered("x", X.shape[1]), class_names)


@component("moons", reference="scikit-learn, make_moons")
class Moons(GeneratedSource):
    """Two half circles that interlock; with the default noise they just touch."""

    noise: float = _noise(0.2)

    def draw(self, samples: int, seed: int) -> Table:
        make = scikit_learn("datasets").make_moons
        X, y = make(samples, noise=self.noise, random_state=seed)
        return _table(X, y, ("upper", "lower"))


@component("circles", reference="scikit-learn, make_circles")
class Circles(GeneratedSource):
    """A ring around a disc: no straight line is better than chance."""

    noise: float = _noise(0.1)
    factor: float = setting(0.5, at_least=0, below=1, help="radius of the inner circle, the outer one's being 1")

    def draw(self, samples: int, seed: int) -> Table:
        make = scikit_learn("datasets").make_circles
        X, y = make(samples, noise=self.noise, factor=self.factor, random_state=seed)
        return _table(X, y, ("outer", "inner"))


@component("blobs", reference="scikit-learn, make_blobs")
class Blobs(GeneratedSource):
    """One round Gaussian cloud a class, centres drawn from [-10, 10]: nearly linear, the baseline of all."""

    features: int = _features(2, at_least=1)
    classes: int = _classes(3)
    cluster_std: float = setting(1.5, at_least=0, at_most=1000, help="standard deviation of each cloud")

    def draw(self, samples: int, seed: int) -> Table:
        random = np.random.RandomState(self.seed)
        centers = random.uniform(-10, 10, (self.classes, self.features))
        X, y = scikit_learn("datasets").make_blobs(
            samples,
            centers=centers,
            cluster_std=self.cluster_std,
            random_state=random if seed == self.seed else seed,  # scikit-learn's own order: first centres, then samples
        )
        return _table(X, y, numbered("cloud", self.classes))


@component("gaussian_quantiles", equation="class = quantile of |x|^2", reference="Zhu et al. (2009), SAMME")
class GaussianQuantiles(GeneratedSource):
    """One Gaussian cloud cut into shells of equally many samples, one class a shell."""

    features: int = _features(2, at_least=1)
    classes: int = _classes(3)

    def draw(self, samples: int, seed: int) -> Table:
        X, y = scikit_learn("datasets").make_gaussian_quantiles(
            n_samples=samples, n_features=self.features, n_classes=self.classes, random_state=seed
        )
        return _table(X, y, numbered("shell", self.classes))


class _NotesOrder(np.random.RandomState):
    """Keeps what was shuffled last: in make_classification the order of the features."""

    order: NDArray[np.intp]

    def shuffle(self, x: Any) -> None:
        super().shuffle(x)
        self.order = x


class _SameClouds(np.random.RandomState):
    """make_classification with another number of samples: the same corners and mixtures, the samples from `fresh`."""

    def __init__(self, seed: int, samples: int, fresh: np.random.RandomState) -> None:
        super().__init__(seed)
        self.samples, self.fresh = samples, fresh

    def standard_normal(self, size: Any = None) -> Any:
        super().standard_normal((self.samples, size[1]))  # so that the mixtures, drawn next, are the same
        return self.fresh.standard_normal(size)


@component("classification", reference="Guyon (2003), Design of experiments of the NIPS 2003 challenge")
class Classification(GeneratedSource):
    """Several clouds a class on the corners of a hypercube, among redundant and useless features."""

    samples: int = setting(400, **COUNT, help="how many samples, the held out ones among them")
    features: int = _features(10)
    informative: int = setting(4, at_least=1, at_most=100, help="features that carry the class")
    redundant: int = setting(2, at_least=0, at_most=100, help="features that are mixtures of the informative")
    classes: int = _classes(3)
    clusters_per_class: int = setting(2, at_least=1, at_most=100, help="clouds a class")
    class_sep: float = setting(1.0, above=0, at_most=1000, help="half the distance of the corners")
    flip_y: float = setting(0.02, at_least=0, at_most=1, help="share of labels drawn anew at random")

    def draw(self, samples: int, seed: int) -> Table:
        self._require_room()
        if seed == self.seed:
            X, y = self._make(samples, np.random.RandomState(seed), flip_y=self.flip_y)
        else:
            X, y = self._fresh(samples, np.random.RandomState(seed))
        return _table(X, y, numbered("class", self.classes))

    def _make(self, samples: int, random: np.random.RandomState, **options: Any) -> Any:
        return scikit_learn("datasets").make_classification(
            samples,
            self.features,
            n_informative=self.informative,
            n_redundant=self.redundant,
            n_classes=self.classes,
            n_clusters_per_class=self.clusters_per_class,
            class_sep=self.class_sep,
            random_state=random,
            **options,
        )

    def _fresh(self, samples: int, fresh: np.random.RandomState) -> Any:
        """Samples drawn from `fresh` around the training set's corners, with its mixtures and its order of features."""
        training = _NotesOrder(self.seed)
        self._make(self.samples, training, flip_y=self.flip_y)
        X, y = self._make(samples, _SameClouds(self.seed, self.samples, fresh), flip_y=0, shuffle=False)
        drawn_anew = fresh.uniform(size=samples) < self.flip_y
        y[drawn_anew] = fresh.randint(self.classes, size=np.count_nonzero(drawn_anew))
        return X[:, training.order], y

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
class Spirals(GeneratedSource):
    """Arms wound around each other, 0 < t <= 1 along each: the hard classic of the small plane."""

    noise: float = _noise(0.02)
    classes: int = _classes(2)
    turns: float = setting(1.0, at_least=0, at_most=100, help="how often each arm goes round")

    def draw(self, samples: int, seed: int) -> Table:
        index, y = np.divmod(np.arange(samples), self.classes)
        t = (index + 1) / (index[-1] + 1)
        angle = 2 * np.pi * (self.turns * t + y / self.classes)
        X = t[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
        X += self.noise * np.random.default_rng(seed).standard_normal(X.shape)
        return _table(X, y, numbered("arm", self.classes))


@component(
    "friedman1",
    equation="y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise",
    reference="Friedman (1991), Multivariate adaptive regression splines, section 4.3",
)
class Friedman1(GeneratedSource, RegressionSource):
    """A smooth function of five uniform features; any further features are decoys."""

    features: int = _features(10, at_least=5)
    noise: float = _noise(1.0)

    def draw(self, samples: int, seed: int) -> Table:
        make = scikit_learn("datasets").make_friedman1
        X, y = make(samples, self.features, noise=self.noise, random_state=seed)
        return Table(X, y[:, np.newaxis], numbered("x", self.features), ("y",))
