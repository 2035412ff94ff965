"""The factors of one weight's gradient, each with its meaning and the wiggle that measures it."""

from __future__ import annotations

import numpy as np

from chainrule.components.costs import Quadratic
from chainrule.explain.probe import Array, Probe
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chain, Factor
from chainrule.formats import number
from chainrule.single import Backprop


def output_upstream(probe: Probe) -> Array:
    """dC/da of the output layer, shape (samples, outputs), for a batch of one sample."""
    run = probe.result
    z, a, y = (array.T[None] for array in (run.z[-1], run.outputs, probe.y))
    error = np.empty_like(a)
    probe.cost.upstream(probe.output, z, a, y, error)
    upstream: Array = error[0].T
    return upstream


def upstream(probe: Probe, layer: int) -> Array:
    """The error that arrives at a layer from above, dC/da, shape (units,), for one sample."""
    if layer == probe.depth - 1:
        return np.asarray(output_upstream(probe)[0])
    return np.asarray(probe.weights[layer + 1].T @ probe.result.deltas[layer + 1][0])


def weight_chain(subject: Subject, layer: int, unit: int, source: int) -> Chain:
    """dC/dw of one weight as the product it is: the error that arrives, the slope, the input."""
    gradient = float(subject.probe.result.weight_gradients[layer][unit, source])
    w = subject.w(layer, unit, source)
    wiggle = subject.probe.wiggle_weight(layer, unit, source, w, "C", _cost)
    links = (*_blame(subject, layer, unit), _leverage(subject, layer, unit, source))
    formula = " · ".join(link.symbol for link in links)
    return Chain(links, Factor(f"dC/d{w}", formula, gradient, _verdict(w, gradient), wiggle, "product"))


def bias_chain(subject: Subject, layer: int, unit: int) -> Chain:
    """dC/db of one unit: its blame δ = dC/dz, times an input that is always 1."""
    probe, b, z = subject.probe, subject.b(layer, unit), subject.z(layer, unit)

    def move(by: float) -> Probe:
        return probe.with_bias(layer, unit, by)

    delta, gradient = float(probe.result.deltas[layer][0, unit]), float(probe.result.bias_gradients[layer][unit])
    blame = Factor(
        f"dC/d{z}",
        "δ",
        delta,
        "the first two factors in one: what the neuron as a whole is to blame for, whatever feeds it",
        probe.wiggle(z, move, "C", _cost),
        "error",
    )
    one = Factor(
        f"d{z}/d{b}",
        "1",
        1.0,
        "the bias is added to z as it is",
        probe.wiggle(b, move, z, lambda run: float(run.z[layer][0, unit])),
        "input",
    )
    product = Factor(
        f"dC/d{b}",
        f"dC/d{z} · d{z}/d{b}",
        gradient,
        _verdict(b, gradient),
        probe.wiggle(b, move, "C", _cost),
        "product",
    )
    return Chain((blame, one), product)


def _cost(run: Backprop) -> float:
    return run.cost


def _blame(subject: Subject, layer: int, unit: int) -> tuple[Factor, ...]:
    """What the weight's own input is multiplied with: dC/da and da/dz, or dC/dz where they can't be parted."""
    if subject.function(layer) is None:
        return (_shared_error(subject, unit),)
    if layer == subject.probe.depth - 1:
        return _output_error(subject, unit), _slope(subject, layer, unit)
    return _error_from_above(subject, layer, unit), _slope(subject, layer, unit)


def _output_error(subject: Subject, unit: int) -> Factor:
    probe, layer = subject.probe, subject.probe.depth - 1
    a, y = subject.a(layer, unit), subject.y(unit)
    value = float(upstream(probe, layer)[unit])
    miss = float(probe.result.outputs[0, unit] - probe.y[0, unit])
    if subject.cancels:
        formula = f"({a} − {y}) / ({a} (1 − {a}))"
    else:
        formula = f"{a} − {y}" if isinstance(probe.cost, Quadratic) else f"{probe.cost.name}′({a} − {y})"
    side = f"the output is {number(abs(miss))} too {'high' if miss > 0 else 'low'}"
    return Factor(
        f"dC/d{a}",
        formula,
        value,
        f"{side}: {_answer_of_cost(value)}",
        probe.wiggle_output(unit, a, "C"),
        "error",
    )


