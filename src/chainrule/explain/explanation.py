"""What is told, and in which order: the full answer, or a walk through a network of one's own."""

from __future__ import annotations

from chainrule.explain.backward import backward_chapters, path_chapter
from chainrule.explain.depth import depth_chapter, ledger_chapter
from chainrule.explain.forward import forward_chapter
from chainrule.explain.neuron import neuron, neuron_chapters
from chainrule.explain.paths import strongest_path
from chainrule.explain.request import Request
from chainrule.explain.slips import slips_chapter
from chainrule.explain.slope import slope_chapters
from chainrule.explain.step import step_chapter
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chapter, Prose, Walk

QUESTION = (
    "I know the idea: minimise the error of a multilayer network with the chain rule. But I don't understand the "
    "role of the derivative of the sigmoid. What is the point of it? Can you explain it step by step, in simple "
    "language?"
)
# z = 1.5 and a = 0.82 make a neuron that is wrong but still listens; x = 2 keeps the factor x visible.
NEURON = {"w": 0.6, "b": 0.3, "x": 2.0, "y": 0.0, "learning_rate": 0.5}
# The same depth for three activations, each with the weights' scale it was made for.
DEEP = {
    "dataset": "digits",
    "hidden": [30] * 5,
    "output": "softmax",
    "cost": "cross_entropy",
    "init": "xavier_normal",
}
RIVALS = {
    "tanh": {"activation": "tanh"},
    "relu": {"activation": "relu", "init": "he_normal"},
}
# Weights drawn wide: some samples find the neuron undecided, some do not, so that every slip shows.
CARELESS = {"dataset": "breast_cancer", "hidden": [], "init": "normal"}


def full_answer() -> Walk:
    """From one neuron to two layers, to many layers, to the slips."""
    one, two = neuron(**NEURON), Request.of({})
    rivals = {name: Request.of({**DEEP, **choice}).subject() for name, choice in RIVALS.items()}
    chapters = [
        *neuron_chapters(one),
        *slope_chapters(one),
        *_network_chapters(two, "Two layers: "),
        depth_chapter(Request.of(DEEP).subject(), rivals),
        _slips(Request.of(CARELESS), "Four slips, and how to catch them"),
        _last_words(),
    ]
    return Walk("What is the derivative of the sigmoid for?", QUESTION, two.words(), tuple(chapters))


def network_walk(request: Request) -> Walk:
    """One sample through the network of `request`, forwards, backwards, and one step on."""
    subject = request.subject()
    chapters = _network_chapters(request, "")
    if subject.probe.depth > 1:
        chapters.append(ledger_chapter(subject))
    chapters.append(_slips(request, "What goes wrong when a factor is left out"))
    settings = request.settings
    widths = " – ".join(str(size) for size in (len(subject.inputs), *settings.hidden, len(subject.outputs)))
    title = f"The chain rule, step by step: {settings.dataset.name}, sample {request.sample}, a {widths} network"
    return Walk(title, QUESTION, request.words(), tuple(chapters))


def _slips(request: Request, title: str) -> Chapter:
    subject = request.subject()
    widths = [len(subject.inputs), *request.settings.hidden, len(subject.outputs)]
    network = f"a {' – '.join(map(str, widths))} network"
    if len(widths) == 2 and len(subject.outputs) == 1:
        network = f"one neuron with {widths[0]} inputs"
    return slips_chapter(
        subject, title, f"{network} on the {len(subject.batch.X)} samples of {request.settings.dataset.name}"
    )


def _network_chapters(request: Request, prefix: str) -> list[Chapter]:
    subject = request.subject()
    path = strongest_path(subject.probe)
    chapters = [
        forward_chapter(subject, path, _opening(request, subject)),
        *backward_chapters(subject, path),
        step_chapter(subject, path),
    ]
    if path.ways > 1:
        chapters.insert(-1, path_chapter(subject, path))
    if not prefix:
        return chapters
    return [Chapter(f"two_layers_{c.key}", f"{prefix}{c.title[0].lower()}{c.title[1:]}", c.blocks) for c in chapters]


def _opening(request: Request, subject: Subject) -> str:
    settings, probe = request.settings, subject.probe
    weights = sum(w.size for w in probe.weights) + sum(b.size for b in probe.biases)
    scale = ", its inputs standardised" if settings.dataset.standardize else ""
    return (
        f"Sample {request.sample} (counted from 0) of the training set of *{settings.dataset.name}*{scale}. The "
        f"network has {weights} weights and biases in {probe.depth} {'layer' if probe.depth == 1 else 'layers'}, "
        f"drawn by {settings.init.name} with seed {settings.seed}; hidden units are {settings.activation.name}, "
        f"the output is {settings.output.name}, the cost {settings.cost.name.replace('_', '-')}. Every unit adds "
        "up what it is sent, each input times its weight, and sends the sum through its curve."
    )


def _last_words() -> Chapter:
    return Chapter(
        "summary",
        "In one breath",
        (
            Prose(
                "A gradient is a measured fact: how far the cost moves when a weight moves. The sigmoid stands "
                "between the two, so its exchange rate σ′ is a factor of that fact. It is never more than 1/4, "
                "next to nothing for a neuron that has made up its mind, cancelled at the output by cross-entropy, "
                "and multiplied layer upon layer everywhere else. Leave it out, and you walk downhill on a map of "
                "somewhere else."
            ),
            Prose(
                "Now with numbers of your own: `chainrule explain dataset=iris hidden=[4] sample=3`, or "
                "`chainrule explain dataset=digits hidden=[30,30] activation=tanh output=softmax "
                "cost=cross_entropy`; `--html` makes a page of it, `--json` data."
            ),
        ),
    )
