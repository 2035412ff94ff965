"""What is told, and in which order: the full answer, or a walk through a network of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chainrule.core.network import one_thread
from chainrule.explain.backward import backward_chapters, step_chapter
from chainrule.explain.depth import depth_chapter, layers_chapter
from chainrule.explain.flat import flat_chapters
from chainrule.explain.forward import forward_chapter
from chainrule.explain.myth import myth_chapter
from chainrule.explain.neuron import neuron_chapters
from chainrule.explain.paths import path_chapter, strongest_path
from chainrule.explain.playground import is_playable, playground_chapter
from chainrule.explain.recorded import RecordedRun
from chainrule.explain.request import Request
from chainrule.explain.run_chapters import epochs_chapter, ledger_chapter
from chainrule.explain.slips import slips_chapter
from chainrule.explain.slope import slope_chapters
from chainrule.explain.subject import Subject, neuron
from chainrule.explain.walk import Chapter, Walk, chapter

QUESTION = (
    "I know the idea: minimise the error of a multilayer network with the chain rule. But I don't understand the "
    "role of the derivative of the sigmoid. What is the point of it? Can you explain it step by step, in simple "
    "language?"
)
# z = 1.5 and a = 0.82 make a neuron that is wrong but still listens; x = 2 keeps the factor x visible.
NEURON = {"w": 0.6, "b": 0.3, "x": 2.0, "y": 0.0, "learning_rate": 0.5}
# The same depth for three activations, each with the weights' scale it was made for.
DEEP: dict[str, Any] = {
    "dataset": "digits",
    "hidden": [30] * 5,
    "output": "softmax",
    "cost": "cross_entropy",
    "init": "xavier_normal",
}
OTHER_ACTIVATIONS = {"tanh": {"activation": "tanh"}, "relu": {"activation": "relu", "init": "he_normal"}}
# Weights drawn wide: some samples find the neuron undecided, some do not, so that every slip shows.
WIDE = {"dataset": "breast_cancer", "hidden": [], "init": "normal"}


def full_answer() -> Walk:
    """From one neuron to two layers, to many layers, to the slips."""
    with one_thread():  # the products are small and many: threads would mostly wait for each other
        one, two, wide = neuron(**NEURON), Request.of({}), Request.of(WIDE)
        others = {name: Request.of({**DEEP, **choice}).subject() for name, choice in OTHER_ACTIVATIONS.items()}
        two_layers = [
            replace(c, key=f"two_layers_{c.key}", title=f"Two layers: {c.title[0].lower()}{c.title[1:]}")
            for c in _network_chapters(two, two.subject())
        ]
        chapters = [
            *neuron_chapters(one),
            *slope_chapters(one),
            myth_chapter(),
            *two_layers,
            depth_chapter(Request.of(DEEP).subject(), others),
            *flat_chapters(),
            _slips(wide, wide.subject(), "Four slips, and how to catch them"),
            _summary(),
        ]
        return Walk("What is the derivative of the sigmoid for?", QUESTION, two.described(), tuple(chapters))


def network_walk(request: Request) -> Walk:
    """One sample through the network of `request`, forwards, backwards, and one step on."""
    with one_thread():
        subject = request.subject()
        chapters = _network_chapters(request, subject)
        if subject.probe.depth > 1:
            chapters.append(layers_chapter(subject))
        chapters.append(_slips(request, subject, "What goes wrong when a factor is left out"))
        widths = " – ".join(map(str, subject.sizes))
        source = request.settings.dataset.name
        title = f"The chain rule, step by step: {source}, sample {request.sample}, a {widths} network"
        return Walk(title, question_of(subject), request.described(), tuple(chapters))


def run_walk(run: RecordedRun) -> Walk:
    """One sample through the network of a recorded run at one of its epochs."""
    with one_thread():
        subject = run.subject()
        path = strongest_path(subject.probe)
        chapters = [ledger_chapter(run), *_network_chapters(run.request, subject, f"at epoch {run.snapshot.epoch}")]
        if len(run.snapshots) > 1:
            chapters.append(epochs_chapter(run, subject, path))
        if subject.probe.depth > 1:
            chapters.append(layers_chapter(subject))
        title = f"A recorded run, step by step: {run.name}, epoch {run.snapshot.epoch}, sample {run.request.sample}"
        return Walk(title, question_of(subject), run.described(), tuple(chapters))


def question_of(subject: Subject) -> str:
    """What is asked of a network: the sigmoid's question of one whose units are all sigmoid."""
    names = list(dict.fromkeys(subject.function_name(layer) for layer in range(subject.probe.depth)))
    if names == ["σ"]:
        return QUESTION
    spelt = ["the sigmoid" if name == "σ" else name for name in names]
    curves = " and ".join(filter(None, (", ".join(spelt[:-1]), spelt[-1])))
    return (
        "How does the chain rule find what each weight of this network is to blame for? What does each factor do: the "
        f"error that arrives, the derivative of {curves}, the input? Step by step, in simple language, with numbers."
    )


