"""The neuron as an instrument: the states it can be set to, each computed, and what may be chosen in the page."""

from __future__ import annotations

from chainrule.components import create, names
from chainrule.components.activations import Sigmoid
from chainrule.explain.factors import upstream
from chainrule.explain.forward import curve
from chainrule.explain.subject import Subject, neuron
from chainrule.explain.walk import Chapter, Instrument, NeuronState, chapter

# (name, what it shows, w, x, b, y)
PRESETS = (
    ("undecided", "z = 0, where the slope is steepest: it listens best", 0.5, 1.0, -0.5, 1.0),
    ("confident and right", "a small error meets a small slope", 2.0, 1.0, 1.0, 1.0),
    ("confident and wrong", "the same z, so the very same slope; only the error differs", 2.0, 1.0, 1.0, 0.0),
    ("deaf", "as wrong as can be, and hardly a gradient", 5.0, 1.0, 3.0, 0.0),
)


def instrument_chapter(subject: Subject) -> Chapter:
    """Our neuron and its presets."""
    own = ("our neuron", "the one of the chapters above")
    states = [_state(*own, subject)]
    for name, meaning, w, x, b, y in PRESETS:
        states.append(_state(name, meaning, neuron(w, b, x, y, subject.learning_rate)))
    return chapter(
        "instrument",
        "The neuron in your hands",
        "Every number of the argument hangs on four: w, x, b and y. On the page they can be dragged, and all that "
        "follows from them follows at once. Try these: make the error large and the slope small; set x to 0; find a z "
        "at which leaving σ′ out would do the least harm (it is 0, and the harm is still a factor of 4).",
        Instrument(
            "One neuron in five states, and one step from each",
            subject.learning_rate,
            tuple(states),
            curve(Sigmoid(), "σ", [subject.point(0, 0)], "Where the neuron stands"),
            tuple({"name": name, "ceiling": create("activation", name).max_slope} for name in names("activation")),
            tuple({"name": name, **create("cost", name).fields()} for name in names("cost")),
        ),
    )


def _state(name: str, meaning: str, subject: Subject) -> NeuronState:
    probe, run = subject.probe, subject.probe.result
    after = probe.stepped(subject.learning_rate)
    point = subject.point(0, 0)
    return NeuronState(
        name=name,
        meaning=meaning,
        w=float(probe.weights[0][0, 0]),
        x=float(probe.X[0, 0]),
        b=float(probe.biases[0][0]),
        y=float(probe.y[0, 0]),
        z=point.z,
        a=point.output,
        cost=run.cost,
        error=float(upstream(probe, 0)[0]),
        slope=point.slope,
        input=float(probe.X[0, 0]),
        product=float(run.weight_gradients[0][0, 0]),
        new_w=float(after.weights[0][0, 0]),
        new_b=float(after.biases[0][0]),
        new_cost=after.result.cost,
    )
