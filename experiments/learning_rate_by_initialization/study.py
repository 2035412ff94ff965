"""Which learning rates work on two moons, and what is decided before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from chainrule import formats, markdown
from chainrule.datasets import load_dataset
from chainrule.figures.curves import fan
from chainrule.figures.heatmap import heatmap
from chainrule.reading import tables
from chainrule.reading.curves import load_curves
from chainrule.single import initialize
from chainrule.studies import Analysis, Evidence, Finding, Picture, between, claim, near

EQUAL = ["zeros", "constant"]  # starts from which all units of a layer are alike
SADDLE = 0.125  # the cost when every answer is 1/2
LARGE = 10.0  # a large rate; below it zeros are expected to stay on their saddle
ROUNDING = 1e-9


@dataclass(frozen=True)
class Measured:
    """Accuracies are those on the test set, medians over seeds."""

    runs: pd.DataFrame
    curves: pd.DataFrame  # their training cost, tidy
    best: pd.DataFrame  # by initialization, best first: see `tables.best_by`; and its `size` and `works_from`
    line: float  # the accuracy of a straight line
    sample: float  # the accuracy that a single test sample is worth
    working: int  # random starts that work at the largest rate
    apart: float  # from equal starts, the largest difference between the final weights of two hidden units
    on_saddle: float  # from zeros at the rates below LARGE, the largest distance of the final cost from SADDLE

    def of(self, *, random: bool) -> pd.DataFrame:
        """The rows of `best` with random starts, or those with equal units."""
        return self.best[~self.best["init"].isin(EQUAL) if random else self.best["init"].isin(EQUAL)]


class LearningRateByInitialization(Analysis[Measured]):
    """Every learning rate with every initialization."""

    order = 0
    title = "Which learning rates work, and what does the initialization decide?"
    setup = """\
200 samples of two moons, 50 of them held back as the test set, 2-8-1 sigmoid network, quadratic cost, 500 full-batch
epochs. 12 rates × 8 initializations × 5 seeds = 480 runs, about 15 core-seconds. `make sweep` trains the same runs and
shows them in the terminal, `make compare` prints the table above.

A single test sample is worth 0.02 of accuracy: the order within 0.94 and 0.96 says little. The *straight line* is
scikit-learn's logistic regression, fitted to the same training set. A start's *size* is the root mean square of its
first layer's weights. A rate *works* if the median accuracy is two test samples or more above the straight line's,
there and at all larger rates of the sweep."""
    reduced: ClassVar = {None: ["learning_rate=1,10,30", "seed=range(2)"]}

    def measure(self, evidence: Evidence) -> Measured:
        """Medians over seeds, the straight line's accuracy, sizes of starts, and what equal units become."""
        runs = evidence.runs()
        grid, (line, samples) = tables.grid(runs).median, straight_line(runs)
        works = grid >= line + 2 / samples - ROUNDING
        onwards = works.iloc[:, ::-1].cummin(axis="columns").iloc[:, ::-1]
        works_from = onwards.idxmax(axis=1).where(works.iloc[:, -1], inf).astype(float)
        starts = pd.DataFrame({"size": sizes(runs), "works_from": works_from})
        zeros = runs[runs["init"].eq("zeros") & runs["learning_rate"].lt(LARGE)]
        return Measured(
            runs=runs,
            curves=load_curves(runs, ["cost/train"]),
            best=tables.best_by(runs).astype({"init": object}).join(starts, on="init"),
            line=line,
            sample=1 / samples,
            working=int(works.iloc[:, -1].drop(EQUAL).sum()),
            apart=largest_difference(evidence, runs[runs["init"].isin(EQUAL)]),
            on_saddle=float((zeros["cost/train"] - SADDLE).abs().max()),
        )

    def findings(self, m: Measured) -> list[Finding]:
        """Nothing diverges; equal units are one unit; large rates are best; large starts need smaller ones."""
        random = m.of(random=True)
        line, diverged = f"{m.line:.2f}", diverged_runs(m)
        return [
            claim(
                "runs that diverge",
                "none: the sigmoid's slope is at most 1/4",
                f"{diverged} of {len(m.runs)}",
                "none",
                diverged == 0,
            ),
            between(
                "random starts: the lowest of their best accuracies",
                f"above a straight line's {line}",
                random["median"].min(),
                m.line + 2 * m.sample - ROUNDING,
                inf,
            ),
            between("random starts: the smallest of their best rates", "a large one", least_rate(random), LARGE, inf),
            between(
                "random starts: rank correlation of size and the rate from which they work",
                "below 0: the larger, the earlier",
                random[["size", "works_from"]].corr("spearman").to_numpy()[0, 1],
                -1,
                -0.5,
            ),
            *[
                between(
                    f"from {start['init']}: accuracy at the best rate",
                    f"at most a straight line's {line}",
                    start["median"],
                    -inf,
                    m.line + m.sample + ROUNDING,
                )
                for _, start in m.of(random=False).iterrows()
            ],
            near("the same: largest difference between the hidden units' final weights", 0, m.apart, absolute=1e-6),
            near(
                f"from zeros, rates below {LARGE:g}: largest distance of the final cost from {SADDLE}",
                0,
                m.on_saddle,
                absolute=1e-3,
                digits=2,
            ),
        ]

    def summary(self, m: Measured) -> str:
        """What works, and what the start decides."""
        random, equal = m.of(random=True), m.of(random=False)
        return (
            f"The large ones: random starts are best from a rate of {least_rate(random):g} on, at a test accuracy of "
            f"{interval(random['median'])}, and the larger the start, the smaller the rate from which it works; equal "
            f"units stay equal and reach {interval(equal['median'])}, where a straight line has {m.line:.2f}."
        )

    def answer(self, m: Measured) -> str:
        """What the rates do, what the start decides, and the table of the best settings."""
        random, equal, rates = m.of(random=True), m.of(random=False), m.runs["learning_rate"]
        epochs = m.runs["epochs"].iloc[0]
        earliest, latest = random["works_from"].min(), random["works_from"].max()
        plateau = m.runs.loc[m.runs["init"].eq("zeros") & rates.ge(LARGE), "cost/train"].median()
        return f"""\
* **{diverged_runs(m) or "None"} of {len(m.runs)} runs diverged**, at rates from {rates.min():g} to {rates.max():g}.
  The sigmoid's slope is at most 1/4, so a step stays bounded. Small rates are merely too slow for {epochs} epochs.
* **Every random start ends best at a large rate**, of {least_rate(random):g} or more, at a median test accuracy of
  {interval(random["median"])}.
* **A larger start works from smaller rates**: {", ".join(those(random, earliest))} from {earliest:g} on,
  {", ".join(those(random, latest))}, the smallest, from {latest:g}. Where the range of working rates ends isn't to be
  seen here: at {rates.max():g}, the largest, {m.working} of {len(random)} random starts still work. So a larger start
  moves the lower end of the range; whether it widens the range stays open.
* **What the initial weights decide is whether the hidden units can become different.** From zeros or a constant all
  eight stay alike (their final weights differ by at most {m.apart:.1g}): the network is a single unit, and its best
  accuracy is {interval(equal["median"])}. A straight line has {m.line:.2f}.
* **Zeros start on a saddle besides.** Only rounding errors move the weights; at the rates below {LARGE:g} the cost is
  still within {m.on_saddle:.1g} of {SADDLE} after {epochs} epochs.

{best_table(m.best)}

In the cost curves the plateau at {plateau:.3f}, where the single unit ends, is the straight line. Where the curves
leave it, the hidden units have begun to differ."""

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """The sweep's own: accuracies by rate and start, and every cost curve."""
        yield Picture("heatmap.png", "Median test accuracy by learning rate and initialization", heatmap(m.runs))
        yield Picture("cost_curves.png", "Training cost of every run", fan(m.runs, m.curves))


