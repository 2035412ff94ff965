"""The slips that are passed around with the chain rule, each held against finite differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from chainrule.components.backward import Backward, Exact, One
from chainrule.core.data import Split
from chainrule.core.differences import STEPS, Problem, numerical_gradient, random_directions, relative_error
from chainrule.core.network import Network
from chainrule.core.parameters import Parameters
from chainrule.explain.probe import Array, Probe
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chapter, Equation, Question, Table, chapter
from chainrule.formats import number

EXACT = 1e-7  # a relative error below this is rounding
VANISHED = 1e-10  # a measured gradient shorter than this is the rounding of the cost
STRAIGHT = 0.01  # degrees: less is rounding
DIRECTIONS = 200  # a network with more parameters is compared along this many random directions

Kind = Literal["right", "mean", "input", "hidden", "output", "sign"]


@dataclass(frozen=True)
class Slip:
    """A formula for the gradient, and what comes of it."""

    kind: Kind
    name: str
    relative_error: float  # |a − n| / (|a| + |n|) against finite differences
    angle: float  # to the measured gradient, degrees
    cost_before: float
    cost_after: float  # one step along it


def slips_chapter(subject: Subject, title: str, network: str) -> Chapter:
    """The table of slips, the right gradient on top, and what each slip does; `network` says in which network."""
    if np.linalg.norm(measured_gradient(subject.batch)) < VANISHED:
        text = f"On {network} the gradient over all samples is zero where it stands, so there is nothing a slip could"
        return chapter("slips", title, f"{text} spoil.")
    slips = slips_of(subject)
    return chapter(
        "slips",
        title,
        f"A gradient can be tested without knowing any rule: move each weight a hair (by {number(STEPS['central'])}), "
        "run the network forwards, see how the cost moves. Above 0.01 the relative error says wrong, below 0.0000001 "
        f"right. Here on {network}:",
        Question(
            "Which of these formulas is wrong and still points exactly the right way?",
            _straight(slips),
        ),
        Equation("relative error = (|analytic − measured|) / (|analytic| + |measured|)"),
        Table(
            "Each formula against finite differences, and one step along it",
            ("the gradient", "relative error", "degrees off", "cost before", "cost after"),
            [(s.name, s.relative_error, round(s.angle, 3), s.cost_before, s.cost_after) for s in slips],
            bars="relative error",
        ),
        *(meaning(subject, slip) for slip in slips if slip.kind != "right"),
        "The cost after one step is no judge: a wrong gradient can find lower ground for a while, most of all when "
        "it is longer. The measured slope is one.",
    )


def _straight(slips: list[Slip]) -> str:
    """Which slips leave the direction as it is."""
    wrong = [slip for slip in slips if slip.kind != "right" and slip.relative_error > EXACT]
    straight = " and ".join(f"*{slip.name}*" for slip in wrong if slip.angle < STRAIGHT)
    turned = number(round(max((slip.angle for slip in wrong), default=0.0), 3))
    if not straight:
        return f"None of them: they turn the gradient, by up to {turned} degrees."
    return f"The one {straight}; the others turn the gradient, by up to {turned} degrees."


def slips_of(subject: Subject) -> list[Slip]:
    """The right gradient first, then every slip this network can be given."""
    batch, top = subject.batch, subject.batch.depth - 1
    truth = measured_gradient(batch)

    def slip(kind: Kind, name: str, gradient: Array) -> Slip:
        return _compare(subject, kind, name, batch, gradient, truth)

    found = [slip("right", "the chain rule, all factors", _gradient(batch))]
    if len(batch.X) > 1:
        found.append(slip("mean", "without 1/N", _gradient(batch, slip="without_mean")))
    found.append(slip("input", "without the factor x", _gradient(batch, slip="without_input")))
    if top:
        gradient = _gradient(batch, hidden=One)
        found.append(slip("hidden", f"without {subject.function_name(0)}′ in hidden layers", gradient))
    if not subject.cancels:
        gradient = _gradient(batch, output=One)
        found.append(slip("output", f"without {subject.function_name(top)}′ at the output", gradient))
    if not top and subject.is_logistic(top):
        # 1/(1 + exp(w x + b)) is the right formula with w and b negated, and is computed so; the derivative belongs
        # to exp(−(w x + b)).
        mirrored = replace(batch, weights=[-w for w in batch.weights], biases=[-b for b in batch.biases])
        gradient, truth_there = _gradient(mirrored, slip="wrong_sign"), measured_gradient(mirrored)
        found.append(_compare(subject, "sign", "with exp(+z) for exp(−z)", mirrored, gradient, truth_there))
    return found


def measured_gradient(probe: Probe) -> Array:
    """The slope of the cost along each direction, by central differences on the forward pass."""
    problem, flat = _problem(probe)
    return numerical_gradient(problem, flat, _directions(probe), "central", None)


def meaning(subject: Subject, slip: Slip) -> str:
    """What the slip does to learning, in plain words."""
    name = f"*{slip.name[0].upper()}{slip.name[1:]}*"
    turned = f"{name} the gradient turns by {number(round(slip.angle, 3))} degrees: "
    match slip.kind:
        case "hidden" | "output" if slip.relative_error < EXACT:
            return f"{name} nothing changes: that slope is 1 for every sample here."
        case "mean":
            return (
                "*Without 1/N* the direction is right and the length is not: the step is as many times too long as "
                "there are samples, and a learning rate that was fine for a hundred of them blows up for a thousand."
            )
        case "input":
            return (
                "*Without x* every weight of a neuron gets the same correction, whatever it was multiplied with. "
                "Even a weight whose input was 0 is blamed for an answer it had no part in."
            )
        case "hidden":
            return (
                f"{turned}units that hardly respond are told to change as much as those that do, and every layer "
                "below inherits the mistake."
            )
        case "output":
            other_cost = " (It is the gradient of another cost, cross-entropy.)"
            return (
                f"{turned}samples about which the output has made up its mind count as much as those it could still "
                f"be moved on.{other_cost if subject.probe.output.is_probability else ''}"
            )
        case "sign":
            return (
                "*With 1/(1 + exp(w x + b))* the output falls when z rises: the slope of that formula is −a (1 − a). "
                "Whoever goes on with +a (1 − a) has the gradient exactly reversed, and every step climbs."
            )
        case _:
            return ""


def _compare(subject: Subject, kind: Kind, name: str, probe: Probe, gradient: Array, truth: Array) -> Slip:
    """A gradient of all parameters against the measured one, and a step along it."""
    along = _directions(probe) @ gradient
    here = Parameters.of(probe.weights, probe.biases)
    weights, biases = Parameters(here.sizes, here.flat - subject.learning_rate * gradient).run(0)
    after = replace(probe, weights=weights, biases=biases).result.cost
    return Slip(kind, name, relative_error(along, truth), _angle(along, truth), probe.result.cost, after)


def _gradient(
    probe: Probe, slip: str = "none", *, hidden: type[Backward] = Exact, output: type[Backward] = Exact
) -> Array:
    """The gradient of all parameters, one vector, with a slip of `core.slips` or another derivative than f′."""
    problem, flat = _problem(probe)
    network = replace(problem.network, backward_hidden=hidden(), backward_output=output())
    return np.asarray(replace(problem, network=network, slip=slip).gradients(flat[None])[0])


def _problem(probe: Probe) -> tuple[Problem, Array]:
    here = Parameters.of(probe.weights, probe.biases)
    network = Network(here.sizes, probe.activation, probe.output, probe.cost)
    return Problem(network, Split.of(probe.X, probe.y, np.float64)), here.flat[0]


def _angle(a: Array, b: Array) -> float:
    """Between two vectors in degrees, exact near 0 and 180 as well (Kahan 2006); 0 if one of them vanishes."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if not all(lengths):
        return 0.0
    u, v = a / lengths[0], b / lengths[1]
    return float(np.degrees(2.0 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))))


def _directions(probe: Probe) -> Array:
    if probe.size <= DIRECTIONS:
        return np.eye(probe.size)
    return random_directions(DIRECTIONS, probe.size, np.random.default_rng(0))
