"""Which learning rates work on two moons, and what is decided before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from chainrule import formats, markdown
from chainrule.figures.curves import fan
from chainrule.figures.heatmap import heatmap
from chainrule.reading.curves import load_curves
from chainrule.studies import Analysis, Evidence, Finding, Picture, between, claim, near
from experiments.learning_rate_by_initialization import figures
from experiments.learning_rate_by_initialization.starts import (
    EQUAL,
    SUCCESS,
    WORKING,
    dataset_of,
    different,
    largest_difference,
    shares_and_medians,
    table_of_starts,
    window,
)

SADDLE = 0.125  # the cost when every answer is 1/2
LARGE = 10.0  # a large rate; below it zeros are expected to stay on their saddle
ERROR = 0.01  # about the standard error of an accuracy near 0.9 on 1,000 samples
NEAR_SADDLE = 1e-3
NO_GRADIENT = 1e-6
WIDENS = 0.5  # the least rank correlation of size and width that counts
EXPECTED = {"he_normal": (10.0, 200.0), "xavier_normal": (60.0, 100.0), "orthogonal": (60.0, 100.0)}
STEP = 2.5  # the largest factor between neighbouring rates of the sweep


@dataclass(frozen=True)
class Measured:
    """Accuracies are those on the test set; every run counts once, those that the seed does not change too."""

    runs: pd.DataFrame
    curves: pd.DataFrame  # their training cost, tidy
    shares: pd.DataFrame  # share of the seeds that succeed: initializations in the order of `starts`, by rates
    medians: pd.DataFrame  # of the accuracy, likewise
    starts: pd.DataFrame  # a row an initialization, the largest random start first: see `table_of_starts`
    line: float  # the accuracy of a straight line
    counts: tuple[int, ...]  # training samples of each class
    apart: float  # from equal starts, the largest difference between the final weights of two hidden units
    distance: pd.Series[float]  # from zeros, of the final cost from SADDLE, by rate

    def of(self, *, random: bool) -> pd.DataFrame:
        """The rows of `starts` with random weights, or those with equal units."""
        equal = self.starts["init"].isin(EQUAL)
        return self.starts[~equal if random else equal]

    @property
    def at_largest(self) -> pd.Series[Any]:
        """The medians of the random starts at the largest rate."""
        return self.medians.drop(EQUAL).iloc[:, -1]

    @property
    def widening(self) -> float:
        """Rank correlation of a random start's size with the width of its window."""
        return float(self.of(random=True)[["size", "width"]].corr("spearman").to_numpy()[0, 1])


