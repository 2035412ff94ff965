"""The contract of every registered output layer: its derivative, its Jacobian and its targets."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.components import create, names
from chainrule.components.outputs import Output

STEP = 1e-20
every = pytest.mark.parametrize("output", [create("output", name) for name in names("output")], ids=lambda o: o.name)


def evaluate(output: Output, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, slope = np.empty_like(z), np.empty_like(z)
    with np.errstate(under="ignore"):
        output.evaluate(z, a, slope)
    return a, slope


def jacobian(output: Output, z: np.ndarray) -> np.ndarray:
    """da_j/dz_k of one sample, (units, units), by the complex step."""
    units = len(z)
    nudged = z[:, None] + 1j * STEP * np.eye(units)  # a sample for each nudged unit
    return evaluate(output, nudged[None])[0][0].imag / STEP


@every
def test_slope_is_the_diagonal_of_the_jacobian(output: Output) -> None:
    z = np.random.default_rng(0).normal(0.0, 2.0, 4)
    _, slope = evaluate(output, z[None, :, None])
    np.testing.assert_allclose(slope[0, :, 0], np.diag(jacobian(output, z)), rtol=1e-12)


@every
def test_pull_back_is_the_transposed_jacobian_times_the_error(output: Output) -> None:
    rng = np.random.default_rng(1)
    z, error = rng.normal(0.0, 2.0, (2, 4, 3)), rng.normal(size=(2, 4, 3))
    a, slope = evaluate(output, z)
    expected = np.empty_like(z)
    for run in range(2):
        for sample in range(3):
            expected[run, :, sample] = jacobian(output, z[run, :, sample]).T @ error[run, :, sample]
    np.testing.assert_allclose(output.pull_back(a, slope, error.copy()), expected, rtol=1e-12, atol=1e-15)


@every
def test_max_slope_is_reached_and_never_passed(output: Output) -> None:
    z = np.stack([np.linspace(-20.0, 20.0, 40_001), np.zeros(40_001)])[None]
    steepest = np.abs(evaluate(output, z)[1]).max()
    assert 0.999 * output.max_slope < steepest <= output.max_slope * (1.0 + 4e-16)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_out_it_answers_its_own_targets(output: Output, dtype: str) -> None:
    z = np.array([-1000.0, 1000.0], dtype)[None, :, None]
    a, slope = evaluate(output, z)
    assert np.isfinite(slope).all()
    expected = [-1000.0, 1000.0] if output.unbounded else [output.low, output.high]
    np.testing.assert_allclose(a[0, :, 0], expected, atol=1e-30)


@every
def test_the_analytic_parts_of_a_complex_pass_are_the_real_pass(output: Output) -> None:
    z = np.random.default_rng(2).normal(0.0, 3.0, (2, 4, 3))
    for real, analytic in zip(evaluate(output, z), evaluate(output, z.astype(complex)), strict=True):
        np.testing.assert_allclose(analytic.real, real, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(analytic.imag, 0.0)


def test_softmax_is_a_distribution_that_only_differences_decide() -> None:
    softmax = create("output", "softmax")
    z = np.random.default_rng(3).normal(0.0, 3.0, (2, 5, 7))
    a, _ = evaluate(softmax, z)
    np.testing.assert_allclose(a.sum(axis=1), 1.0, rtol=1e-15)
    np.testing.assert_allclose(evaluate(softmax, z + 500.0)[0], a, rtol=1e-12)
    np.testing.assert_allclose(np.log(a[:, 1] / a[:, 0]), z[:, 1] - z[:, 0], rtol=1e-12)


def test_softmax_of_two_units_is_the_sigmoid_of_their_difference() -> None:
    z = np.random.default_rng(4).normal(0.0, 5.0, (1, 2, 50))
    pair, _ = evaluate(create("output", "softmax"), z)
    single, _ = evaluate(create("output", "sigmoid"), z[:, :1] - z[:, 1:])
    np.testing.assert_allclose(pair[:, :1], single, rtol=1e-13)
