"""What the slopes do layer upon layer: each factor's size in every layer of a deep network."""

from __future__ import annotations

import math

import numpy as np

from chainrule.explain.subject import Subject
from chainrule.explain.walk import Cell, Chapter, Question, Table, chapter
from chainrule.formats import number


def gradient_norms(subject: Subject) -> list[float]:
    """|dC/dW| of each layer over the batch."""
    return [float(np.linalg.norm(g)) for g in subject.batch.result.weight_gradients]


def mean_slopes(subject: Subject) -> list[float]:
    """The mean |f′(z)| of each layer over the batch."""
    return [float(np.abs(slopes).mean()) for slopes in subject.batch.result.slopes]


def layers_chapter(subject: Subject) -> Chapter:
    """Which factor starves which layer, over the whole training set."""
    hidden = mean_slopes(subject)[:-1]
    product = f"{' × '.join(number(slope) for slope in reversed(hidden))} = " if len(hidden) > 1 else ""
    return chapter(
        "ledger",
        "Layer upon layer: all samples",
        "So far one sample. Over all of the training set, an error on its way down is multiplied with the slopes of "
        f"the hidden layers it passes, on average {product}*{number(math.prod(hidden))}*, and with the weights on the "
        "way. What is left of it when it arrives decides how fast a layer learns:",
        _layers_table(subject),
    )


def depth_chapter(deep: Subject, others: dict[str, Subject]) -> Chapter:
    """A deep sigmoid network layer by layer, and the same network with other activations (and fitting scales)."""
    slopes, norms = mean_slopes(deep), gradient_norms(deep)
    hidden = deep.probe.depth - 1
    fall_per_layer = (norms[hidden - 1] / norms[0]) ** (1 / (hidden - 1))
    return chapter(
        "depth",
        "Layer upon layer: the slopes multiply",
        Question(
            f"An error travels down through {hidden} hidden layers of sigmoids. How much of the gradient's size "
            "reaches the first layer: a half, a tenth, or less than a hundredth?",
            f"*{number(norms[0] / norms[hidden])}* of what the output layer gets.",
        ),
        "Below the output there is no cost to cancel a slope. An error that travels down passes one σ′ for each "
        f"hidden layer, and they multiply. At their very best {hidden} of them leave (1/4)^{hidden} = "
        f"{number(0.25**hidden)} of it; the weights would have to be large to make up for that, and large weights "
        "push z to where σ′ is smaller still. Here are real images of digits in a real network, before training:",
        _layers_table(deep),
        f"The mean slope in the hidden layers is {number(float(np.mean(slopes[:-1])))}, close under 1/4. From the "
        f"output to the first layer the gradient shrinks *{number(norms[hidden] / norms[0])} times*, by "
        f"{number(fall_per_layer)} a layer: at a learning rate that suits the top, the bottom hardly moves. This is "
        "the vanishing gradient. That it is σ′ which does it shows as soon as another function stands in its place; "
        "tanh here has the very same weights:",
        _comparison({"sigmoid": deep, **others}),
        "tanh has slope 1 at its middle, relu has slope 1 wherever it is on: their factors need not shrink, and with "
        "weights scaled to fit (twice the variance for relu), the first layer hears about as much as the last.",
    )


def _layers_table(subject: Subject) -> Table:
    """One row a layer, from the output down: what arrives, the slope, the slopes so far, the gradient."""
    depth, slopes, norms = subject.probe.depth, mean_slopes(subject), gradient_norms(subject)
    deltas = [float(np.sqrt(np.mean(np.square(d))) * len(d)) for d in subject.batch.result.deltas]
    top = depth - 1
    rows = [
        (
            f"{layer + 1} {'output' if layer == top else 'hidden'}",
            None if layer == top and subject.cancels else slopes[layer],
            math.prod(slopes[layer:top]),
            deltas[layer],
            norms[layer],
        )
        for layer in range(top, -1, -1)
    ]
    caption = f"{len(subject.batch.X)} samples through {depth} layers, read downwards as the error travels"
    if subject.cancels:
        caption += "; the output's slope is cancelled by cross-entropy"
    columns = ("layer", "mean slope", "slopes so far", "blame δ (RMS)", "gradient |dC/dW|")
    return Table(caption, columns, rows, bars="gradient |dC/dW|")


def _comparison(subjects: dict[str, Subject]) -> Table:
    norms = [gradient_norms(subject) for subject in subjects.values()]
    depth = len(norms[0])
    rows: list[tuple[Cell, ...]] = [
        (f"{layer}", *(column[layer - 1] for column in norms)) for layer in range(depth, 0, -1)
    ]
    rows.append(("layer 1 / output", *(column[0] / column[-1] for column in norms)))
    return Table("The gradient |dC/dW| with other activations", ("layer", *subjects), rows)