class LearningRateByInitialization(Analysis[Measured]):
    """Every learning rate with every initialization."""

    order = 0
    title = "Which learning rates work, and what does the initialization decide?"
    setup = f"""\
200 samples of two moons to train on, 1,000 fresh ones to test on, 2-8-1 sigmoid network, quadratic cost, 500 full-batch
epochs. 16 rates from 0.01 to 1000; six random starts with 10 seeds each and two, zeros and constant, that ignore the
seed: 992 different runs. `make sweep` trains the same runs and shows them in the terminal.

A run *succeeds* if its final test accuracy is above {SUCCESS}; a rate *works* if at least {WORKING} of the seeds
succeed; the *window* of a start reaches from the smallest to the largest rate that works. An accuracy on 1,000 samples
has a standard error of about {ERROR} at 0.9 and 0.005 at 0.97, a share of 10 seeds one of up to 0.16: the ends of a
window are good to a step of the grid. The *straight line* is scikit-learn's logistic regression, fitted to the same
training set. A start's *size* is the root mean square of its first layer's weights.

What was expected was written down before these runs. It comes from an earlier trial with 20 seeds, other rates and
other test samples."""
    reduced: ClassVar = {None: ["learning_rate=1,50,1000", "seed=range(2)"]}

    def measure(self, evidence: Evidence) -> Measured:
        """Shares and medians over seeds, windows, the straight line's accuracy, and what equal units become."""
        runs = different(evidence.runs())
        data, (shares, medians) = dataset_of(runs), shares_and_medians(runs)
        zeros = runs[runs["init"].eq("zeros")].set_index("learning_rate").sort_index()
        return Measured(
            runs=runs,
            curves=load_curves(runs, ["cost/train"]),
            shares=shares,
            medians=medians,
            starts=table_of_starts(runs),
            line=float(LogisticRegression().fit(data.X_train, data.y_train).score(data.X_test, data.y_test)),
            counts=tuple(np.bincount(data.y_train).tolist()),
            apart=largest_difference(evidence, runs[runs["init"].isin(EQUAL)]),
            distance=(zeros["cost/train"] - SADDLE).abs(),
        )

    def findings(self, m: Measured) -> list[Finding]:
        """The best rate lies inside the grid; larger starts have wider windows; equal units are one unit."""
        random, line, diverged = m.of(random=True), f"{m.line:.3f}", diverged_runs(m)
        best = random.sort_values("median").iloc[-1]
        return [
            claim(
                "runs that diverge", "none: a step is bounded", f"{diverged} of {len(m.runs)}", "none", diverged == 0
            ),
            between("the best learning rate of all", "30 to 100", best["rate"], 20, 100),
            near("test accuracy there, median over seeds", 0.97, best["median"], absolute=ERROR),
            between("random starts: the smallest of their best rates", "30 to 100", random["rate"].min(), 20, 200),
            between("random starts: the largest of their best rates", "30 to 100", random["rate"].max(), 20, 200),
            near(
                f"random starts: the highest median accuracy at rate {m.medians.columns[-1]:g}",
                0.5,
                m.at_largest.max(),
                absolute=0.05,
            ),
            *[window_finding(start) for _, start in random.iterrows() if start["init"] in EXPECTED],
            between(
                "random starts: rank correlation of size and width of the window",
                "above 0: the larger, the wider",
                m.widening,
                WIDENS,
                1,
            ),
            between(
                "random starts: the lowest of their best accuracies",
                f"above a straight line's {line}",
                random["median"].min(),
                m.line + 2 * ERROR,
                inf,
            ),
            *[
                between(
                    f"from {start['init']}: accuracy at the best rate",
                    f"at most a straight line's {line}",
                    start["median"],
                    -inf,
                    m.line + ERROR,
                )
                for _, start in m.of(random=False).iterrows()
            ],
            near("the same: largest difference between the hidden units' final weights", 0, m.apart, absolute=1e-6),
            near(
                f"from zeros, rates below {LARGE:g}: largest distance of the final cost from {SADDLE}",
                0,
                float(m.distance[m.distance.index < LARGE].max()),
                absolute=NEAR_SADDLE,
                digits=2,
            ),
        ]

    def summary(self, m: Measured) -> str:
        """What works, and what the start decides."""
        random, equal = m.of(random=True), m.of(random=False)
        return (
            f"Large ones: random starts are best at {interval(random['rate'], 'g')}, with a test accuracy of "
            f"{interval(random['median'])}; at much larger ones the network saturates. {verdict(m)} Equal units stay "
            f"equal and reach {interval(equal['median'])}, where a straight line has {m.line:.3f}."
        )

    def answer(self, m: Measured) -> str:
        """What the rates do, what the start decides, and the table of the best settings."""
        random, equal, rates = m.of(random=True), m.of(random=False), m.runs["learning_rate"]
        epochs, largest = m.runs["epochs"].iloc[0], rates.max()
        last = m.runs[rates.eq(largest) & ~m.runs["init"].isin(EQUAL)]
        dead = int(last["gradient_norm/total"].lt(NO_GRADIENT).sum())
        plateau = m.runs.loc[m.runs["init"].eq("zeros"), "cost/train"].min()
        return f"""\
* **{verdict(m)}**
  {widening(m)}
* **The best rates are large, but not the largest**: random starts are best at {interval(random["rate"], "g")}, with a
  median test accuracy of {interval(random["median"])}. Small ones are merely too slow for {epochs} epochs. Beyond the
  best lies a cliff: at {largest:g} the medians are {interval(m.at_largest)}, and in {dead} of {len(last)} runs the
  gradient has vanished (below {NO_GRADIENT:g}): the outputs are saturated, their slope is 0, and nothing moves any
  more.
* **{diverged_runs(m) or "None"} of {len(m.runs)} runs diverged**, at rates from {rates.min():g} to {largest:g}.
  That takes more than the sigmoid's slope of at most 1/4. The errors are bounded too, because outputs and targets lie
  between 0 and 1, and so are the hidden activations; so a step changes an outgoing weight by at most a quarter of the
  rate. The outgoing weights therefore grow no faster than the number of steps, and with them the steps of the hidden
  layer. Where outputs are unbounded, the same slope saves nothing.
* **What the initial weights decide besides is whether the hidden units can become different.** From zeros or a constant
  all eight stay alike (their final weights differ by at most {m.apart:.1g}): the network is a single unit, and its best
  accuracy is {interval(equal["median"])}. A straight line has {m.line:.3f}.
* **Zeros start on a saddle as well.** Every answer is 1/2, and the errors of the two classes cancel because the
  training set holds exactly as many of one as of the other ({" and ".join(map(str, m.counts))}).
  So only rounding errors move the weights, and what they move grows with every step: {saddle(m)}
  Were the classes not in balance, the output's bias would leave at the first step.

{starts_table(m)}

In the cost curves the plateau at {plateau:.3f}, where the single unit ends, is the straight line. Where the curves
leave it, the hidden units have begun to differ."""

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """The sweep's own, accuracies by rate and start; the window of each start; every cost curve."""
        yield Picture("heatmap.png", "Median test accuracy by learning rate and initialization", heatmap(m.runs))
        caption = (
            f"Share of seeds above {SUCCESS} by learning rate, the largest start on top; shaded: at least {WORKING}"
        )
        yield Picture("windows.png", caption, figures.windows(m.shares, m.starts, SUCCESS, WORKING))
        yield Picture("cost_curves.png", "Training cost of every run", fan(m.runs, m.curves))


