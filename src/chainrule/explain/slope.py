"""The sigmoid's derivative itself: its ceiling of 1/4, its flat ends, and the cost that cancels it."""

from __future__ import annotations

from dataclasses import replace

from chainrule.components.activations import Sigmoid
from chainrule.components.costs import CrossEntropy, Quadratic
from chainrule.explain.curves import curve, unit_point
from chainrule.explain.factors import weight_chain
from chainrule.explain.neuron import gradient_of, neuron, slope_of
from chainrule.explain.probe import STEP
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Cell, Chapter, Equation, Prose, Table
from chainrule.formats import number

SIGMA = Sigmoid()
STUBBORN = 2.0  # Nielsen 2015, ch. 3: the weight and bias a single neuron hardly learns from
NIELSEN_RATE = 0.15
EPOCHS = 300


def slope_chapters(subject: Subject) -> list[Chapter]:
    """What there is to know about σ′."""
    return [_ceiling(subject), _deaf(), _cancelled(subject)]


def _ceiling(subject: Subject) -> Chapter:
    rows: list[tuple[Cell, ...]] = []
    for z in (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0):
        a, slope = float(SIGMA.value(z)), float(SIGMA.derivative(z))
        wiggled = float(SIGMA.value(z + STEP / 2) - SIGMA.value(z - STEP / 2)) / STEP
        rows.append((z, a, 1.0 - a, slope, wiggled))
    a = float(subject.probe.result.outputs[0, 0])
    return Chapter(
        "ceiling",
        "Why σ′ is never more than 1/4",
        (
            Prose(
                "The sigmoid's slope can be written with its own output, which the forward pass has kept. "
                "Differentiate it, and the two fractions that come out are a and 1 − a:"
            ),
            Equation("σ′(z) = 1 / (1 + e^(−z)) · e^(−z) / (1 + e^(−z)) = a (1 − a)"),
            Prose(
                "a and 1 − a are two parts of one whole. Their product is the area of a rectangle whose two sides "
                "add up to 1, and of all those the square is largest: 1/2 × 1/2 = 1/4. In one line:"
            ),
            Equation("a (1 − a) = 1 / 4 − (a − 1 / 2)^2"),
            Prose(
                "A square is never negative, so 1/4 is the ceiling, reached only at a = 1/2, that is at z = 0. "
                f"Our neuron, at a = {number(a)}, has 0.25 − {number((a - 0.5) ** 2)} = "
                f"{number(slope_of(subject))}."
            ),
            curve(SIGMA, "σ", [unit_point(subject, 0, 0)], "The sigmoid, its slope, and our neuron on both"),
            Table(
                f"The two parts, their product, and the same by moving z by {number(STEP)}",
                ("z", "a = σ(z)", "1 − a", "σ′ = a (1 − a)", "by wiggling"),
                tuple(rows),
            ),
        ),
    )


def _deaf() -> Chapter:
    """Two neurons with the same task, one of them confidently wrong; Nielsen 2015, ch. 3."""
    starts = {"listening": neuron(0.6, 0.9, 1.0, 0.0, NIELSEN_RATE), "deaf": neuron(2.0, 2.0, 1.0, 0.0, NIELSEN_RATE)}
    rows: list[tuple[Cell, ...]] = []
    for name, start in starts.items():
        probe = start.probe
        outputs = [_after(start, steps) for steps in (EPOCHS // 2, EPOCHS)]
        z, a = float(probe.result.z[0][0, 0]), float(probe.result.outputs[0, 0])
        rows.append((name, z, slope_of(start), a, *outputs))
    deaf = starts["deaf"]
    points = [replace(unit_point(start, 0, 0), label=name) for name, start in starts.items()]
    listening = starts["listening"]
    return Chapter(
        "saturation",
        "What happens when z is large: wrong, and deaf",
        (
            Prose(
                "Far out on either side the sigmoid is flat. A neuron there may be as wrong as can be, and still "
                "its gradient is next to nothing, because nothing it could do to z would change its answer much."
            ),
            curve(SIGMA, "σ", points, "Two neurons with the same task: one can still hear"),
            Table(
                f"Input 1, target 0, learning rate {number(NIELSEN_RATE)}: the outputs as training goes on",
                ("neuron", "z", "σ′(z)", "at first", f"after {EPOCHS // 2} steps", f"after {EPOCHS} steps"),
                tuple(rows),
            ),
            Prose(
                f"The second one is *more* wrong, yet it starts with a gradient of {number(gradient_of(deaf))} "
                f"against {number(gradient_of(listening))}: σ′ = {number(slope_of(deaf))} has closed its ears. "
                "Neurons in that state are called saturated. (The experiment is Nielsen's, Neural Networks and "
                "Deep Learning, ch. 3.)"
            ),
        ),
    )


def _cancelled(subject: Subject) -> Chapter:
    rows: list[tuple[Cell, ...]] = []
    starts = {"our neuron": subject, "the deaf one": neuron(STUBBORN, STUBBORN, 1.0, 0.0, NIELSEN_RATE)}
    for name, start in starts.items():
        for cost in (Quadratic(), CrossEntropy()):
            priced = replace(start, probe=replace(start.probe, cost=cost))
            error, slope, _ = weight_chain(priced, 0, 0, 0).factors
            delta = float(priced.probe.result.deltas[0][0, 0])
            label = f"{name}, {cost.name.replace('_', '-')}"
            rows.append((label, error.value, slope.value, delta))
    return Chapter(
        "cross_entropy",
        "How cross-entropy makes σ′ vanish from the output layer",
        (
            Prose("If the slope is the trouble, choose a cost that is steep exactly where the sigmoid is flat:"),
            Equation("C = −(y ln a + (1 − y) ln (1 − a))"),
            Equation("dC/da = (a − y) / (a (1 − a))"),
            Equation("dC/dz = (a − y) / (a (1 − a)) · a (1 − a) = a − y"),
            Table(
                "The first two factors under both costs",
                ("neuron and cost", "dC/da", "× σ′(z)", "= dC/dz"),
                tuple(rows),
            ),
            Prose(
                "σ′ is still in the chain; the cost brings its exact reciprocal, and the two cancel. What is left "
                "is the plain miss a − y: *the more wrong, the faster it learns*. This is why 'leaving σ′ out' at "
                "the output is harmless: you have silently changed the cost to cross-entropy. In the layers below "
                "no cost comes to help, and every σ′ stays."
            ),
        ),
    )


def _after(start: Subject, steps: int) -> float:
    """The output after `steps` steps of gradient descent."""
    probe = start.probe
    for _ in range(steps):
        probe = probe.stepped(start.learning_rate)
    return float(probe.result.outputs[0, 0])