def _shared_error(subject: Subject, unit: int) -> Factor:
    probe, layer = subject.probe, subject.probe.depth - 1
    value, z = float(probe.result.deltas[layer][0, unit]), subject.z(layer, unit)
    formula = f"{subject.a(layer, unit)} − {subject.y(unit)}" if subject.cancels else "Σ dC/da · da/dz"
    return Factor(
        f"dC/d{z}",
        formula,
        value,
        "softmax ties all outputs together: moving one z moves them all, so error and slope come as one number",
        probe.wiggle(z, lambda by: probe.with_bias(layer, unit, by), "C", _cost),
        "error",
    )


def _error_from_above(subject: Subject, layer: int, unit: int) -> Factor:
    probe, a = subject.probe, subject.a(layer, unit)
    value = float(upstream(probe, layer)[unit])
    first = f"{subject.w(layer + 1, 0, unit)} · dC/d{subject.z(layer + 1, 0)}"
    formula = first if len(probe.biases[layer + 1]) == 1 else "Σ w δ"
    return Factor(
        f"dC/d{a}",
        formula,
        value,
        f"the error that layer {layer + 2} hands down to this output: {_answer_of_cost(value)}",
        probe.wiggle(a, lambda by: probe.from_layer(layer + 1, unit, by), "C", _cost),
        "error",
    )


def _slope(subject: Subject, layer: int, unit: int) -> Factor:
    probe, a, z = subject.probe, subject.a(layer, unit), subject.z(layer, unit)
    value, f = float(probe.result.slopes[layer][0, unit]), subject.function_name(layer)
    return Factor(
        f"d{a}/d{z}",
        f"σ′({z}) = {a} (1 − {a})" if f == "σ" else f"{f}′({z})",
        value,
        _sensitivity(value),
        probe.wiggle(
            z,
            lambda by: probe.with_bias(layer, unit, by),
            a,
            lambda run: float(run.activations[layer + 1][0, unit]),
        ),
        "slope",
    )


def _sensitivity(slope: float) -> str:
    if slope == 0.0:
        return "nothing of a move of z comes out: the unit is deaf, and so is every weight that feeds it"
    if slope < 0.0:
        return f"of any move of z, {number(-100 * slope)} % comes out, turned round"
    if slope == 1.0:
        return "every move of z comes out whole"
    return f"of any small move of z, {number(100 * slope)} % comes out at the other side"


def _leverage(subject: Subject, layer: int, unit: int, source: int) -> Factor:
    probe, w, z = subject.probe, subject.w(layer, unit, source), subject.z(layer, unit)
    value, a = float(probe.result.activations[layer][0, source]), subject.a(layer - 1, source)
    if value == 0.0:
        meaning = f"the weight is multiplied with {a} = 0: it had no part in this answer, and gets no correction"
    elif value == 1.0:
        meaning = f"the weight is multiplied with {a} = 1, so z moves just as far as the weight"
    else:
        meaning = f"the weight is multiplied with {a} = {number(value)}, so z moves {number(value)} times as far"
    return Factor(
        f"d{z}/d{w}",
        a,
        value,
        meaning,
        probe.wiggle_weight(layer, unit, source, w, z, lambda run: float(run.z[layer][0, unit])),
        "input",
    )


def _answer_of_cost(value: float) -> str:
    if value == 0.0:
        return "raise it a little, and the cost does not move"
    return f"raise it a little, and the cost {'rises' if value > 0 else 'falls'} {number(abs(value))} times as much"


def _verdict(name: str, gradient: float) -> str:
    if gradient == 0.0:
        return f"the cost does not feel {name} at all: this step will leave it where it is"
    way, remedy = ("rises", "down") if gradient > 0 else ("falls", "up")
    return f"the cost {way} by {number(abs(gradient))} for each 1 that {name} rises: {name} has to go {remedy}"
