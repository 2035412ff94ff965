"""Mini-batches on a linear neuron without a bias, which has closed forms: a step multiplies w by 1 - rate mean(x^2)."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import train
from chainrule.components import create

RATE = 0.1


def learn(x: list[float], batch_size: int | None, *, epochs: int = 1, seed: int = 0) -> np.ndarray:
    """|w| after each epoch, from w = 1 towards the target 0; the cost w^2 mean(x^2) / 2 tells it."""
    X = np.array(x)[:, None]
    trained = train(
        [[[1.0]]],
        [[0.0]],
        X,
        np.zeros_like(X),
        learning_rate=RATE,
        epochs=epochs,
        batch_size=batch_size,
        output="identity",
        train_biases=False,
        seed=seed,
    )
    w = np.sqrt(2.0 * trained.history["cost/train"].to_numpy() / np.mean(X**2))
    assert w[0] == pytest.approx(1.0, rel=1e-12)
    assert abs(trained.weights[0][0, 0]) == pytest.approx(w[-1], rel=1e-9)
    return w


def test_a_batch_of_one_uses_every_sample_once_an_epoch() -> None:
    """The product over the samples does not depend on their order, and no other multiset gives the same."""
    x = [0.3, 0.7, 1.1, 1.3, 1.7, 1.9]
    w = learn(x, 1, epochs=5, seed=3)
    expected = np.prod([1.0 - RATE * each**2 for each in x]) ** np.arange(6)
    np.testing.assert_allclose(w, expected, rtol=1e-12)


def test_the_full_batch_steps_once_an_epoch_by_the_mean() -> None:
    x = [0.3, 0.7, 1.1, 1.3]
    expected = (1.0 - RATE * np.mean(np.square(x))) ** np.arange(4)
    np.testing.assert_allclose(learn(x, None, epochs=3), expected, rtol=1e-12)
    np.testing.assert_allclose(learn(x, 4, epochs=3), expected, rtol=1e-12)


def short_last_batch(x: list[float]) -> np.ndarray:
    """What an epoch of batches of two can multiply w by, one value for each sample that may be left over."""
    squares = np.square(x)
    pairs = [(squares.sum() - last) / 2.0 for last in squares]
    return np.array([(1.0 - RATE * pair) * (1.0 - RATE * last) for pair, last in zip(pairs, squares, strict=True)])


def test_a_short_last_batch_weighs_what_it_weighs() -> None:
    """Of three samples two make a batch; the third is a batch of its own mean, neither dropped nor padded."""
    x = [0.4, 1.2, 2.0]
    possible = short_last_batch(x)
    assert len(set(possible.round(6))) == 3
    w = learn(x, 2, epochs=60)
    factors = w[1:] / w[:-1]
    nearest = np.abs(factors[:, None] - possible).argmin(axis=1)
    np.testing.assert_allclose(factors, possible[nearest], rtol=1e-9)
    assert set(nearest) == {0, 1, 2}  # the samples are shuffled anew every epoch


def test_the_seed_decides_the_order() -> None:
    x = [0.4, 1.2, 2.0, 0.9, 1.5]
    first, again, other = (learn(x, 2, epochs=20, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other, rtol=1e-6)


def test_adam_counts_a_step_a_batch() -> None:
    """Its corrections 1 - beta^t fade with t: four batches of equal samples are the steps 1, 2, 3, 4."""
    rule = create("optimizer", "adam", {"beta1": 0.5, "beta2": 0.75})
    w, state = np.ones((1, 1)), [np.zeros((1, 1)), np.zeros((1, 1))]
    for t in (1, 2, 3, 4):
        rule.update(w, w * 2.25, 0.1, state, t)
    samples = np.full((4, 1), 1.5)
    chosen = {"learning_rate": 0.1, "epochs": 2, "batch_size": 2, "output": "identity", "train_biases": False}
    trained = train([[[1.0]]], [[0.0]], samples, 0.0 * samples, optimizer=rule, **chosen)
    assert trained.weights[0].item() == pytest.approx(w.item(), rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 10])
def test_equal_samples_make_every_batch_the_same_step(batch_size: int) -> None:
    """Ten equal samples: the number of batches, a short one counted, is the number of steps."""
    w = learn([1.5] * 10, batch_size, epochs=2)
    steps = -(-10 // batch_size) * np.arange(3)
    np.testing.assert_allclose(w, (1.0 - RATE * 2.25) ** steps, rtol=1e-11)
