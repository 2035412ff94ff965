"""A network the reader of the page can train, or see at its recorded epochs: its data, and what it holds as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.components.registry import Component
from chainrule.explain.factors import upstream
from chainrule.explain.forward import shown_units
from chainrule.explain.paths import Path
from chainrule.explain.probe import Probe
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Cell, Chapter, Playground, Table, chapter

MOST_PARAMETERS = 300  # a larger network is not trained in a page,
MOST_INPUTS = 2_000  # nor one with more numbers in its samples
MOST_ROWS = 24  # weights in the table
STEPS = (0, 1, 10, 100)


def is_playable(subject: Subject) -> bool:
    """Whether the network and its samples are small enough to be trained in a page; one layer has no paths."""
    return subject.probe.depth > 1 and subject.probe.size <= MOST_PARAMETERS and subject.batch.X.size <= MOST_INPUTS


def playground_chapter(subject: Subject, path: Path, sample: int) -> Chapter:
    """The network with all its samples, trained from where it stands."""
    weights = weights_table(subject, path)
    return chapter(
        "playground",
        "Your hands on it",
        "Every weight has its chain: the error that arrives at its unit, the slope there, its input. A hidden unit's "
        "error is a sum over all ways from it to the cost. On the page any weight or unit can be chosen, its chain "
        "lights up, and the network can be trained, step by step, from these very weights. Then look again: which "
        "factor has become small?",
        Playground(
            caption=f"The {' – '.join(map(str, subject.sizes))} network, to be chosen from and trained",
            network=network_data(subject.batch),
            X=subject.batch.X.tolist(),
            Y=subject.batch.y.tolist(),
            sample=sample,
            samples=tuple(f"sample {row}" for row in range(len(subject.batch.X))),
            learning_rate=subject.learning_rate,
            **drawn(subject, path),
            snapshots=[],
            epoch=None,
            weights=weights,
            course=_course(subject),
        ),
    )


def network_data(probe: Probe) -> dict[str, object]:
    """The network as the page's script takes it."""
    functions: dict[str, Component] = {"activation": probe.activation, "output": probe.output, "cost": probe.cost}
    return {
        **parameters_data(probe.weights, probe.biases),
        **{key: {"name": each.name, **each.fields()} for key, each in functions.items()},
    }


def parameters_data(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> dict[str, object]:
    return {"weights": [w.tolist() for w in weights], "biases": [b.tolist() for b in biases]}


def drawn(subject: Subject, path: Path) -> dict[str, Any]:
    """Which units the picture shows, under which names, and the weight that is chosen at first: the path's first."""
    run, depth = subject.probe.result, subject.probe.depth
    strength = [run.activations[0][0], *(deltas[0] for deltas in run.deltas)]
    return {
        "units": tuple(
            tuple(subject.unit(layer, unit) for unit in range(size)) for layer, size in enumerate(subject.sizes, -1)
        ),
        "shown": tuple(tuple(shown_units(strength[i], path.units[i])) for i in range(depth + 1)),
        "choice": {"layer": 1, "unit": path.units[1], "source": path.units[0]},
    }


def weights_table(subject: Subject, path: Path) -> Table:
    """Every weight's three factors and their product; of a large network those of the largest products."""
    probe, run = subject.probe, subject.probe.result
    rows: list[tuple[Cell, ...]] = []
    for layer, gradients in enumerate(run.weight_gradients):
        errors = upstream(probe, layer)
        for (unit, source), gradient in np.ndenumerate(gradients):
            name = f"{subject.unit(layer - 1, source)} → {subject.unit(layer, unit)}"
            factors = (errors[unit], run.slopes[layer][0, unit], run.activations[layer][0, source], gradient)
            if subject.function(layer) is None:  # softmax: error and slope come as one number
                factors = (run.deltas[layer][0, unit], None, *factors[2:])
            weight = float(probe.weights[layer][unit, source])
            rows.append((name, weight, *(None if each is None else float(each) for each in factors)))
    left_out = len(rows) - MOST_ROWS
    if left_out > 0:
        largest = sorted(range(len(rows)), key=lambda i: -abs(rows[i][-1]))[:MOST_ROWS]  # type: ignore[arg-type]  # floats
        rows = [rows[i] for i in sorted(largest)]
    caption = "Each weight's chain for the sample walked through"
    if left_out > 0:
        caption += f"; the largest, {left_out} more not shown"
    return Table(caption, ("weight", "w", "error", "× slope", "× input", "= dC/dw"), rows)


def _course(subject: Subject) -> Table:
    """The cost over all samples as training goes on."""
    probe, end = subject.batch, ""
    rows: list[tuple[Cell, ...]] = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            rows.append((f"{step}", probe.result.cost))
        with np.errstate(over="ignore", invalid="ignore"):
            probe = probe.stepped(subject.learning_rate)
        if not _is_finite(probe):
            end = f"; it diverges in step {step + 1}"
            break
    caption = f"Full-batch gradient descent at learning rate {subject.learning_rate:g}{end}"
    return Table(caption, ("steps", "cost over all samples"), rows)


def _is_finite(probe: Probe) -> bool:
    return all(np.isfinite(array).all() for array in (*probe.weights, *probe.biases)) and bool(
        np.isfinite(probe.result.cost)
    )
