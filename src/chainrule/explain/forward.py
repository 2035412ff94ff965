"""The forward pass of one sample through any network: sums, outputs, slopes, cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.components.activations import Activation
from chainrule.explain.paths import Path
from chainrule.explain.probe import Array
from chainrule.explain.subject import Subject
from chainrule.explain.walk import (
    Block,
    Cell,
    Chapter,
    Curve,
    Equation,
    Image,
    Line,
    Picture,
    Point,
    Table,
    Unit,
    Working,
    chapter,
    signed,
)
from chainrule.formats import number

ROWS = 6  # a layer with more units is shown by its strongest ones
TERMS = 3  # a sum with more terms is shown by its largest ones
SAMPLES = 161  # of a curve
REACH = 6.0  # how far to either side of 0 a curve is drawn, unless a neuron stands further out


def forward_chapter(subject: Subject, path: Path, opening: str, image: Image | None = None) -> Chapter:
    """Layer by layer to the cost; `image` is what the sample looks like."""
    blocks: list[Block] = []
    for layer in range(subject.probe.depth):
        blocks.append(Working(unit_lines(subject, layer, path.units[layer + 1], path.units[layer])))
        if subject.sizes[layer + 1] > 1:
            blocks.append(_layer_table(subject, layer, path.units[layer + 1]))
    return chapter(
        "forward",
        "Forwards, layer by layer",
        opening,
        *([image] if image else []),
        _picture(subject, path),
        Equation("z[l] = W[l] a[l−1] + b[l]"),
        Equation("a[l] = f(z[l])"),
        *blocks,
        Working((cost_line(subject),)),
        *_curves(subject, path),
    )


def unit_lines(subject: Subject, layer: int, unit: int, first: int) -> tuple[Line, ...]:
    """z and a of one unit; the term of input `first` is always spelt out."""
    point = subject.point(layer, unit)
    z, a = subject.z(layer, unit), subject.a(layer, unit)
    who = "the neuron" if subject.one_neuron else subject.label(layer, unit).replace("output", "the output")
    weighted = "w x + b" if subject.one_neuron else f"Σ w {'x' if layer == 0 else 'a'} + {subject.b(layer, unit)}"
    total = Line(z, weighted, _sum(subject, layer, unit, first), point.z, f"what {who} adds up")
    answers = f"what {who} answers"
    if subject.function(layer) is not None:
        f = subject.function_name(layer)
        return total, Line(a, f"{f}({z})", f"{f}({number(point.z)})", point.output, answers)
    sums = subject.probe.result.z[layer][0]
    powers = [f"e^{signed(float(each))}" for each in sums]
    whole = float(np.exp(sums).sum())
    return (
        total,
        Line("Σ e^z", "", " + ".join(powers), whole, "the powers of all units' sums; softmax gives each its share"),
        Line(a, f"e^{z} / Σ e^z", f"{powers[unit]} / {number(whole)}", point.output, answers),
    )


def cost_line(subject: Subject) -> Line:
    """The cost, with its arithmetic where it is a single term: one output's square, or the logarithm of one answer."""
    probe = subject.probe
    if probe.cost.is_likelihood and (certain := _certain(subject)):
        return Line("C", *certain, probe.result.cost, "how wrong that is")
    formula, arithmetic = f"Σ {probe.cost.equation.replace('-', '−')}", ""
    if len(subject.outputs) == 1 and probe.cost.is_quadratic:
        formula = f"({subject.a(probe.depth - 1, 0)} − {subject.y(0)})^2 / 2"
        arithmetic = f"({number(float(probe.result.outputs[0, 0]))} − {signed(float(probe.y[0, 0]))})^2 / 2"
    return Line("C", formula, arithmetic, probe.result.cost, "how wrong that is")


def _certain(subject: Subject) -> tuple[str, str] | None:
    """−ln of the probability given to what is the case, as a formula and in numbers; None if that is no single term."""
    outputs, y = subject.probe.result.outputs[0], subject.probe.y[0]
    top, target = subject.probe.depth - 1, int(y.argmax())
    a, value = subject.a(top, target), float(outputs[target])
    if y[target] == 1.0 and (subject.function(top) is None or len(y) == 1):
        return f"−ln {a}", f"−ln {number(value)}"
    if y[target] == 0.0 and len(y) == 1:
        return f"−ln (1 − {a})", f"−ln (1 − {number(value)})"
    return None


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


def curve(function: Activation, letter: str, points: Sequence[Point], caption: str) -> Curve:
    """f and f′ over z, wide enough for every point short of twice REACH."""
    reach = min(2 * REACH, max([REACH, *(1.1 * abs(point.z) for point in points)]))
    z = np.linspace(-reach, reach, SAMPLES)
    values, slopes = (tuple(over_z.tolist()) for over_z in (function.value(z), function.derivative(z)))
    highest = float(function.max_slope)
    return Curve(caption, f"{letter}(z)", f"{letter}′(z)", tuple(z.tolist()), values, slopes, tuple(points), highest)


def _layer_table(subject: Subject, layer: int, on_path: int) -> Table:
    probe, run, units = subject.probe, subject.probe.result, subject.sizes[layer + 1]
    f = subject.function_name(layer)
    is_product = subject.is_logistic(layer) or subject.function(layer) is None
    columns = ["unit", "z", f"a = {f}(z)", "slope a (1 − a)" if is_product else f"slope {f}′(z)"]
    shown = shown_units(run.deltas[layer][0], on_path)
    if subject.function(layer) is None:  # softmax divides by the sum over all units
        shown = list(range(units))
    points = [subject.point(layer, unit) for unit in shown]
    rows: list[tuple[Cell, ...]] = [(point.label, point.z, point.output, point.slope) for point in points]
    if layer == probe.depth - 1:
        columns.append("target y")
        rows = [(*row, float(probe.y[0, unit])) for row, unit in zip(rows, shown, strict=True)]
    mean = number(float(run.slopes[layer].mean()))
    return Table(f"Layer {layer + 1}, {units} units, mean slope {mean}{left_out(units, shown)}", columns, rows)


def _sum(subject: Subject, layer: int, unit: int, first: int) -> str:
    """The weighted sum in numbers: the largest terms spelt out, the rest added up."""
    w, a = subject.probe.weights[layer][unit], subject.probe.result.activations[layer][0]
    terms = w * a
    ranked = [first, *(int(i) for i in np.argsort(-np.abs(terms), kind="stable") if i != first)]
    spelt = ranked[:TERMS]
    sums = [f"{signed(float(w[i]))} × {signed(float(a[i]))}" for i in sorted(spelt)]
    if len(ranked) > len(spelt):
        rest = float(terms.sum() - terms[spelt].sum())
        sums.append(f"{signed(rest)} from {len(ranked) - len(spelt)} more")
    return " + ".join([*sums, signed(float(subject.probe.biases[layer][unit]))])


def _picture(subject: Subject, path: Path) -> Picture:
    """The network as it is drawn: inputs first, the strongest path marked."""
    run, layers, hidden = subject.probe.result, [], []
    for layer, on_path in enumerate(path.units, -1):
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


def _curves(subject: Subject, path: Path) -> list[Curve]:
    """One curve for each function in the network, its neurons on the path marked."""
    functions: dict[tuple[Activation, str], list[Point]] = {}
    for layer, unit in enumerate(path.units[1:]):
        function = subject.function(layer)
        if function is not None:
            functions.setdefault((function, subject.function_name(layer)), []).append(subject.point(layer, unit))
    return [
        curve(function, letter, points, f"Where the units on the path stand on {letter} and its slope")
        for (function, letter), points in functions.items()
    ]
