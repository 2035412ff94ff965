"""From checked settings to what the trainer takes: the dataset, the network that suits it, the encoded targets."""

from __future__ import annotations

import functools

import numpy as np

from chainrule.components.fields import Allowed, check
from chainrule.components.outputs import Output
from chainrule.core.data import Data, Split, encode_labels
from chainrule.core.network import Network
from chainrule.core.parameters import Parameters
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec
from chainrule.datasets import Dataset
from chainrule.datasets.source import DatasetSource
from chainrule.errors import InputError
from chainrule.settings import Settings


@functools.lru_cache(maxsize=64)
def load(source: DatasetSource) -> Dataset:
    """The dataset of a source, loaded once."""
    return source.load()


def network_of(settings: Settings) -> Network:
    """The network the settings describe, its inputs and outputs as many as the data asks for.

    Raises InputError for an output that can't give the targets.
    """
    dataset = load(settings.dataset)
    _require_reach(settings.output, dataset)
    return Network(
        (dataset.n_features, *settings.hidden, output_units(dataset, settings.output)),
        settings.activation,
        settings.output,
        settings.cost,
        settings.backward.hidden,
        settings.backward.output,
    )


def output_units(dataset: Dataset, output: Output) -> int:
    """One unit tells two classes apart, unless the units share one probability; else one a class or target."""
    return 1 if dataset.n_classes == 2 and not output.units_compete else dataset.n_outputs


@functools.lru_cache(maxsize=64)
def data_of(source: DatasetSource, output: Output, dtype: str) -> Data:
    """The dataset in the trainer's layout, its targets encoded for the output layer."""
    dataset = load(source)
    units = output_units(dataset, output)

    def split(X: np.ndarray, y: np.ndarray) -> Split | None:
        if not len(X):
            return None
        targets = encode_labels(y, dataset.n_classes, output, units) if dataset.n_classes else y
        return Split.of(X, targets, dtype)

    train = split(dataset.X_train, dataset.y_train)
    assert train is not None
    test, validation = split(dataset.X_test, dataset.y_test), split(dataset.X_validation, dataset.y_validation)
    return Data(train, test, dataset.task, validation)


def spec_of(settings: Settings) -> StackSpec:
    """What the run must share with others to train in one stack; InputError if its data can't be learned so."""
    samples = len(load(settings.dataset).X_train)
    check("batch_size", settings.batch_size, int | None, Allowed(at_least=1, at_most=samples))
    return StackSpec(
        network_of(settings),
        settings.epochs,
        None if settings.batch_size == samples else settings.batch_size,  # their order is then nothing but rounding
        settings.dtype,
        type(settings.optimizer),
        settings.l2 > 0.0,
        settings.train_biases,
        settings.record.points,
        settings.record.curves,
        snapshots=settings.record.parameters == "all",
    )


def member_of(settings: Settings, network: Network) -> Member:
    """What the run has of its own: its starting weights, the learning rate of each epoch, its stream of batches."""
    random = streams(settings.seed)
    start = Parameters.of(*settings.init.sample(network.sizes, np.random.default_rng(random.weights)))
    epochs = np.arange(settings.epochs, dtype=np.float64)
    rates = settings.learning_rate * settings.schedule.factor(epochs, settings.epochs)
    return Member(start.flat[0], rates, settings.optimizer, settings.l2, random.batches)


def uses_seed(settings: Settings) -> bool:
    """Whether the run's seed changes its numbers: it draws the starting weights and the order of mini-batches.

    (It draws the directions of the gradient check as well, of which any are as good as any other.)
    """
    is_full_batch = settings.batch_size in (None, len(load(settings.dataset).X_train))
    return settings.init.is_random or not is_full_batch


def _require_reach(output: Output, dataset: Dataset) -> None:
    """Refuse an output that can't give the targets of a regression."""
    if dataset.task != "regression" or output.unbounded:
        return
    low, high = float(dataset.y_train.min()), float(dataset.y_train.max())
    if output.units_compete or low < output.low or high > output.high:
        reach = f"the targets of {dataset.name}, a regression, go from {low:.3g} to {high:.3g}"
        raise InputError("output", output.name, f"{reach}; use output=identity")
