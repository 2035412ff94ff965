"""S7: how the gradient fades on its way down a deep sigmoid network, and how its top layer falls silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd
from chainrule.studies.base import Experiment, Picture

from chainrule.figures import vanishing_gradient as draw
from chainrule.figures.ledger import ledger_comparison
from chainrule.reading.curves import load_curves
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, claim, near

PUBLISHED = {2: (0.07, 0.31), 3: (0.012, 0.060, 0.283), 4: (0.003, 0.017, 0.070, 0.285)}  # by hidden layers, on MNIST
FACTOR = 5.0  # a layer, on digits
GUESSING = float(np.log(10.0))  # the loss of ten equal probabilities
ACTIVATIONS = ("sigmoid", "tanh", "relu")
COST, TOP = "cost/train", "activation/layer_4"


class VanishingGradient(Experiment):
    """Nielsen's ladder of gradients, and Glorot and Bengio's saturated top layer."""

    name = "vanishing_gradient"
    folder = "07_vanishing_gradient"
    title = "Why do deep sigmoid networks stop learning?"
    source = (
        "M. Nielsen, *Neural Networks and Deep Learning* (2015), chapter 5, for the ladder on MNIST; X. Glorot & Y. "
        "Bengio, *Understanding the difficulty of training deep feedforward neural networks* (2010), section 3.1, for "
        "the saturation. The factor and the saturation on digits are this project's reference, computed separately."
    )
    setup = """\
All 1797 images of digits, pixels from 0 to 1.

* **Ladder.** 64-30-..-30-10, sigmoid throughout, cross-entropy, weights N(0, 1/fan in), biases N(0, 1); the norm of
  the mean δ (which is dC/db) of each hidden layer before the first update. 20 seeds a depth. Nielsen's figures are
  single draws on 1000 images of MNIST with 784 inputs: other data, so that "the same" is a factor of 2 at most.
* **Course.** The deepest of these, 1000 full-batch epochs at rate 1, five seeds.
* **Saturation.** 64-100-100-100-100-10, softmax, cross-entropy, weights U(±1/√fan in), biases 0, batches of 10, rate
  0.1, 30 epochs, five seeds; the same start and rate for sigmoid, tanh and relu.

80 runs, about 50 core-seconds. Tolerances: a tenth of the factor, three tenths of the activation (given to one digit),
a hundredth of ln 10."""
    reduced: ClassVar = {
        "ladder": ["seed=range(5)"],
        "course": ["seed=range(1)", "epochs=10", "record.points=5"],
        "saturation": ["seed=range(1)", "epochs=2"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """The ladder by depth, its factor, the silent layer and the loss that sticks."""
        norms = ladder(evidence)
        found = []
        for depth, published in PUBLISHED.items():
            measured = norms[depth].median().to_numpy()
            off = np.exp(np.abs(np.log(measured / published)).max())
            found.append(
                claim(
                    f"{depth} hidden layers: norm of the mean δ, first layer to last",
                    ", ".join(map(str, published)),
                    ", ".join(f"{value:.2g}" for value in measured),
                    "each within a factor of 2",
                    off <= 2.0,
                )
            )
        top, loss = (median(evidence, "sigmoid", metric) for metric in (TOP, COST))
        others = [median(evidence, name, COST).iloc[-1] for name in ("tanh", "relu")]
        return [
            *found,
            near("factor a layer, geometric mean", FACTOR, factor(norms), relative=0.1, digits=3),
            near("top hidden layer's mean activation before training", 0.50, top.iloc[0], absolute=0.02, digits=3),
            near("the same after 30 epochs", 0.07, top.iloc[-1], relative=0.3, digits=3),
            near("loss after 30 epochs (ln 10)", GUESSING, loss.iloc[-1], relative=0.01, digits=5),
            claim(
                "tanh and relu from the same weights: loss after 30 epochs",
                "learn",
                " and ".join(f"{value:.2g}" for value in others),
                "below half of ln 10",
                max(others) < GUESSING / 2,
            ),
        ]

    def answer(self, evidence: Evidence) -> str:
        """The ladder, then the two factors that sigmoid lacks."""
        norms = ladder(evidence)
        deepest = norms[4].median()
        slopes = hidden_slopes(evidence)
        top, loss = (median(evidence, "sigmoid", metric) for metric in (TOP, COST))
        accuracy = {name: median(evidence, name, "accuracy/train").iloc[-1] for name in ACTIVATIONS}
        arriving = pd.DataFrame(
            {layer: wide.median(axis="columns") for layer, wide in course(evidence, "upstream").items()}
        )
        apart = arriving[4] / arriving[1]
        plateau = apart.index[len(apart) // 2]
        slope = {name: mean_slope(evidence, name) for name in ACTIVATIONS}
        return f"""\
On its way down, the error is multiplied at every layer with the weights and with the slope σ′(z). **The slope is at
most 1/4, and here {slopes:.2f} on average.** Weights of variance 1/n neither enlarge nor shrink the error, so each
layer passes on about a fifth of what it gets: the measured factor is {factor(norms):.1f}. With four hidden layers the
last one gets {deepest.iloc[-1]:.2g} and the first {deepest.iloc[0]:.2g}, {deepest.iloc[-1] / deepest.iloc[0]:.0f} times
less, as on the much larger MNIST.

