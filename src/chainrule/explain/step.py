"""The step: each weight moves against its gradient, and the cost is lower."""

from __future__ import annotations

import itertools

from chainrule.explain.forward import left_out, shown_units
from chainrule.explain.paths import Path
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Block, Cell, Chapter, Equation, Line, Prose, Table, Working, signed
from chainrule.formats import number


def step_chapter(subject: Subject, path: Path, title: str = "The step") -> Chapter:
    """Old and new weights on the path, old and new cost."""
    before, after = subject.probe, subject.probe.stepped(subject.learning_rate)
    old, new = before.result.cost, after.result.cost
    rate = number(subject.learning_rate)
    squares = sum(float((g**2).sum()) for g in before.result.weight_gradients)
    squares += sum(float((g**2).sum()) for g in before.result.bias_gradients)
    lines = []
    for layer, (source, unit) in enumerate(itertools.pairwise(path.units)):
        w, gradient = before.weights[layer][unit, source], before.result.weight_gradients[layer][unit, source]
        name = subject.w(layer, unit, source)
        lines.append(_update(name, float(w), float(gradient), subject.learning_rate))
    top, unit = before.depth - 1, path.units[-1]
    b, gradient = before.biases[top][unit], before.result.bias_gradients[top][unit]
    lines.append(_update(subject.b(top, unit), float(b), float(gradient), subject.learning_rate))
    shown = shown_units(before.result.deltas[top][0], unit)
    rows: list[tuple[Cell, ...]] = [
        (
            subject.label(top, k),
            float(before.y[0, k]),
            float(before.result.outputs[0, k]),
            float(after.result.outputs[0, k]),
        )
        for k in shown
    ]
    rows.append(("cost C", None, old, new))
    blocks: list[Block] = [
        Prose(
            f"The gradient points uphill, so every weight and bias takes a step the other way: {rate} (the "
            "learning rate) times its own gradient. All of them move at once."
        ),
        Equation("new w = w − learning rate · dC/dw"),
        Working(tuple(lines)),
        Table(
            f"Before and after the step{left_out(len(subject.outputs), shown)}",
            ("", "target", "before", "after"),
            tuple(rows),
        ),
        Prose(_outcome(old, new, subject.learning_rate * squares)),
    ]
    return Chapter("step", title, tuple(blocks))


def _update(name: str, old: float, gradient: float, learning_rate: float) -> Line:
    way = "goes up" if gradient < 0 else "goes down" if gradient > 0 else "stays"
    arithmetic = f"{number(old)} − {number(learning_rate)} × {signed(gradient)}"
    return Line(f"new {name}", "", arithmetic, old - learning_rate * gradient, way)


def _outcome(old: float, new: float, promised: float) -> str:
    """What the step did, compared with what the slopes alone promised."""
    size = (
        "this one was nearly small enough" if abs(promised - (old - new)) < 0.1 * promised else "this one was not small"
    )
    if new < old:
        return (
            f"The cost falls from {number(old)} to {number(new)}, by *{number(old - new)}*. The slopes alone "
            f"promised {number(promised)}: they hold for small moves, and {size}."
        )
    if new == old:
        return f"The cost stays at {number(old)}: with every gradient on the way at zero, no step helps."
    return (
        f"The cost rises from {number(old)} to {number(new)}: the slopes promised a fall of {number(promised)}, "
        "but they hold for small moves only and this step was too long. A smaller learning_rate keeps the promise."
    )
