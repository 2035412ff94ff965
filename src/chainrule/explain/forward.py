"""The forward pass of one sample through any network: sums, outputs, slopes, cost."""

from __future__ import annotations

import numpy as np

from chainrule.components.activations import Activation
from chainrule.explain.curves import curve, unit_point
from chainrule.explain.paths import Path
from chainrule.explain.probe import Array
from chainrule.explain.subject import Subject
from chainrule.explain.walk import (
    Block,
    Cell,
    Chapter,
    Equation,
    Line,
    Picture,
    Point,
    Prose,
    Table,
    Unit,
    Working,
    signed,
)
from chainrule.formats import number

ROWS = 6  # a layer with more units is shown by its strongest ones
TERMS = 3  # a sum with more terms is shown by its largest ones


def forward_chapter(subject: Subject, path: Path, opening: str) -> Chapter:
    """Layer by layer to the cost."""
    depth = subject.probe.depth
    blocks: list[Block] = [Prose(opening), picture(subject, path)]
    blocks += [Equation("z[l] = W[l] a[l−1] + b[l]"), Equation("a[l] = f(z[l])")]
    for layer in range(depth):
        blocks += [Working(unit_lines(subject, layer, path.units[layer + 1], path.units[layer]))]
        if len(subject.probe.biases[layer]) > 1:
            blocks.append(_layer_table(subject, layer, path))
    blocks.append(Working((cost_line(subject),)))
    blocks += _curves(subject, path)
    return Chapter("forward", "Forwards, layer by layer", tuple(blocks))


def unit_lines(subject: Subject, layer: int, unit: int, first: int) -> tuple[Line, ...]:
    """z, a and the slope of one unit; the term of input `first` is always spelt out."""
    run = subject.probe.result
    z, a, f = subject.z(layer, unit), subject.a(layer, unit), subject.function_name(layer)
    value = float(run.z[layer][0, unit])
    output = float(run.activations[layer + 1][0, unit])
    who = "the neuron" if subject.one_neuron else subject.label(layer, unit).replace("output", "the output")
    return (
        Line(z, _sum_formula(subject, layer, unit), _sum(subject, layer, unit, first), value, f"what {who} adds up"),
        Line(a, f"{f}({z})", f"{f}({number(value)})", output, f"what {who} answers"),
    )


def cost_line(subject: Subject) -> Line:
    """The cost, with its arithmetic where it is a single quadratic term."""
    probe = subject.probe
    outputs, targets = probe.result.outputs[0], probe.y[0]
    if len(outputs) == 1 and probe.cost.name == "quadratic":
        a, y = subject.a(probe.depth - 1, 0), subject.y(0)
        arithmetic = f"({number(float(outputs[0]))} − {signed(float(targets[0]))})^2 / 2"
        return Line("C", f"({a} − {y})^2 / 2", arithmetic, probe.result.cost, "how wrong that is")
    return Line("C", f"Σ {probe.cost.equation.replace('-', '−')}", "", probe.result.cost, "how wrong that is")


def shown_units(sizes: Array, always: int) -> list[int]:
    """The units worth a row: all of a small layer, of a big one those of the largest |sizes|."""
    if len(sizes) <= ROWS:
        return list(range(len(sizes)))
    ranked = [int(unit) for unit in np.argsort(-np.abs(sizes), kind="stable") if unit != always]
    return sorted([always, *ranked[: ROWS - 2]])


def left_out(units: int, shown: list[int]) -> str:
    """What a caption says about the rows that are not there."""
    hidden = units - len(shown)
    return f"; the strongest, {hidden} more not shown" if hidden else ""


def _layer_table(subject: Subject, layer: int, path: Path) -> Table:
    probe, run = subject.probe, subject.probe.result
    last = layer == probe.depth - 1
    f = subject.function_name(layer)
    shown = shown_units(run.deltas[layer][0], path.units[layer + 1])
    rows: list[tuple[Cell, ...]] = []
    for unit in shown:
        row: tuple[Cell, ...] = (
            subject.label(layer, unit),
            float(run.z[layer][0, unit]),
            float(run.activations[layer + 1][0, unit]),
            float(run.slopes[layer][0, unit]),
        )
        rows.append((*row, float(probe.y[0, unit])) if last else row)
    units = len(probe.biases[layer])
    mean = number(float(run.slopes[layer].mean()))
    slope_name = "slope a (1 − a)" if f in ("σ", "softmax") else f"slope {f}′(z)"
    caption = f"Layer {layer + 1}, {units} units, mean slope {mean}{left_out(units, shown)}"
    columns = ("unit", "z", f"a = {f}(z)", slope_name)
    return Table(caption, (*columns, "target y") if last else columns, tuple(rows))


def _sum_formula(subject: Subject, layer: int, unit: int) -> str:
    return "w x + b" if subject.one_neuron else f"Σ w {'x' if layer == 0 else 'a'} + {subject.b(layer, unit)}"


def _sum(subject: Subject, layer: int, unit: int, first: int) -> str:
    """The weighted sum in numbers: the largest terms spelt out, the rest added up."""
    run, probe = subject.probe.result, subject.probe
    w, a = probe.weights[layer][unit], run.activations[layer][0]
    terms = w * a
    ranked = [first, *(int(i) for i in np.argsort(-np.abs(terms), kind="stable") if i != first)]
    spelt = ranked[:TERMS]
    parts = [f"{signed(float(w[i]))} × {signed(float(a[i]))}" for i in sorted(spelt)]
    if len(ranked) > len(spelt):
        rest = float(terms.sum() - terms[spelt].sum())
        parts.append(f"{signed(rest)} from {len(ranked) - len(spelt)} more")
    return " + ".join([*parts, signed(float(probe.biases[layer][unit]))])


def picture(subject: Subject, path: Path) -> Picture:
    """The network as it is drawn: inputs first, the strongest path marked."""
    run, probe = subject.probe.result, subject.probe
    layers, hidden = [], []
    for layer in range(-1, probe.depth):
        on_path = path.units[layer + 1]
        outputs = run.activations[layer + 1][0]
        shown = shown_units(outputs if layer < 0 else run.deltas[layer][0], on_path)
        hidden.append(len(outputs) - len(shown))
        layers.append(
            tuple(
                Unit(
                    subject.unit(layer, unit),
                    subject.label(layer, unit),
                    float(outputs[unit]),
                    float(run.slopes[layer][0, unit]) if layer >= 0 else None,
                    unit == on_path,
                )
                for unit in shown
            )
        )
    return Picture("the network, with the way that counts most for the error", tuple(layers), tuple(hidden))


def _curves(subject: Subject, path: Path) -> list[Block]:
    """One curve for each function in the network, its neurons on the path marked."""
    functions: dict[tuple[Activation, str], list[Point]] = {}
    for layer in range(subject.probe.depth):
        function = subject.function(layer)
        if function is not None:
            point = unit_point(subject, layer, path.units[layer + 1])
            functions.setdefault((function, subject.function_name(layer)), []).append(point)
    return [
        curve(function, letter, points, f"Where the units on the path stand on {letter} and its slope")
        for (function, letter), points in functions.items()
    ]
