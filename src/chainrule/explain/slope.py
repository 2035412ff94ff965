"""The sigmoid's derivative itself: its ceiling of 1/4, its flat ends, and the cost that cancels it."""

from __future__ import annotations

from dataclasses import replace

from chainrule.components.activations import Sigmoid
from chainrule.components.costs import CrossEntropy, Quadratic
from chainrule.explain.factors import weight_chain
from chainrule.explain.forward import curve
from chainrule.explain.neuron import gradient_of, slope_of
from chainrule.explain.probe import STEP
from chainrule.explain.subject import Subject, neuron
from chainrule.explain.walk import Cell, Chapter, Equation, Question, Table, chapter
from chainrule.formats import number

SIGMA = Sigmoid()
NIELSEN_RATE = 0.15
EPOCHS = 300


def slope_chapters(subject: Subject) -> list[Chapter]:
    """What there is to know about σ′; two neurons with one task, one confidently wrong (Nielsen 2015, ch. 3)."""
    listening, saturated = (neuron(w, b, 1.0, 0.0, NIELSEN_RATE) for w, b in ((0.6, 0.9), (2.0, 2.0)))
    return [_ceiling(subject), _saturation(listening, saturated), _cross_entropy(subject, saturated)]


def _ceiling(subject: Subject) -> Chapter:
    rows = []
    for z in (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0):
        value, slope = float(SIGMA.value(z)), float(SIGMA.derivative(z))
        measured = float(SIGMA.value(z + STEP / 2) - SIGMA.value(z - STEP / 2)) / STEP
        rows.append((z, value, 1.0 - value, slope, measured))
    a = subject.point(0, 0).output
    return chapter(
        "ceiling",
        "Why σ′ is never more than 1/4",
        Question(
            "The sigmoid climbs from 0 to 1. How steep does it get at most: 1, 1/2 or 1/4?",
            "*1/4*, where it passes 1/2. Even there only a quarter of a move comes out.",
        ),
        "The sigmoid's slope can be written with its own output, which the forward pass has kept. Differentiate it, "
        "and the two fractions that come out are a and 1 − a:",
        Equation("σ′(z) = 1 / (1 + e^(−z)) · e^(−z) / (1 + e^(−z)) = a (1 − a)"),
        "a and 1 − a are two parts of one whole. Their product is the area of a rectangle whose two sides add up to "
        "1, and of all those the square is largest: 1/2 × 1/2 = 1/4. In one line:",
        Equation("a (1 − a) = 1 / 4 − (a − 1 / 2)^2"),
        "A square is never negative, so 1/4 is the ceiling, reached only at a = 1/2, that is at z = 0. Our neuron, "
        f"at a = {number(a)}, has 0.25 − {number((a - 0.5) ** 2)} = {number(slope_of(subject))}.",
        curve(SIGMA, "σ", [subject.point(0, 0)], "The sigmoid, its slope, and our neuron on both"),
        Table(
            f"The two parts, their product, and the same by moving z by {number(STEP)}",
            ("z", "a = σ(z)", "1 − a", "σ′ = a (1 − a)", "by wiggling"),
            rows,
        ),
    )


def _saturation(listening: Subject, saturated: Subject) -> Chapter:
    starts = {"listening": listening, "deaf": saturated}
    points = [replace(start.point(0, 0), label=name) for name, start in starts.items()]
    rows: list[tuple[Cell, ...]] = [
        (p.label, p.z, p.slope, p.output, *(_output_after(start, steps) for steps in (EPOCHS // 2, EPOCHS)))
        for p, start in zip(points, starts.values(), strict=True)
    ]
    return chapter(
        "saturation",
        "What happens when z is large: wrong, and deaf",
        Question(
            f"Both should answer 0. One answers {number(points[0].output)}, the other {number(points[1].output)}. "
            "Which one learns faster?",
            f"The one that is *less* wrong. Its first gradient is {number(gradient_of(listening))}, that of the other "
            f"{number(gradient_of(saturated))}.",
        ),
        "Far out on either side the sigmoid is flat. A neuron there may be as wrong as can be, and still its "
        "gradient is next to nothing, because nothing it could do to z would change its answer much.",
        curve(SIGMA, "σ", points, "Two neurons with the same task: one can still hear"),
        Table(
            f"Input 1, target 0, learning rate {number(NIELSEN_RATE)}: the outputs as training goes on",
            ("neuron", "z", "σ′(z)", "at first", f"after {EPOCHS // 2} steps", f"after {EPOCHS} steps"),
            rows,
        ),
        f"The second one is *more* wrong, yet it starts with a gradient of {number(gradient_of(saturated))} against "
        f"{number(gradient_of(listening))}: σ′ = {number(slope_of(saturated))} has closed its ears. Neurons in that "
        "state are called saturated. (The experiment is Nielsen's, Neural Networks and Deep Learning, ch. 3.)",
    )


def _cross_entropy(subject: Subject, saturated: Subject) -> Chapter:
    rows: list[tuple[str, float, float, float]] = []
    for name, start in {"our neuron": subject, "the deaf one": saturated}.items():
        for cost in (Quadratic(), CrossEntropy()):
            with_cost = replace(start, probe=replace(start.probe, cost=cost))
            error, slope, _ = weight_chain(with_cost, 0, 0, 0).factors
            delta = float(with_cost.probe.result.deltas[0][0, 0])
            rows.append((f"{name}, {cost.name.replace('_', '-')}", error.value, slope.value, delta))
    return chapter(
        "cross_entropy",
        "How cross-entropy makes σ′ vanish from the output layer",
        Question(
            "Can a cost be so made that the deaf neuron hears at once?",
            f"Yes: one that is steeper the flatter the sigmoid is. Under cross-entropy its dC/dz is "
            f"*{number(rows[3][3])}* instead of {number(rows[2][3])}.",
        ),
        "If the slope is the trouble, choose a cost that is steep exactly where the sigmoid is flat:",
        Equation("C = −(y ln a + (1 − y) ln (1 − a))"),
        Equation("dC/da = (a − y) / (a (1 − a))"),
        Equation("dC/dz = (a − y) / (a (1 − a)) · a (1 − a) = a − y"),
        Table(
            "The first two factors under both costs",
            ("neuron and cost", "dC/da", "× σ′(z)", "= dC/dz"),
            rows,
        ),
        "σ′ is still in the chain; the cost brings its exact reciprocal, and the two cancel. What is left is the "
        "plain miss a − y: *the more wrong, the faster it learns*. This is why 'leaving σ′ out' at the output is "
        "harmless: you have silently changed the cost to cross-entropy. In the layers below no cost comes to help, "
        "and every σ′ stays.",
    )


def _output_after(start: Subject, steps: int) -> float:
    """The output after `steps` steps of gradient descent."""
    probe = start.probe
    for _ in range(steps):
        probe = probe.stepped(start.learning_rate)
    return float(probe.result.outputs[0, 0])
