"""The factors of one weight's gradient, each with its meaning and the finite difference that measures it."""

from __future__ import annotations

from functools import partial

import numpy as np

from chainrule.explain.probe import Array, Measure, Probe, finite_difference
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chain, Factor
from chainrule.formats import number
from chainrule.single import Backprop


def upstream(probe: Probe, layer: int) -> Array:
    """The error that arrives at a layer from above, dC/da, shape (units,), for one sample."""
    run = probe.result
    if layer < probe.depth - 1:
        return np.asarray(probe.weights[layer + 1].T @ run.deltas[layer + 1][0])
    z, a, y = (array.T[None] for array in (run.z[-1], run.outputs, probe.y))
    error = np.empty_like(a)
    probe.cost.upstream(probe.output, z, a, y, error)
    return np.asarray(error[0, :, 0])


def weight_chain(subject: Subject, layer: int, unit: int, source: int) -> Chain:
    """dC/dw of one weight as the product it is: the error that arrives, the slope, the input."""
    probe, w, z = subject.probe, subject.w(layer, unit, source), subject.z(layer, unit)
    a, value = subject.a(layer - 1, source), float(probe.result.activations[layer][0, source])
    move, step = partial(probe.with_weight, layer, unit, source), probe.weight_step(layer, source)
    felt = finite_difference(w, move, z, _z(layer, unit), step=step)
    factors = (
        *_output_factors(subject, layer, unit),
        Factor(f"d{z}/d{w}", a, value, _input_meaning(a, value), felt, "input"),
    )
    gradient = float(probe.result.weight_gradients[layer][unit, source])
    formula = " · ".join(factor.symbol for factor in factors)
    whole = finite_difference(w, move, "C", _cost, step=step)
    return Chain(factors, Factor(f"dC/d{w}", formula, gradient, _gradient_meaning(w, gradient), whole, "product"))


def bias_chain(subject: Subject, layer: int, unit: int) -> Chain:
    """dC/db of one unit: its blame δ = dC/dz, times an input that is always 1."""
    probe, b, z = subject.probe, subject.b(layer, unit), subject.z(layer, unit)
    move = partial(probe.with_bias, layer, unit)
    delta, gradient = float(probe.result.deltas[layer][0, unit]), float(probe.result.bias_gradients[layer][unit])
    blame = "the first two factors in one: what the neuron as a whole is to blame for, whatever feeds it"
    meanings = (blame, "the bias is added to z as it is", _gradient_meaning(b, gradient))
    measured = (
        finite_difference(z, move, "C", _cost),
        finite_difference(b, move, z, _z(layer, unit)),
        finite_difference(b, move, "C", _cost),
    )
    return Chain(
        (
            Factor(f"dC/d{z}", "δ", delta, meanings[0], measured[0], "error"),
            Factor(f"d{z}/d{b}", "1", 1.0, meanings[1], measured[1], "input"),
        ),
        Factor(f"dC/d{b}", f"dC/d{z} · d{z}/d{b}", gradient, meanings[2], measured[2], "product"),
    )


def _output_factors(subject: Subject, layer: int, unit: int) -> tuple[Factor, ...]:
    """What the weight's own input is multiplied with: dC/da and da/dz, or dC/dz where they can't be parted."""
    if subject.function(layer) is None:
        return (_shared_error(subject, layer, unit),)
    error = _output_error if layer == subject.probe.depth - 1 else _hidden_error
    return error(subject, layer, unit), _slope(subject, layer, unit)


def _output_error(subject: Subject, layer: int, unit: int) -> Factor:
    probe, a, y = subject.probe, subject.a(layer, unit), subject.y(unit)
    value = float(upstream(probe, layer)[unit])
    formula = f"{a} − {y}" if probe.cost.is_quadratic else f"{probe.cost.name}′({a} − {y})"
    if subject.cancels:
        formula = f"({a} − {y}) / ({a} (1 − {a}))"
    miss = float(probe.result.outputs[0, unit] - probe.y[0, unit])
    side = f"the output is {number(abs(miss))} too {'high' if miss > 0 else 'low'}"
    # z is moved, and both ends of the factor are read off further up
    move = partial(probe.with_bias, layer, unit)
    measured = finite_difference(a, move, "C", _cost, moved_by=_a(layer, unit))
    return Factor(f"dC/d{a}", formula, value, f"{side}: {_answer_of_cost(value)}", measured, "error")


