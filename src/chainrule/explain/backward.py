"""Backwards through any network: the blame arrives, meets a slope, is split among inputs; then the step."""

from __future__ import annotations

import itertools

import numpy as np

from chainrule.explain.factors import upstream, weight_chain
from chainrule.explain.forward import left_out, shown_units
from chainrule.explain.paths import Path
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Block, Cell, Chapter, Equation, Line, Question, Table, Working, chapter, signed
from chainrule.formats import number


def backward_chapters(subject: Subject, path: Path) -> list[Chapter]:
    """From the output layer down to the first."""
    hidden = reversed(range(subject.probe.depth - 1))
    return [_output_chapter(subject, path), *(_hidden_chapter(subject, path, layer) for layer in hidden)]


def _output_chapter(subject: Subject, path: Path) -> Chapter:
    layer = subject.probe.depth - 1
    source, unit = path.units[-2:]
    blocks: list[Block | str] = [
        "The error is known only here, at the output. How much of it each weight is to blame for is the product of "
        "what lies between that weight and the cost.",
        weight_chain(subject, layer, unit, source),
    ]
    if subject.cancels:
        miss = float(subject.probe.result.deltas[layer][0, unit])
        a, y = subject.a(layer, unit), subject.y(unit)
        blocks.append(
            "Cross-entropy is steep exactly where the output's curve is flat: the slope a (1 − a) is divided out, "
            f"and what reaches z is the plain miss *{a} − {y} = {number(miss)}*. The slope has not been left out. It "
            "has been cancelled, by a cost made for it."
        )
    if len(subject.outputs) > 1:
        blocks.append(_delta_table(subject, layer, unit))
    return chapter(f"backward_{layer + 1}", f"Backwards, layer {layer + 1}: the output", *blocks)


def _hidden_chapter(subject: Subject, path: Path, layer: int) -> Chapter:
    source, unit = path.units[layer : layer + 2]
    blocks: list[Block | str] = [
        f"Nobody tells {subject.label(layer, unit)} what its output should have been. It learns it from the units it "
        "feeds: each hands down its own blame times the weight of the connection, and the shares are added.",
        Equation(f"dC/d{subject.a(layer, unit)} = Σ w δ"),
        _shares_table(subject, layer, unit),
        weight_chain(subject, layer, unit, source),
    ]
    if subject.sizes[layer + 1] > 1:
        blocks.append(_delta_table(subject, layer, unit))
    return chapter(f"backward_{layer + 1}", f"Backwards, layer {layer + 1}: hidden", *blocks)


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
    return Table(caption, ("through", "weight w", "its blame δ = dC/dz", "share w δ"), rows)


def _delta_table(subject: Subject, layer: int, unit: int) -> Table:
    """Every shown unit's blame: what arrived from above, times its slope; for softmax, output less target."""
    run, deltas = subject.probe.result, subject.probe.result.deltas[layer][0]
    if subject.function(layer) is None:
        columns = ("unit", "output a", "target y", "δ = dC/dz")
        left, right = run.outputs[0], subject.probe.y[0]
    else:
        slope_name = f"× slope {subject.function_name(layer)}′(z)"
        columns = ("unit", "error arriving dC/da", slope_name, "= δ = dC/dz")
        left, right = upstream(subject.probe, layer), run.slopes[layer][0]
    shown = shown_units(deltas, unit)
    rows = [(subject.label(layer, k), float(left[k]), float(right[k]), float(deltas[k])) for k in shown]
    caption = f"Layer {layer + 1}: blame of each unit{left_out(len(deltas), shown)}"
    return Table(caption, columns, rows)


def step_chapter(subject: Subject, path: Path, title: str = "The step") -> Chapter:
    """The step against the gradient: old and new weights on the path, old and new cost."""
    before, after = subject.probe, subject.probe.stepped(subject.learning_rate)
    gradients, top, unit = before.result, before.depth - 1, path.units[-1]
    lines = []
    for layer, (source, target) in enumerate(itertools.pairwise(path.units)):
        w, gradient = before.weights[layer][target, source], gradients.weight_gradients[layer][target, source]
        lines.append(_update(subject, subject.w(layer, target, source), float(w), float(gradient)))
    b, gradient = before.biases[top][unit], gradients.bias_gradients[top][unit]
    lines.append(_update(subject, subject.b(top, unit), float(b), float(gradient)))
    shown = shown_units(before.result.deltas[top][0], unit)
    columns = (before.y[0], before.result.outputs[0], after.result.outputs[0])
    rows: list[tuple[Cell, ...]] = [(subject.label(top, k), *(float(c[k]) for c in columns)) for k in shown]
    rows.append(("cost C", None, before.result.cost, after.result.cost))
    squares = sum(float((g**2).sum()) for g in gradients.weight_gradients)
    squares += sum(float((g**2).sum()) for g in gradients.bias_gradients)
    promised = subject.learning_rate * squares
    return chapter(
        "step",
        title,
        "The gradient points uphill, so every weight and bias takes a step the other way: "
        f"{number(subject.learning_rate)} (the learning rate) times its own gradient. All of them move at once.",
        Equation("new w = w − learning rate · dC/dw"),
        Question(
            f"All slopes together promise that the cost falls by {number(promised)}. Will it fall by just that, by "
            "less, by more, or rise?",
            _verdict(before.result.cost - after.result.cost, promised),
        ),
        Working(tuple(lines)),
        Table(
            f"Before and after the step{left_out(len(subject.outputs), shown)}",
            ("", "target", "before", "after"),
            rows,
        ),
        _outcome(before.result.cost, after.result.cost, promised),
    )


def _update(subject: Subject, name: str, old: float, gradient: float) -> Line:
    way = "goes up" if gradient < 0 else "goes down" if gradient > 0 else "stays"
    arithmetic = f"{number(old)} − {number(subject.learning_rate)} × {signed(gradient)}"
    return Line(f"new {name}", "", arithmetic, old - subject.learning_rate * gradient, way)


def _verdict(fall: float, promised: float) -> str:
    """How the fall of the cost compares with the one promised."""
    if fall < 0:
        return f"It rises, by *{number(-fall)}*: the step was too long for the slopes to hold."
    if fall == 0:
        return "It stays as it is: there is no gradient to step along."
    if abs(fall - promised) < 1e-3 * promised:
        return f"By just that, to three digits: *{number(fall)}*. The step was small."
    return f"By {'more' if fall > promised else 'less'}: *{number(fall)}*."


def _outcome(old: float, new: float, promised: float) -> str:
    """What the step did, compared with what the slopes alone promised."""
    if new == old:
        return f"The cost stays at {number(old)}: with every gradient on the way at zero, no step helps."
    if new < old:
        nearly = abs(promised - (old - new)) < 0.1 * promised
        size = "this one was nearly small enough" if nearly else "this one was not small"
        return (
            f"The cost falls from {number(old)} to {number(new)}, by *{number(old - new)}*. The slopes alone promised "
            f"{number(promised)}: they hold for small moves, and {size}."
        )
    return (
        f"The cost rises from {number(old)} to {number(new)}: the slopes promised a fall of {number(promised)}, but "
        "they hold for small moves only and this step was too long. A smaller learning_rate keeps the promise."
    )
