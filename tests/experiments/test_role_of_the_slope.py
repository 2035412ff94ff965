"""One neuron, two starts, fewer rates: everything that is claimed of them holds already."""

from __future__ import annotations

import numpy as np
import pytest
from chainrule.studies.role_of_the_slope import STARTS, RoleOfTheSlope, outputs, strays, tracked


def test_all_is_reproduced(reduced) -> None:
    assert all(finding.reproduced for finding in reduced(RoleOfTheSlope()).findings.values())


@pytest.mark.parametrize("part", STARTS)
def test_the_factors_are_those_of_the_neuron(reduced, part: str) -> None:
    """The recorded factors against a = sigmoid(z) at the recorded output; under cross-entropy they multiply to a."""
    evidence = reduced(RoleOfTheSlope()).evidence
    quadratic, entropy = (tracked(evidence, part, cost) for cost in ("quadratic", "cross_entropy"))
    a = quadratic["output"]
    np.testing.assert_allclose(quadratic["error"], a, rtol=1e-12)
    np.testing.assert_allclose(quadratic["slope"], a * (1 - a), rtol=1e-9)
    np.testing.assert_allclose(quadratic["cost"], a**2 / 2, rtol=1e-12)
    np.testing.assert_allclose(entropy["error"] * entropy["slope"], entropy["output"], rtol=1e-9)
    assert (quadratic["input"] == 1.0).all()


def test_smaller_steps_stay_closer_to_the_exact_flow(reduced) -> None:
    for part in STARTS:
        far = strays(reduced(RoleOfTheSlope()).evidence, part)
        assert list(far.index) == [0.15, 0.3, 0.6]
        assert far.is_monotonic_increasing


def test_the_extra_update_of_the_animations_changes_no_printed_digit(reduced) -> None:
    evidence = reduced(RoleOfTheSlope()).evidence
    for part in STARTS:
        curve = outputs(evidence, part)
        assert round(curve[300] + (curve[300] - curve[299]), 2) == round(curve[300], 2)


def test_the_page_shows_question_command_and_table(reduced) -> None:
    readme = reduced(RoleOfTheSlope()).readme
    assert "chainrule studies role_of_the_slope" in readme
    assert "Published against measured: all reproduced" in readme
