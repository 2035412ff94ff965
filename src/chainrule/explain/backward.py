"""The backward pass of one sample through any network: the blame arrives, meets a slope, is split among inputs."""

from __future__ import annotations

import math

import numpy as np

from chainrule.explain.factors import upstream, weight_chain
from chainrule.explain.forward import left_out, shown_units
from chainrule.explain.paths import Path
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Block, Cell, Chapter, Equation, Prose, Table
from chainrule.formats import number


def backward_chapters(subject: Subject, path: Path) -> list[Chapter]:
    """From the output layer down to the first."""
    top = subject.probe.depth - 1
    return [_output_chapter(subject, path)] + [
        _hidden_chapter(subject, path, layer) for layer in range(top - 1, -1, -1)
    ]


def _output_chapter(subject: Subject, path: Path) -> Chapter:
    layer = subject.probe.depth - 1
    unit, source = path.units[-1], path.units[-2]
    blocks: list[Block] = [
        Prose(
            "The error is known only here, at the output. How much of it each weight is to blame for is the "
            "product of what lies between that weight and the cost."
        ),
        weight_chain(subject, layer, unit, source),
    ]
    if subject.cancels:
        miss = float(subject.probe.result.deltas[layer][0, unit])
        a, y = subject.a(layer, unit), subject.y(unit)
        blocks.append(
            Prose(
                f"Cross-entropy is steep exactly where the output's curve is flat: the slope a (1 − a) is divided "
                f"out, and what reaches z is the plain miss *{a} − {y} = {number(miss)}*. The slope has not been "
                "left out. It has been cancelled, by a cost made for it."
            )
        )
    if len(subject.outputs) > 1:
        blocks.append(_delta_table(subject, layer, unit))
    return Chapter(f"backward_{layer + 1}", f"Backwards, layer {layer + 1}: the output", tuple(blocks))


def _hidden_chapter(subject: Subject, path: Path, layer: int) -> Chapter:
    unit, source = path.units[layer + 1], path.units[layer]
    label = subject.label(layer, unit)
    blocks: list[Block] = [
        Prose(
            f"Nobody tells {label} what its output should have been. It learns it from the units it feeds: each "
            "hands down its own blame times the weight of the connection, and the shares are added."
        ),
        Equation(f"dC/d{subject.a(layer, unit)} = Σ w δ"),
        _shares_table(subject, layer, unit),
        weight_chain(subject, layer, unit, source),
    ]
    if len(subject.probe.biases[layer]) > 1:
        blocks.append(_delta_table(subject, layer, unit))
    return Chapter(f"backward_{layer + 1}", f"Backwards, layer {layer + 1}: hidden", tuple(blocks))


def _shares_table(subject: Subject, layer: int, unit: int) -> Table:
    """Where a hidden unit's upstream error comes from."""
    weights = subject.probe.weights[layer + 1][:, unit]
    deltas = subject.probe.result.deltas[layer + 1][0]
    shares = weights * deltas
    shown = shown_units(shares, int(np.abs(shares).argmax()))
    rows: list[tuple[Cell, ...]] = [
        (subject.label(layer + 1, k), float(weights[k]), float(deltas[k]), float(shares[k])) for k in shown
    ]
    if len(shown) < len(shares):
        rest = float(shares.sum() - shares[shown].sum())
        rows.append((f"{len(shares) - len(shown)} more", None, None, rest))
    if len(shares) > 1:
        rows.append(("sum", None, None, float(shares.sum())))
    caption = f"Blame handed down to {subject.label(layer, unit)}"
    return Table(caption, ("through", "weight w", "its blame δ = dC/dz", "share w δ"), tuple(rows))


def _delta_table(subject: Subject, layer: int, unit: int) -> Table:
    """Every shown unit's blame: what arrived from above, times its slope."""
    run, units = subject.probe.result, len(subject.probe.biases[layer])
    deltas = run.deltas[layer][0]
    shown = shown_units(deltas, unit)
    caption = f"Layer {layer + 1}: blame of each unit{left_out(units, shown)}"
    if subject.function(layer) is None:
        rows = [
            (subject.label(layer, k), float(run.outputs[0, k]), float(subject.probe.y[0, k]), float(deltas[k]))
            for k in shown
        ]
        return Table(caption, ("unit", "output a", "target y", "δ = dC/dz"), tuple(rows))
    arriving = upstream(subject.probe, layer)
    rows = [
        (subject.label(layer, k), float(arriving[k]), float(run.slopes[layer][0, k]), float(deltas[k])) for k in shown
    ]
    name = subject.function_name(layer)
    return Table(caption, ("unit", "error arriving dC/da", f"× slope {name}′(z)", "= δ = dC/dz"), tuple(rows))


def path_chapter(subject: Subject, path: Path) -> Chapter:
    """What lies between the first layer and the cost, along the strongest path."""
    stops = [subject.label(layer - 1, unit) for layer, unit in enumerate(path.units)]
    slopes, weights = math.prod(path.slopes), math.prod(path.weights)
    total = float(subject.probe.result.weight_gradients[0][path.units[1], path.units[0]])
    rows: list[tuple[Cell, ...]] = [
        ("δ = dC/dz of the output", path.error),
        ("weights passed on the way down, multiplied", weights),
        ("slopes passed on the way down, multiplied", slopes),
        ("the input", path.source),
        ("product: this path's share", path.contribution),
        (f"all {path.ways} ways together: dC/d{subject.w(0, path.units[1], path.units[0])}", total),
    ]
    text = (
        f"The first weight on the path {' → '.join(stops)} reaches the cost in {path.ways} ways, one for each "
        "choice of units above it. Each way is a plain product, "
        "with one slope for each hidden layer it passes; the gradient is their sum. This is the way that counts "
        "most."
    )
    if path.contribution == 0.0:
        text += " Here even that one carries nothing: some factor on every way is exactly zero."
    return Chapter(
        "path",
        "Layer upon layer: one way through",
        (Prose(text), Table("Along the path", ("factor", "number"), tuple(rows))),
    )
