"""The contract of every registered initializer, and each one's distribution against its theory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from chainrule.components import create, names
from chainrule.components.initializers import BIASES

FAN_IN, FAN_OUT = 500, 300  # 150,000 weights: the variance's estimate has a relative deviation below 0.4 %
DETERMINED = {"zeros", "constant", "identity"}

# Var w as a function of (fan_in, fan_out), and whether w is uniform.
THEORY: dict[str, tuple[Callable[[int, int], float], bool]] = {
    "uniform": (lambda n, m: 0.3**2 / 3.0, True),
    "normal": (lambda n, m: 1.0, False),
    "torch_uniform": (lambda n, m: 1.0 / (3.0 * n), True),
    "nielsen": (lambda n, m: 1.0 / n, False),
    "lecun_normal": (lambda n, m: 1.0 / n, False),
    "lecun_uniform": (lambda n, m: 1.0 / n, True),
    "xavier_normal": (lambda n, m: 2.0 / (n + m), False),
    "xavier_uniform": (lambda n, m: 2.0 / (n + m), True),
    "he_normal": (lambda n, m: 2.0 / n, False),
    "he_uniform": (lambda n, m: 2.0 / n, True),
}


def weights(name: str, fan_out: int = FAN_OUT, fan_in: int = FAN_IN, seed: int = 0, **fields: float) -> np.ndarray:
    return create("init", name, fields).weight(fan_out, fan_in, np.random.default_rng(seed))


@pytest.mark.parametrize("name", THEORY)
def test_mean_and_variance_are_those_of_the_theory(name: str) -> None:
    variance = THEORY[name][0](FAN_IN, FAN_OUT)
    W = weights(name)
    assert np.mean(W) == pytest.approx(0.0, abs=4.0 * math.sqrt(variance / W.size))
    assert np.var(W) == pytest.approx(variance, rel=0.015)


@pytest.mark.parametrize("name", THEORY)
def test_the_distribution_has_its_shape(name: str) -> None:
    """Within one deviation: 1/sqrt(3) of a uniform distribution, erf(1/sqrt(2)) of a normal one."""
    variance, uniform = THEORY[name][0](FAN_IN, FAN_OUT), THEORY[name][1]
    size = np.abs(weights(name)) / math.sqrt(variance)
    within = 1.0 / math.sqrt(3.0) if uniform else math.erf(1.0 / math.sqrt(2.0))
    assert np.mean(size < 1.0) == pytest.approx(within, abs=0.006)
    assert (size.max() < math.sqrt(3.0) * (1.0 + 1e-12)) == uniform


@pytest.mark.parametrize("name", [name for name in names("init") if "scale" in create("init", name).fields()])
def test_scale_multiplies_the_weights(name: str) -> None:
    own = create("init", name).scale
    np.testing.assert_allclose(weights(name, 6, 4, scale=2.5 * own), 2.5 * weights(name, 6, 4), rtol=1e-14)


def test_every_random_initializer_has_its_theory_here() -> None:
    assert set(names("init")) == set(THEORY) | DETERMINED | {"orthogonal"}


@pytest.mark.parametrize(("fan_out", "fan_in"), [(5, 3), (3, 5), (64, 64), (1, 7), (7, 1)])
def test_orthogonal_has_one_singular_value(fan_out: int, fan_in: int) -> None:
    W = weights("orthogonal", fan_out, fan_in, scale=1.5)
    gram = W.T @ W if fan_out >= fan_in else W @ W.T
    np.testing.assert_allclose(gram, 2.25 * np.eye(len(gram)), rtol=0.0, atol=1e-12)


def test_orthogonal_is_drawn_evenly_over_all_rotations() -> None:
    """A plain QR decomposition fixes signs: its first entry would never be positive."""
    positive = np.mean([weights("orthogonal", 3, 3, seed)[0, 0] > 0.0 for seed in range(400)])
    assert positive == pytest.approx(0.5, abs=0.1)


def test_the_determined_ones() -> None:
    np.testing.assert_array_equal(weights("zeros", 2, 3), [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(weights("constant", 2, 3, value=-0.25), [[-0.25] * 3] * 2)
    np.testing.assert_array_equal(weights("identity", 2, 3, scale=2.0), [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])


@pytest.mark.parametrize("name", names("init"))
def test_sample_draws_every_layer_in_its_shape(name: str) -> None:
    sizes = (4, 1, 6, 3)
    W, b = create("init", name).sample(sizes, np.random.default_rng(0))
    assert [w.shape for w in W] == [(1, 4), (6, 1), (3, 6)]
    assert [v.shape for v in b] == [(1,), (6,), (3,)]
    assert all(x.dtype == np.float64 and np.isfinite(x).all() for x in [*W, *b])


@pytest.mark.parametrize("name", names("init"))
def test_a_seed_decides_every_number(name: str) -> None:
    def flat(seed: int) -> bytes:
        W, b = create("init", name, {"bias": "normal"}).sample((3, 5, 5, 2), np.random.default_rng(seed))
        return b"".join(x.tobytes() for x in [*W, *b])

    assert flat(1) == flat(1)
    assert flat(1) != flat(2)


@pytest.mark.parametrize("name", sorted(set(names("init")) - DETERMINED))
def test_layers_and_seeds_do_not_repeat_each_other(name: str) -> None:
    init = create("init", name)
    drawn = [W for seed in (1, 2) for W in init.sample((5, 5, 5), np.random.default_rng(seed))[0]]
    for first, second in itertools.combinations(drawn, 2):
        assert not np.isclose(first, second).any()


@pytest.mark.parametrize("name", names("init"))
def test_the_biases_distribution_does_not_move_the_weights(name: str) -> None:
    plain, other = (create("init", name, {"bias": kind}) for kind in ("zeros", "normal"))
    rngs = np.random.default_rng(3), np.random.default_rng(3)
    for first, second in zip(plain.sample((4, 5, 2), rngs[0])[0], other.sample((4, 5, 2), rngs[1])[0], strict=True):
        np.testing.assert_array_equal(first, second)


# Var b for bias_scale = 3 over a fan in of 16.
BIAS_VARIANCE = {"zeros": 0.0, "constant": 0.0, "uniform": 9.0 / 3.0, "normal": 9.0, "fan_in_uniform": 9.0 / (3.0 * 16)}


@pytest.mark.parametrize("kind", BIASES)
def test_biases_are_those_of_the_theory(kind: str) -> None:
    init = create("init", "zeros", {"bias": kind, "bias_scale": 3.0})
    b = init.biases(100_000, 16, np.random.default_rng(0))
    assert b.shape == (100_000,)
    assert np.mean(b) == pytest.approx(3.0 if kind == "constant" else 0.0, abs=0.05)
    assert np.var(b) == pytest.approx(BIAS_VARIANCE[kind], rel=0.02)
    if kind.endswith("uniform"):
        assert np.abs(b).max() <= math.sqrt(3.0 * BIAS_VARIANCE[kind])


@pytest.mark.parametrize("name", names("init"))
def test_biases_start_at_zero_unless_the_recipe_has_its_own(name: str) -> None:
    b = create("init", name).biases(50_000, 16, np.random.default_rng(0))
    expected = {"torch_uniform": 1.0 / (3.0 * 16), "nielsen": 1.0}.get(name, 0.0)
    assert np.var(b) == pytest.approx(expected, rel=0.03)
    assert np.mean(b) == pytest.approx(0.0, abs=0.02)


def test_a_start_is_random_if_its_weights_or_its_biases_are() -> None:
    fixed = {name for name in names("init") if not create("init", name).is_random}
    assert fixed == {"zeros", "constant", "identity"}
    assert [create("init", "zeros", {"bias": kind}).is_random for kind in BIASES] == [False, False, True, True, True]
    assert create("init", "normal", {"bias": "constant"}).is_random


def test_glorot_keeps_the_variance_of_a_linear_layer_and_he_that_of_a_relu() -> None:
    """E[(W x)^2] = n Var(w) E[x^2]: 1/3 with U(+-1/sqrt n), 1 with 1/n; half of it is lost in a relu, so 2/n."""
    x = np.random.default_rng(5).standard_normal((FAN_IN, 400))

    def carried(name: str, inputs: np.ndarray) -> float:
        return float(np.mean(np.square(weights(name, seed=6) @ inputs)) / np.mean(np.square(x)))

    assert carried("torch_uniform", x) == pytest.approx(1.0 / 3.0, rel=0.03)
    assert carried("lecun_uniform", x) == pytest.approx(1.0, rel=0.03)
    assert carried("lecun_normal", np.maximum(x, 0.0)) == pytest.approx(0.5, rel=0.05)
    assert carried("he_normal", np.maximum(x, 0.0)) == pytest.approx(1.0, rel=0.05)
