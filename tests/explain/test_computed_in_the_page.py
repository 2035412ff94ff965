"""Whatever the page computes is what Python computes, for every activation, output and cost."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import chainrule
from browser import Pages
from chainrule.components import create, names
from chainrule.formats import number
from chainrule.html.script import script

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIBRARY = ("functions", "network", "writing", "neuron")
FINE = {"rel": 1e-9, "abs": 1e-12}
PAIRS = [
    (output, cost)
    for output, cost in itertools.product(names("output"), names("cost"))
    if create("cost", cost).suits(create("output", output))
]


def open_library(open_page: Pages, folder: Path) -> Page:
    """A page with `chainrule`, all that the modules export."""
    path = folder / "library.html"
    modules = script("chainrule.explain", *LIBRARY)
    text = f"{modules}globalThis.chainrule = Object.assign({{}}, ...Object.values(modules));"
    path.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><script type="module">{text}</script>', "utf-8"
    )
    return open_page(path)


def as_json(component: Any) -> dict[str, Any]:
    """A component as the modules take it."""
    return {"name": component.name, **component.fields()}


def test_every_activation(open_page: Pages, tmp_path: Path) -> None:
    page = open_library(open_page, tmp_path)
    z = [
        *np.linspace(-12.0, 12.0, 97).tolist(),
        0.0,
        1e-9,
        -1e-9,
        2.49 * 2**0.5,
        -2.51 * 2**0.5,
        700.0,
        -700.0,
        1e3,
        -1e3,
    ]
    fields = {"leaky_relu": {"slope": 0.2}, "elu": {"alpha": 1.7}}
    assert page.evaluate("Object.keys(chainrule.ACTIVATIONS)") == names("activation")
    for name in names("activation"):
        for given in ({}, fields.get(name, {})):
            function = create("activation", name, given)
            found = page.evaluate(
                "([z, f]) => z.map((each) => chainrule.ACTIVATIONS[f.name](each, f))", [z, as_json(function)]
            )
            values, slopes = (np.array(column) for column in zip(*found, strict=True))
            assert values == pytest.approx(function.value(z), **FINE), name
            assert slopes == pytest.approx(function.derivative(z), **FINE), name


@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_every_output_and_cost_with_every_activation(output: str, cost: str, open_page: Pages, tmp_path: Path) -> None:
    page = open_library(open_page, tmp_path)
    random = np.random.default_rng(7)
    sizes = (3, 4, 2, 3)
    measure = create("cost", cost, {"delta": 0.4} if cost == "huber" else {})
    for activation in names("activation"):
        weights = [random.normal(size=(b, a)) for a, b in itertools.pairwise(sizes)]
        biases = [random.normal(size=b) for b in sizes[1:]]
        X, y = random.normal(size=(5, 3)), np.eye(3)[random.integers(0, 3, 5)]
        functions = {
            "activation": create("activation", activation),
            "output": create("output", output),
            "cost": measure,
        }
        expected = chainrule.backprop(weights, biases, X, y, **functions)
        network = {
            "weights": [w.tolist() for w in weights],
            "biases": [b.tolist() for b in biases],
            **{key: as_json(each) for key, each in functions.items()},
        }
        found = page.evaluate(
            "([n, X, Y]) => { const g = chainrule.gradient(n, X, Y); return { g, runs: X.map((x, i) => "
            "chainrule.pass(n, x, Y[i])), after: chainrule.stepped(n, g, 0.3) }; }",
            [network, X.tolist(), y.tolist()],
        )
        assert found["g"]["cost"] == pytest.approx(expected.cost, **FINE)
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            gradients = expected.weight_gradients[layer], expected.bias_gradients[layer]
            assert np.array(found["g"]["weights"][layer]) == pytest.approx(gradients[0], **FINE)
            assert np.array(found["g"]["biases"][layer]) == pytest.approx(gradients[1], **FINE)
            assert np.array(found["after"]["weights"][layer]) == pytest.approx(w - 0.3 * gradients[0], **FINE)
            assert np.array(found["after"]["biases"][layer]) == pytest.approx(b - 0.3 * gradients[1], **FINE)
            for key, values in {
                "z": expected.z[layer],
                "slopes": expected.slopes[layer],
                "deltas": expected.deltas[layer] * len(X),  # a single sample's cost is no mean over five
            }.items():
                assert np.array([run[key][layer] for run in found["runs"]]) == pytest.approx(values, **FINE)
            assert np.array([run["a"][layer + 1] for run in found["runs"]]) == pytest.approx(
                expected.activations[layer + 1], **FINE
            )


def test_saturated_outputs_keep_their_cost_finite(open_page: Pages, tmp_path: Path) -> None:
    page = open_library(open_page, tmp_path)
    for output, z, y in (
        ("sigmoid", [800.0], [0.0]),
        ("sigmoid", [-800.0], [1.0]),
        ("softmax", [900.0, -900.0], [0.0, 1.0]),
    ):
        functions = {"output": output, "cost": "cross_entropy"}
        expected = chainrule.backprop([[[each] for each in z]], [[0.0] * len(z)], [[1.0]], [y], **functions)
        network = {
            "weights": [[[each] for each in z]],
            "biases": [[0.0] * len(z)],
            "activation": {"name": "identity"},
            **{key: {"name": name} for key, name in functions.items()},
        }
        found = page.evaluate(
            "([n, x, y]) => { const p = chainrule.pass(n, x, y); return [p.cost, p.deltas[0]]; }", [network, [1.0], y]
        )
        assert found[0] == pytest.approx(expected.cost, **FINE)
        assert found[1] == pytest.approx(expected.deltas[0][0], **FINE)


def test_numbers_are_written_alike(open_page: Pages, tmp_path: Path) -> None:
    page = open_library(open_page, tmp_path)
    random = np.random.default_rng(3)
    values = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.25,
        9999.4,
        9999.6,
        12346.0,
        1e-4,
        9.9996e-5,
        1.234e-5,
        9.99996e-6,
        -3e-7,
        1e100,
        123.0,
    ]
    values += (random.normal(size=300) * 10.0 ** random.integers(-12, 12, 300)).tolist()
    assert page.evaluate("(values) => values.map(chainrule.number)", values) == [number(value) for value in values]
    assert page.evaluate("[NaN, Infinity, -Infinity].map(chainrule.number)") == ["none", "inf", "-inf"]
    assert page.evaluate("[-1.5, 2e-7, -3e20].map(chainrule.typeset)") == [
        "−1.5",
        "2 × 10<sup>−7</sup>",
        "−3 × 10<sup>20</sup>",
    ]