def diverged_runs(m: Measured) -> int:
    """How many runs diverged."""
    return int(m.runs["outcome"].eq("diverged").sum())


def window_finding(start: pd.Series[Any]) -> Finding:
    """A window's ends against the expected ones."""
    low, high = EXPECTED[start["init"]]
    holds = all(
        expected / STEP <= end <= expected * STEP for end, expected in ((start["low"], low), (start["high"], high))
    )
    rule = f"each end within a factor of {STEP}"
    return claim(f"{start['init']}: window of rates that work", f"{low:g} to {high:g}", window(start), rule, holds)


def verdict(m: Measured) -> str:
    """Whether a larger start widens the window, in a sentence."""
    clearly = "widens" if m.widening >= WIDENS else "does not clearly widen"
    return f"A larger start {clearly} the range of rates that work."


def widening(m: Measured) -> str:
    """How much wider, at which end, and what else there is to it."""
    random = m.of(random=True)
    large, small = random[:3], random[3:]
    told = [f"{start['init']} (size {start['size']:.2f}) {window(start)}" for _, start in random.iterrows()]
    return (
        f"The windows of the three largest random starts begin at {ends(large, 'low')} and end at "
        f"{ends(large, 'high')}, those of the three smallest begin at {ends(small, 'low')} and end at "
        f"{ends(small, 'high')}: {', '.join(told)}. The end of a window is known to a step of the grid only, a factor "
        "of 2 or 2.5. And size is not all: torch_uniform alone draws its biases too."
    )


def saddle(m: Measured) -> str:
    """At which rates zeros are still on their saddle, and from which on they have left it."""
    epochs, near_it = m.runs["epochs"].iloc[0], m.distance[m.distance < NEAR_SADDLE]
    left = m.distance[m.distance >= NEAR_SADDLE]
    if near_it.empty or left.empty:
        return f"{'no' if near_it.empty else 'every'} rate is still on it after {epochs} epochs."
    return (
        f"after {epochs} epochs the cost is still within {NEAR_SADDLE:g} of {SADDLE} at rates up to "
        f"{near_it.index.max():g}, and has left it from {left.index.min():g} on."
    )


def ends(starts: pd.DataFrame, end: str) -> str:
    """The smallest and the largest rate at which the windows begin or end."""
    known = starts[end].dropna()
    return interval(known, "g") if len(known) else "no rate"


def interval(values: pd.Series[float], digits: str = ".3f") -> str:
    """The smallest and the largest of the values: "0.942 to 0.961", or "0.901" if they read the same."""
    ends = dict.fromkeys(f"{value:{digits}}" for value in (values.min(), values.max()))
    return " to ".join(ends)


def starts_table(m: Measured) -> str:
    """Every initialization's window and best setting as Markdown, the largest start first."""
    header = ("initialization", "size", "window", "best rate", "median", "quartiles", f"seeds above {SUCCESS}")
    rows = [
        (
            start["init"],
            f"{start['size']:.2f}",
            window(start),
            formats.level(start["rate"]),
            f"{start['median']:.3f}",
            f"{start['lower']:.3f} – {start['upper']:.3f}" if start["init"] not in EQUAL else "one run",
            f"{start['share']:.0%}",
        )
        for _, start in m.starts.iterrows()
    ]
    return markdown.table(header, rows)
