"""How the gradient fades on its way down a deep sigmoid network, and how its top layer falls silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from chainrule.figures.ledger import draw_ledgers
from chainrule.reading.curves import load_curves
from chainrule.studies import Analysis, Evidence, Finding, Picture, claim, near
from experiments.vanishing_gradient import figures

PUBLISHED = {2: (0.07, 0.31), 3: (0.012, 0.060, 0.283), 4: (0.003, 0.017, 0.070, 0.285)}  # by hidden layers, on MNIST
FACTOR = 5.0  # a layer, on digits
GUESSING = float(np.log(10.0))  # the loss of ten equal probabilities
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LAYERS = range(1, 5)  # the hidden ones of the deepest networks


@dataclass(frozen=True)
class Measured:
    """Frames of curves have a row an epoch, a column a seed; layers are hidden ones, the first is 1."""

    norms: dict[int, pd.DataFrame]  # by depth, of the mean delta before training: a row a seed, a column a layer
    slope: float  # mean over the four hidden layers before training
    mean_delta: dict[int, pd.DataFrame]  # norm while four layers learn, by layer
    arriving: dict[int, pd.DataFrame]  # RMS of the error that arrives there
    activation: dict[int, pd.DataFrame]  # mean activation of the hundred sigmoid units of each layer
    loss: dict[str, pd.DataFrame]  # of four layers of a hundred units, by activation function
    accuracy: dict[str, pd.DataFrame]
    slopes: dict[str, float]  # mean over their hidden layers, epochs and seeds
    ledgers: dict[str, pd.DataFrame]  # all curves of the first seed, tidy


class VanishingGradient(Analysis[Measured]):
    """Nielsen's ladder of gradients, and Glorot and Bengio's saturated top layer."""

    order = 7
    title = "Why do deep sigmoid networks stop learning?"
    citation = "Nielsen 2015; Glorot & Bengio 2010"
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

    def measure(self, evidence: Evidence) -> Measured:
        """The ladder before and while the network learns, and what four layers of a hundred units do."""
        sigmoid = saturation(evidence, "sigmoid")
        return Measured(
            norms=ladder(evidence),
            slope=hidden_slope(evidence),
            mean_delta=by_layer(evidence, evidence.runs("course"), "mean_delta"),
            arriving=by_layer(evidence, evidence.runs("course"), "upstream"),
            activation=by_layer(evidence, sigmoid, "activation"),
            loss={name: evidence.curve(saturation(evidence, name), "cost/train") for name in ACTIVATIONS},
            accuracy={name: evidence.curve(saturation(evidence, name), "accuracy/train") for name in ACTIVATIONS},
            slopes={name: mean_slope(evidence, name) for name in ACTIVATIONS},
            ledgers={name: load_curves(saturation(evidence, name).iloc[:1]) for name in ACTIVATIONS},
        )

    def findings(self, m: Measured) -> list[Finding]:
        """The ladder by depth, its factor, the silent layer and the loss that sticks."""
        found = []
        for depth, published in PUBLISHED.items():
            measured = m.norms[depth].median().to_numpy()
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
        top, loss = top_and_loss(m)
        others = [last_median(m.loss[name]) for name in ("tanh", "relu")]
        return [
            *found,
            near("factor a layer, geometric mean", FACTOR, factor(m.norms), relative=0.1, digits=3),
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

    def summary(self, m: Measured) -> str:
        """The factor of the slope, and what it does in the end."""
        loss, tanh, relu = (last_median(m.loss[name]) for name in ACTIVATIONS)
        return (
            f"The slope of a sigmoid is {m.slope:.2f} on average, so the error is {factor(m.norms):.1f} times smaller "
            f"after every layer; with four layers of a hundred units the loss stays at {loss:.2f}, that of guessing, "
            f"while tanh and relu get to {tanh:.2g} and {relu:.2g} from the same weights."
        )

    def answer(self, m: Measured) -> str:
        """The ladder, then the two factors that sigmoid lacks."""
        deepest = m.norms[4].median()
        top, loss = top_and_loss(m)
        slope = m.slopes
        accuracy = {name: last_median(curves) for name, curves in m.accuracy.items()}
        apart = m.arriving[4].median(axis="columns") / m.arriving[1].median(axis="columns")
        plateau = apart.index[len(apart) // 2]
        return f"""\
