"""Measured data that scikit-learn carries with it: flowers, wines, cells, digits, patients, athletes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from chainrule.components.fields import setting
from chainrule.components.registry import component
from chainrule.datasets.scikit_learn import scikit_learn
from chainrule.datasets.source import DatasetSource, RegressionSource, Table


def _texts(names: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


def _classes(bunch: Any) -> Table:
    X, y = np.asarray(bunch.data, dtype=np.float64), np.asarray(bunch.target, dtype=np.int64)
    return Table(X, y, _texts(bunch.feature_names), _texts(bunch.target_names))


@component("iris", reference="Fisher (1936), The use of multiple measurements in taxonomic problems")
class Iris(DatasetSource):
    """150 flowers, 4 lengths in cm, 3 species; one species is linearly separable from the others."""

    def raw(self) -> Table:
        return _classes(scikit_learn("datasets").load_iris())


@component("wine", reference="Forina et al. (1988), PARVUS; UCI Machine Learning Repository")
class Wine(DatasetSource):
    """178 wines, 13 chemical measurements on very different scales, 3 growers."""

    def raw(self) -> Table:
        return _classes(scikit_learn("datasets").load_wine())


@component("breast_cancer", reference="Street, Wolberg & Mangasarian (1993), Nuclear feature extraction")
class BreastCancer(DatasetSource):
    """569 tumours, 30 measurements of cell nuclei, malignant or benign."""

    def raw(self) -> Table:
        return _classes(scikit_learn("datasets").load_breast_cancer())


@component("digits", reference="Alpaydin & Kaynak (1998), Optical recognition of handwritten digits")
class Digits(DatasetSource):
    """1797 handwritten digits of 8 x 8 pixels, 10 classes; some border pixels are always 0."""

    image_shape: ClassVar[tuple[int, int] | None] = (8, 8)
    ink: float = setting(16.0, above=0, help="what a black pixel counts, white being 0; standardize undoes it")

    def raw(self) -> Table:
        table = _classes(scikit_learn("datasets").load_digits())
        return table._replace(X=table.X * (self.ink / 16.0))


@component("diabetes", reference="Efron, Hastie, Johnstone & Tibshirani (2004), Least angle regression")
class Diabetes(RegressionSource):
    """442 patients, 10 features (scaled to equal norm by scikit-learn), their disease a year later."""

    def raw(self) -> Table:
        bunch = scikit_learn("datasets").load_diabetes()
        y = np.asarray(bunch.target, dtype=np.float64)[:, np.newaxis]
        return Table(bunch.data, y, _texts(bunch.feature_names), ("progression",))


@component("linnerud", reference="Tenenhaus (1998), La régression PLS: théorie et pratique")
class Linnerud(RegressionSource):
    """20 athletes, 3 exercises, and 3 targets at once: weight, waist and pulse."""

    def raw(self) -> Table:
        bunch = scikit_learn("datasets").load_linnerud()
        X, y = np.asarray(bunch.data, dtype=np.float64), np.asarray(bunch.target, dtype=np.float64)
        return Table(X, y, _texts(bunch.feature_names), _texts(bunch.target_names))
