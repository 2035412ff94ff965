"""Slopes that are exactly 0: a unit of relu that is off for every sample, and an error that was clipped too early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chainrule.components import create
from chainrule.explain.probe import STEP, Probe
from chainrule.explain.request import Request
from chainrule.explain.walk import Cell, Chapter, Equation, Question, Table, chapter
from chainrule.formats import number

NETWORK = {"dataset": "moons", "hidden": [4], "init": "he_normal"}
RATE = 0.5
STEPS = 1000
SUNK = -6.0  # the bias of the unit that starts below every sample: the inputs are about 2 at most
ACTIVATIONS = ("relu", "leaky_relu", "sigmoid")
DELTA = 1.0  # where errors are clipped
FAR = 3.0  # the error to start with
DESCENT = 0.1  # learning rate on that error
DESCENT_STEPS = 100


@dataclass(frozen=True)
class SunkUnit:
    """A hidden unit that starts far below 0 on every sample: its slopes and gradient, and what training makes of it."""

    activation: str
    mean_slope: float
    gradient: float  # length of the gradient of its weights and bias
    measured: float  # the same by finite differences
    moved: float  # how far its weights and bias went


@dataclass(frozen=True)
class Clipping:
    """A cost of one error e, its slope by its formula and measured, and where descent along that slope ends."""

    name: str
    cost: float
    slope: float
    measured: float
    end: float


def flat_chapters() -> list[Chapter]:
    return [_dead_chapter([sunk_unit(name) for name in ACTIVATIONS]), _clipping_chapter(clippings())]


def sunk_unit(activation: str) -> SunkUnit:
    """Unit 1 of the network, sunk by its bias; all samples of the training set, full batches."""
    start = Request.of({**NETWORK, "activation": activation}).subject().batch
    biases = [b.copy() for b in start.biases]
    biases[0][0] = SUNK
    start = replace(start, biases=biases)
    run, end = start.result, start
    for _ in range(STEPS):
        end = end.stepped(RATE)
    own = [lambda by, i=i: start.with_weight(0, 0, i, by) for i in range(start.X.shape[1])]
    moves: list[Callable[[float], Probe]] = [*own, lambda by: start.with_bias(0, 0, by)]
    measured = [(move(STEP / 2).result.cost - move(-STEP / 2).result.cost) / STEP for move in moves]
    return SunkUnit(
        activation,
        float(np.abs(run.slopes[0][:, 0]).mean()),
        float(np.hypot(np.linalg.norm(run.weight_gradients[0][0]), run.bias_gradients[0][0])),
        float(np.linalg.norm(measured)),
        float(np.hypot(np.linalg.norm(end.weights[0][0] - start.weights[0][0]), end.biases[0][0] - biases[0][0])),
    )


def clippings() -> list[Clipping]:
    """The quadratic cost, the same with its error clipped first, and the one whose *slope* is the clipped error."""
    huber = create("cost", "huber", {"delta": DELTA})

    def huber_cost(e: float) -> float:
        error = np.array([[[e]]])
        return float(huber.loss(create("output", "identity"), error, error, np.zeros_like(error))[0, 0, 0])

    costs: list[tuple[str, Callable[[float], float], Callable[[float], float]]] = [
        ("quadratic: e^2 / 2", lambda e: e * e / 2, lambda e: e),
        (
            "error clipped first: clip(e)^2 / 2",
            lambda e: float(np.clip(e, -DELTA, DELTA)) ** 2 / 2,
            lambda e: e if abs(e) < DELTA else 0.0,
        ),
        ("slope clipped: Huber's cost", huber_cost, lambda e: float(np.clip(e, -DELTA, DELTA))),
    ]
    found = []
    for name, cost, slope in costs:
        e = FAR
        for _ in range(DESCENT_STEPS):
            e -= DESCENT * slope(e)
        measured = (cost(FAR + STEP / 2) - cost(FAR - STEP / 2)) / STEP
        found.append(Clipping(name, cost(FAR), slope(FAR), measured, e))
    return found


def _dead_chapter(units: list[SunkUnit]) -> Chapter:
    rows: list[tuple[Cell, ...]] = [(u.activation, u.mean_slope, u.gradient, u.measured, u.moved) for u in units]
    relu, leaky, sigmoid = units
    return chapter(
        "dead",
        "A slope of exactly 0: the dead relu",
        "The sigmoid's slope is small far out, but it is never 0. relu's is: below 0 nothing of a move comes out. A "
        "unit that lies below 0 for some samples learns from the others. One that lies below 0 for *all* of them has "
        "no sample left to learn from.",
        Question(
            f"A unit of relu starts with a bias of {number(SUNK)}, below every sample. How far will {STEPS} steps of "
            "gradient descent have moved it: a long way, a little, or not at all?",
            f"Not at all: by *{number(relu.moved)}*. A gradient of exactly 0 moves nothing, however many steps there "
            "are and however large the learning rate.",
        ),
        Table(
            f"One hidden unit of four, sunk; moons, {STEPS} steps of {number(RATE)}",
            ("activation", "mean slope", "its gradient", "measured", "moved by"),
            rows,
        ),
        f"The sigmoid's gradient of {number(sigmoid.gradient)} is tiny, yet it adds up: the unit moves by "
        f"{number(sigmoid.moved)}. leaky_relu keeps a slope of {number(leaky.mean_slope)} below 0 for just this "
        f"reason, and its unit moves by {number(leaky.moved)}. relu's unit stays where it is. Its inputs are the "
        "data, which do not move; only in a higher layer could the units below bring one back. The curve "
        "`saturated/layer_1` records the share of such slopes, over units and samples.",
    )


def _clipping_chapter(costs: list[Clipping]) -> Chapter:
    rows: list[tuple[Cell, ...]] = [(c.name, c.cost, c.slope, c.measured, c.end) for c in costs]
    quadratic, clipped, huber = costs
    return chapter(
        "clipping",
        "Clipping an error kills its gradient",
        "Large errors make large steps, so someone clips them: no error counts for more than "
        f"{number(DELTA)}. It matters *where* that is done. clip is a function like any other, and the chain rule asks "
        "for its slope. Outside it is 0, like that of a dead relu:",
        Equation("C = clip(e)^2 / 2"),
        Equation("dC/de = clip(e) · clip′(e)"),
        Question(
            f"The error is {number(FAR)} and is clipped to {number(DELTA)} before it is squared. What is the slope of "
            f"the cost: {number(FAR)}, {number(DELTA)} or 0?",
            f"*{number(clipped.slope)}*. Move the error, and the clipped error stays where it is: the worst samples "
            "are those that teach nothing.",
        ),
        Table(
            f"An error of {number(FAR)}, and what {DESCENT_STEPS} steps of {number(DESCENT)} leave of it",
            ("cost", "C", "dC/de", "measured", "e at the end"),
            rows,
        ),
        f"Clipped first, the error stays at {number(clipped.end)} for ever. Clip the *slope* instead, and it falls to "
        f"{number(huber.end)}, with steps of bounded length on the way. That is a cost too, Huber's, quadratic near "
        "the target and a straight line far away (`cost=huber`); whoever wants clipped errors nearly always means it. "
        f"(Plain squares end at {number(quadratic.end)}.) The same goes for an output clipped to keep a logarithm "
        "finite: outside, its gradient is 0.",
    )
