"""Why weights that start alike stay alike, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.reading.parameters import Snapshot
from chainrule.studies import Analysis, Evidence, Finding, Picture, between, near
from experiments.zero_weights import figures

STUCK = 0.125  # the cost of xor when every answer is 1/2
ACCURACY = "accuracy/train"
STARTS = {
    "random": "16 units, Glorot's start",
    "one unit": "1 unit, Glorot's start",
    "zeros": "16 units, zeros",
    "constant": "16 units, all weights 1/2",
}


@dataclass(frozen=True)
class Measured:
    """Frames of curves have a row an epoch; dictionaries of digits are by start, see STARTS."""

    xor_zeros: pd.DataFrame  # cost from zeros, a column a seed
    gradient: float  # its largest gradient norm
    xor: pd.Series[float]  # final cost by initialization, medians
    accuracy: dict[str, pd.DataFrame]
    singular: dict[str, NDArray[Any]]  # of the final W1, over the largest
    rounding: dict[int, list[Snapshot]]  # from zeros on standardised inputs, by the number of units
    forked: pd.Series[float]  # their final accuracy
    unscaled: list[Snapshot]  # from zeros, pixels from 0 to 1
    random: list[Snapshot]


class ZeroWeights(Analysis[Measured]):
    """Zeros, another constant, and a random start."""

    order = 4
    title = "Why do zeros fail?"
    citation = "Rumelhart, Hinton & Williams 1986; Goodfellow, Bengio & Courville 2016"
    source = (
        "D. E. Rumelhart, G. E. Hinton & R. J. Williams, *Parallel Distributed Processing* (1986), chapter 8, "
        "'Breaking symmetry'; I. Goodfellow, Y. Bengio & A. Courville, *Deep Learning* (2016), section 8.4. The "
        "numbers are this project's reference, computed by a separate program."
    )
    setup = """\
XOR: 2-2-1, sigmoid, quadratic cost, rate 5, 5000 epochs. Digits: 64-16-10, sigmoid, softmax, cross-entropy, all 1797
images with pixels from 0 to 1, rate 0.5, 1500 epochs. Full batches throughout, so that equal starts have nothing random
and are run once; the random ones have five seeds. 29 runs, about 20 core-seconds.

Accuracies are those on the training images. Whether the reference held images back, and which of Glorot's two
distributions it drew from, is not known; the normal one is used here. Tolerances: 0.02 for the accuracy of a network
that hasn't finished learning, 0.005 for the other. The rank is judged by the singular values, because in floating point
rounding alone makes equal rows differ: rank 1 means that the second is below a thousandth of the first."""
    reduced: ClassVar = {
        "xor": ["epochs=200", "seed=range(2)"],
        "equal": ["epochs=60", "record.points=20"],
        "random": ["epochs=60", "record.points=20", "seed=range(2)"],
        "rounding": ["epochs=60", "record.points=20"],
    }

    def measure(self, evidence: Evidence) -> Measured:
        """Costs and gradients of xor; accuracies, singular values and weights on digits."""
        zeros, rounding = of(evidence, "xor", "zeros"), evidence.runs("rounding")
        snapshots = evidence.parameters(rounding).values()
        return Measured(
            xor_zeros=evidence.curve(zeros, "cost/train"),
            gradient=float(evidence.curve(zeros, "gradient_norm/total").to_numpy().max()),
            xor=evidence.runs("xor").groupby("init")["cost/train"].median(),
            accuracy=accuracies(evidence),
            singular=singular_values(evidence),
            rounding={len(each[-1].biases[0]): each for each in sorted(snapshots, key=lambda s: len(s[-1].biases[0]))},
            forked=rounding.set_index(rounding["hidden"].map(sum))[ACCURACY],
            unscaled=first(evidence, "equal", "zeros"),
            random=first(evidence, "random", "xavier_normal"),
        )

    def findings(self, m: Measured) -> list[Finding]:
        """XOR that doesn't move, digits that move as one unit."""
        final = final_accuracy(m)
        off = float(np.abs(m.xor_zeros.to_numpy() - STUCK).max())
        return [
            near("xor from zeros: largest |C − 0.125| at any epoch", 0.0, off),
            near("digits from zeros: accuracy", 0.39, final["zeros"], absolute=0.02, digits=3),
            near("digits from Glorot's start: accuracy", 0.986, final["random"], absolute=0.005, digits=4),
            between(
                "digits from zeros: second singular value of W1 over the first",
                "0 (rank 1)",
                ratio(m.singular["zeros"]),
                0,
                1e-3,
            ),
            between("digits from Glorot's start: the same", "not rank 1", ratio(m.singular["random"]), 1e-1, inf),
        ]

    def summary(self, m: Measured) -> str:
        """What equal units cost."""
        final = final_accuracy(m)
        return (
            "Units that are equal get equal gradients and stay equal: from zeros sixteen units learn digits as one, to "
            f"an accuracy of {final['zeros']:.2f} instead of {final['random']:.2f}, and xor does not move at all."
        )

    def answer(self, m: Measured) -> str:
        """Symmetry, its cost, and how floating point breaks it."""
        final = final_accuracy(m)
        groups = {units: group_words(group_sizes(snapshots[-1])) for units, snapshots in m.rounding.items()}
        return f"""\
The gradient is right, and that is the trouble: **units that are equal get equal gradients.** Two hidden units with the
same incoming and outgoing weights see the same input, give the same answer and receive the same blame, so they take the
same step, and are equal again. Nothing in the chain rule tells them apart, however long it runs.

**On XOR nothing moves at all.** From zeros every answer is 1/2, the four errors cancel, and the gradient is not
small but {m.gradient:g}, so that the cost stays at exactly 0.125. From any other common value the network does move,
but as if it had one hidden unit: it ends at {m.xor["constant"]:.3f}, a random start at {m.xor["normal"]:.2g}
(medians).

**On digits the network learns, as one unit.** From zeros the sixteen units' weights travel as a single line (left),
W1 keeps rank 1, and the accuracy reaches {final["zeros"]:.3f}. A network that *has* only one hidden unit, started at
random, gets {final["one unit"]:.2f} by then (sixteen units in step pull sixteen times as hard as one); sixteen random
ones {final["random"]:.3f}. All weights at 1/2 are no better than zeros: {final["constant"]:.2f}, since the equal units
are saturated from the start. Small is not what is wanted. *Different* is.

**And a lesson about computers.** Exactly equal units stay equal; computed ones need not. Matrix products are worked off
in blocks, one block's sums are rounded in another order than the next one's, and a difference of 1e-17 is born. The
equal state is a ridge: whatever leaves it is driven on. With standardised inputs, where learning is faster, sixteen
units ended as {groups[16]} within 1500 epochs, at an accuracy of {m.forked[16]:.2f}; twelve units as {groups[12]}, at
{m.forked[12]:.2f}. Where and when depends on the machine's linear algebra, not on the data: don't rely on rounding to
break a symmetry."""

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """Paths of the hidden weights, singular values, accuracy, and the growth of what rounding leaves."""
        paths = {
            "zeros": pixel_paths(m.unscaled),
            "zeros, standardised inputs": pixel_paths(m.rounding[16]),
            "Glorot's start": pixel_paths(m.random),
        }
        yield Picture(
            "paths.png",
            "The weights from one pixel to each of the 16 hidden units: one line from zeros, a fan from a random start",
            figures.paths(paths),
        )
        yield Picture(
            "accuracy.png",
            "Accuracy on digits: sixteen equal units do no better than one",
            figures.accuracy(m.accuracy, STARTS),
        )
        yield Picture(
            "singular_values.png",
            "Singular values of W1 after training: equal units leave a single one",
            figures.singular_values(m.singular, STARTS),
        )
        growth = {"pixels from 0 to 1": second_over_first(m.unscaled)}
        growth |= {f"standardised, {units} units": second_over_first(each) for units, each in m.rounding.items()}
        yield Picture(
            "rounding.png",
            "From zeros: what rounding leaves between equal units grows exponentially",
            figures.growth(growth),
        )