Training doesn't soon mend it. The mean δ, which moves the biases, falls to nothing in all layers, because the samples'
errors cancel as soon as the average answer is right. The errors themselves don't cancel: after {plateau} epochs those
that arrive at the first layer are still {apart[plateau]:.0f} times smaller than those at the fourth. The network stands
on a plateau, giving every image the same answer, until the first layers have crept to something useful: after
{apart.index[-1]} epochs the ladder has shrunk to a factor of {apart.iloc[-1]:.0f}.

**A deeper net may not start at all.** With four layers of 100 units, mini-batches and the usual small uniform weights,
the top hidden layer falls silent. Glorot and Bengio's explanation: what reaches it tells next to nothing about the
image, the output does best to ignore it, and the quickest way is to push the activations towards 0. Their mean sinks
from {top.iloc[0]:.2f} to {top.iloc[-1]:.2f} in 30 epochs. There σ′ = a(1 − a) is small too, which throttles the layers
below still more. The loss stays at {loss.iloc[-1]:.3f}; ten equal guesses have ln 10 = {GUESSING:.3f}.

**Tanh and relu, from the very same weights, get through**: training accuracy {accuracy["tanh"]:.3f} and
{accuracy["relu"]:.3f} after 30 epochs, sigmoid {accuracy["sigmoid"]:.2f}. At the start these weights, too, make the
error smaller at every layer, by √3, but alike for all three. What differs is the slope: over the hidden layers and
epochs it is {slope["sigmoid"]:.2f} for sigmoid, {slope["relu"]:.2f} for relu and {slope["tanh"]:.2f} for tanh. Four
layers of it are four factors: that is the distance between the top and the bottom row of the ledger."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """The ledger of sigmoid, tanh and relu; the ladder; its course; the saturation."""
        runs = evidence.runs("saturation").sort_values("seed").drop_duplicates("activation").set_index("activation")
        ledgers = {name: load_curves(runs.loc[[name]]) for name in ACTIVATIONS}
        reached = runs["accuracy/train"]
        accuracy = {name: f"training accuracy {float(reached[name]):.2f}" for name in ACTIVATIONS}
        yield Picture(
            "ledger.png",
            "The factors of the gradient by layer and epoch: one start, three activation functions",
            ledger_comparison(ledgers, "Which factor starves a deep sigmoid network?", accuracy),
        )
        yield Picture(
            "ladder.png",
            "The gradient before training: a fifth is lost at every layer, as Nielsen found on MNIST",
            draw.ladder(ladder(evidence), PUBLISHED, FACTOR),
        )
        yield Picture(
            "course.png",
            "Four hidden layers on a plateau: the samples' errors cancel in the mean δ; each of them still fades",
            draw.course(course(evidence, "mean_delta"), course(evidence, "upstream")),
        )
        yield Picture(
            "saturation.png",
            "Sigmoid: the top layer falls silent and the loss sticks; tanh and relu learn",
            draw.saturation(
                {layer: curves(evidence, "sigmoid", f"activation/layer_{layer}") for layer in range(1, 5)},
                {name: curves(evidence, name, COST) for name in ACTIVATIONS},
                GUESSING,
            ),
        )


def ladder(evidence: Evidence) -> dict[int, pd.DataFrame]:
    """By number of hidden layers, the norm of the mean delta before training: a row a seed, a column a hidden layer."""
    runs = evidence.runs("ladder")
    depths = runs["hidden"].map(len)
    norms = {}
    for depth in sorted(set(depths)):
        own = runs[depths.eq(depth)]
        layers = {layer: evidence.curve(own, f"mean_delta/layer_{layer}").loc[0] for layer in range(1, depth + 1)}
        norms[depth] = pd.DataFrame(layers)
    return norms


def factor(norms: dict[int, pd.DataFrame]) -> float:
    """How many times less a hidden layer gets than the one above: geometric mean over layers, depths and seeds."""
    steps = [np.diff(np.log(frame.to_numpy()), axis=1).ravel() for frame in norms.values()]
    return float(np.exp(np.concatenate(steps).mean()))


def hidden_slopes(evidence: Evidence) -> float:
    """The mean slope of the hidden layers before training, over the runs of the ladder with four of them."""
    runs = evidence.runs("ladder")
    deep = runs[runs["hidden"].map(len).eq(4)]
    return float(np.mean([evidence.curve(deep, f"slope/layer_{layer}").loc[0].mean() for layer in range(1, 5)]))


def course(evidence: Evidence, family: str) -> dict[int, pd.DataFrame]:
    """A family of curves while four layers learn, by hidden layer: a row an epoch, a column a seed."""
    runs = evidence.runs("course")
    return {layer: evidence.curve(runs, f"{family}/layer_{layer}") for layer in range(1, 5)}


def curves(evidence: Evidence, activation: str, metric: str) -> pd.DataFrame:
    """A curve of the four hundred-unit layers: a row an epoch, a column a seed."""
    runs = evidence.runs("saturation")
    return evidence.curve(runs[runs["activation"].eq(activation)], metric)


def median(evidence: Evidence, activation: str, metric: str) -> pd.Series[float]:
    """The median over seeds of `curves`, by epoch."""
    return curves(evidence, activation, metric).median(axis="columns")


def mean_slope(evidence: Evidence, activation: str) -> float:
    """The mean slope of the four hidden layers of a hundred units, over epochs and seeds."""
    layers = [curves(evidence, activation, f"slope/layer_{layer}") for layer in range(1, 5)]
    return float(np.mean([layer.to_numpy() for layer in layers]))
