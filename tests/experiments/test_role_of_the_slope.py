"""One neuron, two starts, fewer rates: everything that is claimed of them holds already."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import backprop
from experiments.role_of_the_slope.flow import sigmoid_neuron_flow

TIMES = np.linspace(0.0, 50.0, 11)


@pytest.fixture(scope="session")
def neurons(reduced):
    measured = reduced("role_of_the_slope").measured
    return measured.moderate, measured.saturated


def test_all_is_reproduced(reduced) -> None:
    assert all(finding.reproduced for finding in reduced("role_of_the_slope").findings.values())


@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
@given(z=st.floats(-3.0, 6.0))
def test_the_neuron_moves_as_backpropagation_says(cost: str, z: float) -> None:
    """dz/dt = -(dC/dw + dC/db) at every time, both by `backprop`."""
    h = 1e-4
    here = sigmoid_neuron_flow(TIMES, z, cost)
    speed = (sigmoid_neuron_flow(TIMES + h, z, cost) - here) / h
    for z_now, dz in zip(here, speed, strict=True):
        step = backprop([[[z_now]]], [[0.0]], [[1.0]], [[0.0]], cost=cost)
        downhill = -(step.weight_gradients[0][0, 0] + step.bias_gradients[0][0])
        assert dz == pytest.approx(downhill, rel=1e-3, abs=1e-9)
    assert here[0] == pytest.approx(z, abs=1e-12)


def test_the_factors_are_those_of_the_neuron(neurons) -> None:
    """The recorded factors against a = sigmoid(z) at the recorded output; under cross-entropy they multiply to a."""
    for neuron in neurons:
        quadratic, entropy = neuron.tracks["quadratic"], neuron.tracks["cross_entropy"]
        a = quadratic["output"]
        np.testing.assert_allclose(quadratic["error"], a, rtol=1e-12)
        np.testing.assert_allclose(quadratic["slope"], a * (1 - a), rtol=1e-9)
        np.testing.assert_allclose(quadratic["cost"], a**2 / 2, rtol=1e-12)
        np.testing.assert_allclose(entropy["error"] * entropy["slope"], entropy["output"], rtol=1e-9)
        assert (quadratic["input"] == 1.0).all()


def test_the_speed_is_that_of_z(neurons) -> None:
    """By hand: dz/dt = -2 error * slope, since w and b each fall by error * slope * 1."""
    for neuron in neurons:
        for cost, track in neuron.tracks.items():
            assert neuron.speed(cost) == pytest.approx(2 * track["error"][0] * track["slope"][0], rel=1e-9)


def test_smaller_steps_stay_closer_to_the_exact_flow(neurons) -> None:
    for neuron in neurons:
        assert list(neuron.strays.index) == [0.15, 0.3, 0.6]
        assert neuron.strays.is_monotonic_increasing


def test_the_extra_update_of_the_animations_changes_no_printed_digit(neurons) -> None:
    for neuron in neurons:
        curve = neuron.tracks["quadratic"]["output"]
        assert round(curve[300] + (curve[300] - curve[299]), 2) == round(curve[300], 2)


def test_the_page_shows_question_command_and_table(reduced) -> None:
    readme = (reduced("role_of_the_slope").folder / "README.md").read_text(encoding="utf-8")
    assert "chainrule studies role_of_the_slope" in readme
    assert "Published against measured: all reproduced" in readme