def _network_chapters(request: Request, subject: Subject, when: str | None = None) -> list[Chapter]:
    """Forwards, backwards and the step; `when` is said of weights that are not those of the start."""
    path = strongest_path(subject.probe)
    playable = when is None and is_playable(subject)  # a recorded run's weights are those of its epochs
    return [
        forward_chapter(subject, path, _opening(request, subject, when), request.image()),
        *backward_chapters(subject, path),
        *([path_chapter(subject, path)] if path.ways > 1 else []),
        step_chapter(subject, path),
        *([playground_chapter(subject, path, request.sample)] if playable else []),
    ]


def _opening(request: Request, subject: Subject, when: str | None) -> str:
    settings, depth = request.settings, subject.probe.depth
    scaled = [what for what, is_so in request.standardised().items() if is_so]
    scale = f", {' and '.join(scaled)} standardised (mean 0, deviation 1)" if scaled else ""
    weights = when or f"drawn by {settings.init.name} with seed {settings.seed}"
    hidden = f"hidden units are {settings.activation.name}, " if settings.hidden else ""
    return (
        f"Sample {request.sample} (counted from 0) of the training set of *{settings.dataset.name}*{scale}. The "
        f"network has {subject.probe.size} weights and biases in {depth} {'layer' if depth == 1 else 'layers'}, "
        f"{weights}; {hidden}the output is {settings.output.name}, the cost "
        f"{settings.cost.name.replace('_', '-')}. Every unit adds up what it is "
        "sent, each input times its weight, and sends the sum through its curve."
    )


def _slips(request: Request, subject: Subject, title: str) -> Chapter:
    network = f"a {' – '.join(map(str, subject.sizes))} network"
    if len(subject.sizes) == 2 and len(subject.outputs) == 1:
        network = f"one neuron with {subject.sizes[0]} inputs"
    samples = f"the {len(subject.batch.X)} samples of {request.settings.dataset.name}"
    return slips_chapter(subject, title, f"{network} on {samples}")


def _summary() -> Chapter:
    return chapter(
        "summary",
        "In one breath",
        "A gradient is a measured fact: how far the cost moves when a weight moves. The sigmoid stands between the "
        "two, so its exchange rate σ′ is a factor of that fact. It is never more than 1/4, next to nothing for a "
        "neuron that has made up its mind, cancelled at the output by cross-entropy, and multiplied layer upon layer "
        "everywhere else. Leave it out, and you walk downhill on a map of somewhere else.",
        "Now with numbers of your own: `chainrule explain dataset=iris hidden=[4] sample=3`, or `chainrule explain "
        "dataset=digits hidden=[30,30] activation=tanh output=softmax cost=cross_entropy`; `--html` makes a page of "
        "it, `--json` data.",
    )
