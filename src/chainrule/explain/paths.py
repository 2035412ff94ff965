"""Every way from an input to the cost is a product of weights and slopes; this finds the one that counts most."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainrule.explain.probe import Array, Probe
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chapter, Question, Table, chapter
from chainrule.formats import number


@dataclass(frozen=True)
class Path:
    """`units[0]` is an input, `units[l]` a unit of layer l; the other fields multiply to `contribution`.

    `contribution` is this path's share in dC/dw of the first weight on it; `ways` counts the paths that
    share the same first weight.
    """

    units: tuple[int, ...]
    error: float  # dC/dz of the output unit
    weights: tuple[float, ...]  # of layers 2 to L
    slopes: tuple[float, ...]  # of layers 1 to L-1
    source: float  # the input
    ways: int

    @property
    def contribution(self) -> float:
        return self.error * math.prod(self.weights) * math.prod(self.slopes) * self.source


def strongest_path(probe: Probe) -> Path:
    """The path with the largest absolute contribution, for a batch of one sample.

    Seen from the top, the best way on from a unit does not depend on how it was reached: one sweep down
    finds the best of all paths, however many there are.
    """
    run, layers = probe.result, range(1, probe.depth)
    score: Array = np.abs(run.deltas[-1][0])
    choices: list[Array] = []
    for layer in reversed(layers):
        ways_on = np.abs(probe.weights[layer]) * score[:, None]
        choices.insert(0, ways_on.argmax(axis=0))
        score = ways_on.max(axis=0) * np.abs(run.slopes[layer - 1][0])
    units = [int(np.abs(run.activations[0][0]).argmax()), int(score.argmax())]
    for choice in choices:
        units.append(int(choice[units[-1]]))
    return Path(
        units=tuple(units),
        error=float(run.deltas[-1][0, units[-1]]),
        weights=tuple(float(probe.weights[layer][units[layer + 1], units[layer]]) for layer in layers),
        slopes=tuple(float(run.slopes[layer - 1][0, units[layer]]) for layer in layers),
        source=float(run.activations[0][0, units[0]]),
        ways=math.prod(len(b) for b in probe.biases[1:]),
    )


def path_chapter(subject: Subject, path: Path) -> Chapter:
    """What lies between the first layer and the cost, along the strongest path."""
    labels = [subject.label(layer - 1, unit) for layer, unit in enumerate(path.units)]
    total = float(subject.probe.result.weight_gradients[0][path.units[1], path.units[0]])
    text = (
        f"The first weight on the path {' → '.join(labels)} reaches the cost in {path.ways} ways, one for each choice "
        "of units above it. Each way is a plain product, with one slope for each hidden layer it passes; the "
        "gradient is their sum. This is the way that counts most."
    )
    if path.contribution == 0.0:
        text += " Here even that one carries nothing: some factor on every way is exactly zero."
    question = Question(
        "The strongest way through: is it most of the gradient, or one of many small shares?",
        f"Its share is *{number(path.contribution)}* of a sum of {number(total)} over {path.ways} ways.",
    )
    rows = [
        ("δ = dC/dz of the output", path.error),
        ("weights passed on the way down, multiplied", math.prod(path.weights)),
        ("slopes passed on the way down, multiplied", math.prod(path.slopes)),
        ("the input", path.source),
        ("product: this path's share", path.contribution),
        (f"all {path.ways} ways together: dC/d{subject.w(0, path.units[1], path.units[0])}", total),
    ]
    return chapter(
        "path", "Layer upon layer: one way through", text, question, Table("Along the path", ("factor", "number"), rows)
    )
