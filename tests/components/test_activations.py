"""The contract of every registered activation: the derivative is the derivative, and the extremes are finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, getcontext

import numpy as np
import pytest

from chainrule.components import create, names
from chainrule.components.activations import Activation, LeCunTanh

# Every registered one with its defaults, and those with a field once more with another value.
ALL = [create("activation", name) for name in names("activation")]
ALL += [create("activation", "leaky_relu", {"slope": 0.3}), create("activation", "elu", {"alpha": 2.0})]
every = pytest.mark.parametrize("f", ALL, ids=lambda f: "-".join([f.name, *map(str, f.fields().values())]))

getcontext().prec = 60


@every
def test_derivative_is_the_complex_step_of_value(f: Activation) -> None:
    z = np.random.default_rng(0).uniform(-8.0, 8.0, 1000)
    numeric = f.value(z + 1e-20j).imag / 1e-20
    np.testing.assert_allclose(f.derivative(z), numeric, rtol=1e-12, atol=1e-15)


@every
def test_derivative_is_the_central_difference_of_value(f: Activation) -> None:
    z = np.random.default_rng(1).uniform(-8.0, 8.0, 1000)
    h = 1e-5
    numeric = (f.value(z + h) - f.value(z - h)) / (2.0 * h)
    np.testing.assert_allclose(f.derivative(z), numeric, rtol=1e-8, atol=1e-9)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extremes_are_finite_and_the_slope_is_the_secant(f: Activation, dtype: str) -> None:
    z = np.array([-1000.0, -700.0, 0.0, 700.0, 1000.0], dtype)
    a, slope = f.value(z), f.derivative(z)
    assert a.dtype == slope.dtype == dtype
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()
    if f.name != "sine":  # the others are lines out there
        secants = [(a[1] - a[0]) / 300.0, (a[4] - a[3]) / 300.0]
        np.testing.assert_allclose(slope[[0, 4]], secants, rtol=1e-5, atol=1e-30)


@every
def test_max_slope_is_reached_and_never_passed(f: Activation) -> None:
    steepest = np.abs(f.derivative(np.linspace(-40.0, 40.0, 160_001))).max()
    assert steepest <= f.max_slope * (1.0 + 4e-16)
    assert steepest > 0.999 * f.max_slope


@every
def test_evaluate_writes_both_and_leaves_z_alone(f: Activation) -> None:
    z = np.random.default_rng(2).normal(size=(3, 4, 5))
    kept, a, slope = z.copy(), np.full_like(z, np.nan), np.full_like(z, np.nan)
    f.evaluate(z, a, slope)
    np.testing.assert_array_equal(z, kept)
    np.testing.assert_array_equal(a, f.value(z))
    np.testing.assert_array_equal(slope, f.derivative(z))


@every
def test_whole_numbers_and_plain_numbers_are_taken_as_floats(f: Activation) -> None:
    assert f.value(2).shape == ()
    np.testing.assert_array_equal(f.value(np.array([-2, 2])), f.value(np.array([-2.0, 2.0])))
    assert f.derivative(2) == f.derivative(2.0)


CLOSED_FORMS: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1.0 / (1.0 + math.exp(-z)),
    "tanh": lambda z: (math.exp(2.0 * z) - 1.0) / (math.exp(2.0 * z) + 1.0),
    "lecun_tanh": lambda z: 1.7159 * math.tanh(2.0 * z / 3.0),
    "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z: max(0.01 * z, z),
    "elu": lambda z: z if z > 0.0 else math.exp(z) - 1.0,
    "softplus": lambda z: math.log(1.0 + math.exp(z)),
    "gelu": lambda z: 0.5 * z * (1.0 + math.erf(z / math.sqrt(2.0))),
    "silu": lambda z: z / (1.0 + math.exp(-z)),
    "sine": math.sin,
    "identity": lambda z: z,
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_value_is_the_closed_form(name: str) -> None:
    z = np.linspace(-5.0, 5.0, 101)
    expected = [CLOSED_FORMS[name](float(each)) for each in z]
    np.testing.assert_allclose(create("activation", name).value(z), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("sigmoid", 0.0, 1.0),
        ("tanh", -1.0, 1.0),
        ("lecun_tanh", -1.7159, 1.7159),
        ("relu", 0.0, 1000.0),
        ("leaky_relu", -10.0, 1000.0),
        ("elu", -1.0, 1000.0),
        ("softplus", 0.0, 1000.0),
        ("gelu", 0.0, 1000.0),
        ("silu", 0.0, 1000.0),
        ("identity", -1000.0, 1000.0),
    ],
)
def test_limits_at_plus_and_minus_a_thousand(name: str, left: float, right: float) -> None:
    np.testing.assert_allclose(create("activation", name).value([-1000.0, 1000.0]), [left, right], atol=1e-300)


@pytest.mark.parametrize("z", [-700.0, -40.0, -1.5, 0.0, 1.5, 40.0, 700.0])
def test_sigmoid_keeps_every_digit_in_both_tails(z: float) -> None:
    e = Decimal(z).exp()
    sigmoid = create("activation", "sigmoid")
    assert float(sigmoid.value(z)) == pytest.approx(float(e / (1 + e)), rel=1e-15, abs=0.0)
    assert float(sigmoid.derivative(z)) == pytest.approx(float(e / (1 + e) ** 2), rel=1e-15, abs=0.0)


@pytest.mark.parametrize("z", [-80.0, -10.0, 10.0, 80.0])
def test_sigmoid_keeps_every_digit_in_single_precision(z: float) -> None:
    e = Decimal(z).exp()
    slope = create("activation", "sigmoid").derivative(np.float32(z))
    assert slope.dtype == np.float32
    assert float(slope) == pytest.approx(float(e / (1 + e) ** 2), rel=1e-6, abs=0.0)


@pytest.mark.parametrize("name", ["softplus", "silu", "gelu", "elu"])
def test_left_tails_keep_their_digits(name: str) -> None:
    z = -20.0
    e = Decimal(z).exp()
    expected = {
        "softplus": (1 + e).ln(),
        "silu": Decimal(z) * e / (1 + e),
        "gelu": Decimal(z) * Decimal(0.5 * math.erfc(20.0 / math.sqrt(2.0))),
        "elu": e - 1,
    }[name]
    assert float(create("activation", name).value(z)) == pytest.approx(float(expected), rel=1e-13, abs=0.0)


@every
def test_infinite_z_raises_no_warning(f: Activation) -> None:
    assert f.value([-np.inf, np.inf]).shape == f.derivative([-np.inf, np.inf]).shape == (2,)


def test_at_a_kink_the_slope_is_that_of_the_left() -> None:
    assert create("activation", "relu").derivative(0.0) == 0.0
    assert create("activation", "leaky_relu", {"slope": 0.3}).derivative(0.0) == 0.3
    assert create("activation", "elu", {"alpha": 2.0}).derivative(0.0) == 2.0


def test_lecun_tanh_passes_through_one_and_bends_most_there() -> None:
    f = LeCunTanh()
    np.testing.assert_allclose(f.value([-1.0, 1.0]), [-1.0, 1.0], atol=1e-5)
    z = np.linspace(0.0, 4.0, 4001)
    curvature = np.abs(np.gradient(f.derivative(z), z))
    assert z[curvature.argmax()] == pytest.approx(1.0, abs=0.02)