def _shared_error(subject: Subject, layer: int, unit: int) -> Factor:
    probe, z = subject.probe, subject.z(layer, unit)
    formula = f"{subject.a(layer, unit)} − {subject.y(unit)}" if subject.cancels else "Σ dC/da · da/dz"
    meaning = "softmax ties all outputs together: moving one z moves them all, so error and slope come as one number"
    measured = finite_difference(z, partial(probe.with_bias, layer, unit), "C", _cost)
    return Factor(f"dC/d{z}", formula, float(probe.result.deltas[layer][0, unit]), meaning, measured, "error")


def _hidden_error(subject: Subject, layer: int, unit: int) -> Factor:
    probe, a = subject.probe, subject.a(layer, unit)
    value = float(upstream(probe, layer)[unit])
    single = f"{subject.w(layer + 1, 0, unit)} · dC/d{subject.z(layer + 1, 0)}"
    formula = single if subject.sizes[layer + 2] == 1 else "Σ w δ"
    meaning = f"the error that layer {layer + 2} hands down to this output: {_answer_of_cost(value)}"
    measured = finite_difference(a, partial(probe.from_layer, layer + 1, unit), "C", _cost)
    return Factor(f"dC/d{a}", formula, value, meaning, measured, "error")


def _slope(subject: Subject, layer: int, unit: int) -> Factor:
    probe, a, z = subject.probe, subject.a(layer, unit), subject.z(layer, unit)
    slope = subject.point(layer, unit).slope
    formula = f"{subject.function_name(layer)}′({z})"
    if subject.is_logistic(layer):
        formula += f" = {a} (1 − {a})"
    measured = finite_difference(z, partial(probe.with_bias, layer, unit), a, _a(layer, unit))
    return Factor(f"d{a}/d{z}", formula, slope, _slope_meaning(slope), measured, "slope")


def _cost(run: Backprop) -> float:
    return run.cost


def _z(layer: int, unit: int) -> Measure:
    return lambda run: float(run.z[layer][0, unit])


def _a(layer: int, unit: int) -> Measure:
    return lambda run: float(run.activations[layer + 1][0, unit])


def _slope_meaning(slope: float) -> str:
    if slope == 0.0:
        return "nothing of a move of z comes out: the unit is deaf, and so is every weight that feeds it"
    if slope < 0.0:
        return f"of any move of z, {number(-100 * slope)} % comes out, turned round"
    if slope == 1.0:
        return "every move of z comes out whole"
    return f"of any small move of z, {number(100 * slope)} % comes out at the other side"


def _input_meaning(a: str, value: float) -> str:
    if value == 0.0:
        return f"the weight is multiplied with {a} = 0: it had no part in this answer, and gets no correction"
    if value == 1.0:
        return f"the weight is multiplied with {a} = 1, so z moves just as far as the weight"
    return f"the weight is multiplied with {a} = {number(value)}, so z moves {number(value)} times as far"


def _answer_of_cost(value: float) -> str:
    if value == 0.0:
        return "raise it a little, and the cost does not move"
    return f"raise it a little, and the cost {'rises' if value > 0 else 'falls'} {number(abs(value))} times as much"


def _gradient_meaning(name: str, gradient: float) -> str:
    if gradient == 0.0:
        return f"the cost does not feel {name} at all: this step will leave it where it is"
    way, remedy = ("rises", "down") if gradient > 0 else ("falls", "up")
    return f"the cost {way} by {number(abs(gradient))} for each 1 that {name} rises: {name} has to go {remedy}"