def diverged_runs(m: Measured) -> int:
    """How many runs diverged."""
    return int(m.runs["outcome"].eq("diverged").sum())


def straight_line(runs: pd.DataFrame) -> tuple[float, int]:
    """The test accuracy of logistic regression on the runs' dataset, and the number of its test samples."""
    chosen = runs.iloc[0]
    data = load_dataset(
        chosen["dataset"],
        seed=int(chosen["dataset.seed"]),
        test_size=float(chosen["dataset.test_size"]),
        samples=int(chosen["dataset.samples"]),
        noise=float(chosen["dataset.noise"]),
    )
    model = LogisticRegression().fit(data.X_train, data.y_train)
    return float(model.score(data.X_test, data.y_test)), len(data.y_test)


def sizes(runs: pd.DataFrame) -> pd.Series[float]:
    """The root mean square of the first layer's weights before training by initialization, mean over the seeds."""
    layers = [2, *runs["hidden"].iloc[0], 1]
    found = {
        init: [
            np.sqrt(np.mean(initialize(str(init), layers, seed=seed)[0][0] ** 2)) for seed in sorted(set(these["seed"]))
        ]
        for init, these in runs.groupby("init")
    }
    return pd.DataFrame(found).mean()


def largest_difference(evidence: Evidence, runs: pd.DataFrame) -> float:
    """Between the final weights of two hidden units, incoming or outgoing, the largest of all `runs`."""
    finals = [snapshots[-1] for snapshots in evidence.parameters(runs).values()]
    units = [np.hstack([final.weights[0], final.weights[1].T]) for final in finals]  # a row a unit
    return max(float(np.ptp(rows, axis=0).max()) for rows in units)


def least_rate(best: pd.DataFrame) -> float:
    """The smallest of the best rates."""
    return float(best["learning_rate"].astype(float).min())


def those(best: pd.DataFrame, rate: float) -> list[str]:
    """The initializations that work from `rate` on."""
    return list(best.loc[best["works_from"].eq(rate), "init"])


def interval(values: pd.Series[float]) -> str:
    """The smallest and the largest of the values: "0.94 to 0.96", or "0.90" if they read the same."""
    ends = dict.fromkeys(f"{value:.2f}" for value in (values.min(), values.max()))
    return " to ".join(ends)


def best_table(best: pd.DataFrame) -> str:
    """The best setting of each initialization as Markdown."""
    header = ("initialization", "size", "works from", "best rate", "median", "range over seeds", "diverged")
    rows = [
        (
            start["init"],
            f"{start['size']:.2f}",
            f"{start['works_from']:g}" if np.isfinite(start["works_from"]) else "none",
            formats.level(start["learning_rate"]),
            f"{start['median']:.2f}",
            f"{start['low']:.2f} – {start['high']:.2f}",
            f"{start['all_diverged']} of {start['all_runs']}",
        )
        for _, start in best.iterrows()
    ]
    return markdown.table(header, rows)
