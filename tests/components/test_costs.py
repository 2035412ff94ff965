"""The contract of every registered cost on every output it is defined on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.arrays import require_pair
from chainrule.components import create, names
from chainrule.components.costs import Cost
from chainrule.components.outputs import Output
from chainrule.errors import InputError

STEP = 1e-20
ALL = [(create("output", o), create("cost", c)) for o in names("output") for c in names("cost")]
ALL += [(create("output", o), create("cost", "huber", {"delta": 0.2})) for o in names("output")]
PAIRS = [(output, cost) for output, cost in ALL if cost.suits(output)]
REFUSED = [(output, cost) for output, cost in ALL if not cost.suits(output)]


def identify(component: Output | Cost) -> str:
    return "-".join([component.name, *map(str, component.fields().values())])


every = pytest.mark.parametrize(("output", "cost"), PAIRS, ids=identify)


def answers(output: Output, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, slope = np.empty_like(z), np.empty_like(z)
    output.evaluate(z, a, slope)
    return a, slope


def targets(output: Output, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """One target of "yes" a sample, and soft targets in the first two samples."""
    _, units, samples = shape
    y = np.full((1, units, samples), output.low)
    y[0, rng.integers(0, units, samples), np.arange(samples)] = output.high
    y[:, :, :2] = np.array([0.1, 0.2, 0.7])[None, :, None]
    return y


@every
def test_error_is_the_complex_step_of_the_loss(output: Output, cost: Cost) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 2.0, (2, 3, 6))
    y = targets(output, z.shape, rng)
    a, slope = answers(output, z)
    error = np.empty_like(z)
    cost.error(output, z, a, slope, y, error)
    for unit in range(3):
        nudged = z.astype(complex)
        nudged[:, unit] += 1j * STEP
        loss = cost.loss(output, nudged, answers(output, nudged)[0], y)
        numeric = loss.sum(axis=1).imag / STEP
        np.testing.assert_allclose(error[:, unit], numeric, rtol=1e-11, atol=1e-15)


@every
def test_error_is_the_upstream_error_pulled_back(output: Output, cost: Cost) -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(0.0, 2.0, (2, 3, 6))
    y = targets(output, z.shape, rng)
    a, slope = answers(output, z)
    error, upstream = np.empty_like(z), np.empty_like(z)
    cost.error(output, z, a, slope, y, error)
    cost.upstream(output, z, a, y, upstream)
    np.testing.assert_allclose(output.pull_back(a, slope, upstream), error, rtol=1e-10, atol=1e-14)


@every
def test_loss_is_finite_never_negative_and_nothing_for_a_perfect_answer(output: Output, cost: Cost) -> None:
    z = np.array([[-1000.0, 1000.0, 0.0], [1000.0, -1000.0, 1000.0], [-1000.0, 1000.0, -1000.0]])[None]
    y = np.zeros((1, 3, 3)) + output.low
    y[0, 1] = output.high
    with np.errstate(under="ignore"):
        a, _ = answers(output, z)
        loss = cost.loss(output, z, a, y)
    assert np.isfinite(loss).all()
    assert (loss >= 0.0).all()
    assert loss[0, :, 1].sum() > 0.1  # the second sample is wrong in every unit
    if not output.unbounded:
        np.testing.assert_allclose(loss[0, :, 0], 0.0, atol=1e-300)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("miss", [30.0, 1000.0])
def test_cross_entropy_of_a_sure_mistake_is_its_distance(output: str, miss: float) -> None:
    """-ln p = ln(1 + e^z) = z up to e^-z, where p itself may have underflown."""
    z = np.array([miss, 0.0])[None, :, None] if output == "softmax" else np.array([miss])[None, :, None]
    y = np.array([0.0, 1.0])[None, :, None] if output == "softmax" else np.zeros((1, 1, 1))
    rule, layer = create("cost", "cross_entropy"), create("output", output)
    with np.errstate(under="ignore"):
        loss = rule.loss(layer, z, answers(layer, z)[0], y)
    assert loss.sum() == pytest.approx(miss, rel=1e-13)


def test_values_written_out() -> None:
    """a = 3 and -1 against y = 0.5: differences 2.5 and -1.5."""
    layer = create("output", "identity")
    a, y = np.array([3.0, -1.0])[None, :, None], np.full((1, 1, 1), 0.5)
    out = np.empty_like(a)

    def both(name: str, **fields: float) -> tuple[list[float], list[float]]:
        rule = create("cost", name, fields)
        rule.upstream(layer, a, a, y, out)
        return rule.loss(layer, a, a, y).ravel().tolist(), out.ravel().tolist()

    assert both("quadratic") == ([3.125, 1.125], [2.5, -1.5])
    assert both("huber") == ([2.0, 1.0], [1.0, -1.0])  # 1 (2.5 - 1/2), 1 (1.5 - 1/2)
    assert both("huber", delta=2.0) == ([3.0, 1.125], [2.0, -1.5])  # 2 (2.5 - 1), 1.5^2 / 2


def test_cross_entropy_is_in_nats_and_divides_by_the_probability() -> None:
    rule = create("cost", "cross_entropy")
    z, y = np.log([0.2, 0.5, 0.3])[None, :, None], np.array([0.0, 1.0, 0.0])[None, :, None]
    softmax, out = create("output", "softmax"), np.empty((1, 3, 1))
    a, _ = answers(softmax, z)
    rule.upstream(softmax, z, a, y, out)
    assert rule.loss(softmax, z, a, y).sum() == pytest.approx(math.log(2.0), rel=1e-14)
    np.testing.assert_allclose(out.ravel(), [0.0, -2.0, 0.0], rtol=1e-14)

    sigmoid, z, y = create("output", "sigmoid"), np.log([[[0.8 / 0.2]]]), np.full((1, 1, 1), 0.3)
    a, _ = answers(sigmoid, z)
    loss = -(0.3 * math.log(0.8) + 0.7 * math.log(0.2))
    assert rule.loss(sigmoid, z, a, y).item() == pytest.approx(loss, rel=1e-14)
    out = np.empty((1, 1, 1))
    rule.upstream(sigmoid, z, a, y, out)
    assert out.item() == pytest.approx((0.8 - 0.3) / (0.8 * 0.2), rel=1e-14)


def test_the_likelihoods_gradient_is_finite_where_a_probability_is_exactly_right() -> None:
    """1/a and 1/(1 - a) overflow on the other side, where the target leaves them out."""
    z, y = np.array([-1000.0, 1000.0])[None, None], np.array([0.0, 1.0])[None, None]
    sigmoid, out = create("output", "sigmoid"), np.empty((1, 1, 2))
    with np.errstate(all="ignore"):  # as in training
        create("cost", "cross_entropy").upstream(sigmoid, z, answers(sigmoid, z)[0], y, out)
    assert out.ravel().tolist() == [1.0, -1.0]


@pytest.mark.parametrize(("output", "cost"), REFUSED, ids=identify)
def test_a_refused_pair_names_the_outputs_that_suit(output: Output, cost: Cost) -> None:
    with pytest.raises(InputError) as refused:
        require_pair(cost, output)
    message = str(refused.value)
    assert message.startswith(f"cost={cost.name}: makes no sense on output={output.name}")
    suitable = [name for name in names("output") if cost.suits(create("output", name))]
    assert suitable
    assert message.endswith(f"it goes with output={' or '.join(suitable)}")


def test_cross_entropy_wants_a_probability() -> None:
    refused = {(output.name, cost.name) for output, cost in REFUSED}
    assert refused == {("tanh", "cross_entropy"), ("identity", "cross_entropy")}