def final_accuracy(m: Measured) -> dict[str, float]:
    """The last recorded training accuracy on digits, median over seeds."""
    return {name: float(curves.iloc[-1].median()) for name, curves in m.accuracy.items()}


def of(evidence: Evidence, part: str, init: str) -> pd.DataFrame:
    """The runs of a part from one initialization."""
    runs = evidence.runs(part)
    return runs[runs["init"].eq(init)]


def first(evidence: Evidence, part: str, init: str) -> list[Snapshot]:
    """The snapshots of the first of a part's runs with 16 hidden units."""
    runs = of(evidence, part, init).sort_values("seed")
    wide = runs[runs["hidden"].map(sum).eq(16)].iloc[:1]
    return next(iter(evidence.parameters(wide).values()))


def accuracies(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Training accuracy on digits by start: a row an epoch, a column a seed."""
    random = of(evidence, "random", "xavier_normal")
    units = random["hidden"].map(sum)
    chosen = {
        "random": random[units.eq(16)],
        "one unit": random[units.eq(1)],
        "zeros": of(evidence, "equal", "zeros"),
        "constant": of(evidence, "equal", "constant"),
    }
    return {name: evidence.curve(runs, ACCURACY) for name, runs in chosen.items()}


def singular_values(evidence: Evidence) -> dict[str, NDArray[Any]]:
    """The singular values of the final W1 by start, largest first, each over the largest."""
    starts = {"zeros": ("equal", "zeros"), "constant": ("equal", "constant"), "random": ("random", "xavier_normal")}
    every = {name: first(evidence, *start)[-1].weights[0] for name, start in starts.items()}
    values = {name: np.linalg.svd(W, compute_uv=False) for name, W in every.items()}
    return {name: found / found[0] for name, found in values.items()}


def ratio(values: NDArray[Any]) -> float:
    """The second singular value over the first."""
    return float(values[1] / values[0])


def second_over_first(snapshots: list[Snapshot]) -> pd.Series[float]:
    """The second singular value of W1 over the first at each recorded epoch; NaN while W1 is zero."""
    values = [np.linalg.svd(snapshot.weights[0], compute_uv=False) for snapshot in snapshots]
    ratios = [ratio(each) if each[0] > 0 else np.nan for each in values]
    return pd.Series(ratios, index=[snapshot.epoch for snapshot in snapshots])


def pixel_paths(snapshots: list[Snapshot]) -> pd.DataFrame:
    """The weights from the pixel that moved them most, a row an epoch, a column a hidden unit."""
    pixel = np.abs(snapshots[-1].weights[0]).max(axis=0).argmax()
    epochs = pd.Index([snapshot.epoch for snapshot in snapshots], name="epoch")
    return pd.DataFrame([snapshot.weights[0][:, pixel] for snapshot in snapshots], index=epochs)


def group_sizes(snapshot: Snapshot) -> list[int]:
    """How many hidden units have the same incoming weights to 1e-3 of the largest, group by group, largest first."""
    W = snapshot.weights[0]
    _, counts = np.unique(np.round(W / np.abs(W).max(), 3), axis=0, return_counts=True)
    return sorted(map(int, counts), reverse=True)


def group_words(sizes: list[int]) -> str:
    """Group sizes as text: "a group of 16", "groups of 12 and 4"."""
    *most, last = map(str, sizes)
    return f"groups of {', '.join(most)} and {last}" if most else f"a group of {last}"