On its way down, the error is multiplied at every layer with the weights and with the slope σ′(z). **The slope is at
most 1/4, and here {m.slope:.2f} on average.** Weights of variance 1/n neither enlarge nor shrink the error, so each
layer passes on about a fifth of what it gets: the measured factor is {factor(m.norms):.1f}. With four hidden layers the
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

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """The ledger of sigmoid, tanh and relu; the ladder; its course; the saturation."""
        first = {name: float(curves.iloc[-1].iloc[0]) for name, curves in m.accuracy.items()}
        accuracy = {name: f"training accuracy {reached:.2f}" for name, reached in first.items()}
        yield Picture(
            "ledger.png",
            "The factors of the gradient by layer and epoch: one start, three activation functions",
            draw_ledgers(m.ledgers, "Which factor starves a deep sigmoid network?", accuracy),
        )
        yield Picture(
            "ladder.png",
            "The gradient before training: a fifth is lost at every layer, as Nielsen found on MNIST",
            figures.ladder(m.norms, PUBLISHED, FACTOR),
        )
        yield Picture(
            "course.png",
            "Four hidden layers on a plateau: the samples' errors cancel in the mean δ; each of them still fades",
            figures.course(m.mean_delta, m.arriving),
        )
        yield Picture(
            "saturation.png",
            "Sigmoid: the top layer falls silent and the loss sticks; tanh and relu learn",
            figures.saturation(m.activation, m.loss, GUESSING),
        )


def ladder(evidence: Evidence) -> dict[int, pd.DataFrame]:
    """By number of hidden layers, the norm of the mean delta before training: a row a seed, a column a hidden layer."""
    runs = evidence.runs("ladder")
    depths = runs["hidden"].map(len)
    norms = {}
    for depth in sorted(set(depths)):
        curves = by_layer(evidence, runs[depths.eq(depth)], "mean_delta", range(1, depth + 1))
        norms[depth] = pd.DataFrame({layer: wide.loc[0] for layer, wide in curves.items()})
    return norms


def factor(norms: dict[int, pd.DataFrame]) -> float:
    """How many times less a hidden layer gets than the one above: geometric mean over layers, depths and seeds."""
    steps = [np.diff(np.log(frame.to_numpy()), axis=1).ravel() for frame in norms.values()]
    return float(np.exp(np.concatenate(steps).mean()))


def hidden_slope(evidence: Evidence) -> float:
    """The mean slope of the hidden layers before training, over the runs of the ladder with four of them."""
    runs = evidence.runs("ladder")
    deep = runs[runs["hidden"].map(len).eq(4)]
    return float(np.mean([wide.loc[0].mean() for wide in by_layer(evidence, deep, "slope").values()]))


def mean_slope(evidence: Evidence, activation: str) -> float:
    """The mean slope of the four hidden layers of a hundred units, over epochs and seeds."""
    layers = by_layer(evidence, saturation(evidence, activation), "slope").values()
    return float(np.mean([wide.to_numpy() for wide in layers]))


def by_layer(evidence: Evidence, runs: pd.DataFrame, curve: str, layers: range = LAYERS) -> dict[int, pd.DataFrame]:
    """A curve by hidden layer: a row an epoch, a column a run."""
    return {layer: evidence.curve(runs, f"{curve}/layer_{layer}") for layer in layers}


def saturation(evidence: Evidence, activation: str) -> pd.DataFrame:
    """The runs of four layers of a hundred units, by seed."""
    runs = evidence.runs("saturation")
    return runs[runs["activation"].eq(activation)].sort_values("seed")


def top_and_loss(m: Measured) -> tuple[pd.Series[float], pd.Series[float]]:
    """The mean activation of the top hidden layer of sigmoids and the loss, by epoch, medians over seeds."""
    return m.activation[LAYERS[-1]].median(axis="columns"), m.loss["sigmoid"].median(axis="columns")


def last_median(curves: pd.DataFrame) -> float:
    """The median over seeds at the last epoch."""
    return float(curves.iloc[-1].median())
