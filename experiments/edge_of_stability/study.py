"""S6, the edge of stability: full-batch training raises the sharpness to 2/rate and keeps it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd
from chainrule.studies.base import Experiment, Picture

from chainrule.datasets import load_dataset
from chainrule.figures import edge_of_stability as draw
from chainrule.single import backprop
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, claim

PUBLISHED = {0.2: "9.9 to 10.4, 2/rate = 10", 0.4: "5.05 to 5.12, 2/rate = 5", 0.1: "2/rate = 20"}
TOLERANCE = 0.08
CLIMBING = (0.1, 0.2)  # rates whose edge is above the starting sharpness and within reach
CONTROL = 0.05  # and one whose edge is out of reach
DEGREE = 5


class EdgeOfStability(Experiment):
    """A tanh network on a Chebyshev polynomial, at four learning rates."""

    name = "edge_of_stability"
    folder = "06_edge_of_stability"
    title = "And in a real network? The edge of stability"
    source = (
        "Cohen, Kaur, Li, Kolter & Talwalkar (2021), Gradient descent on neural networks typically occurs at the edge "
        "of stability, appendix on Chebyshev polynomials."
    )
    setup = """\
20 equally spaced points of T5 on [-1, 1], a 1-100-1 tanh network with biases in the hidden layer only, Xavier weights
with gain 1.9 (uniform), the mean of e²/2 as cost, 20,000 full-batch steps at four learning rates from five seeds:
20 runs, one core-minute. The sharpness, the largest eigenvalue of the Hessian over the trained parameters, is computed
by Lanczos iterations at the 300 recorded steps only, of which 17 fall into the last third.

The source names neither the seeds nor the distribution behind "Xavier"; uniform is a choice made here. The published
numbers are recomputed ones for the rates 0.2 and 0.4; at 0.1 the rule itself is tested, and
0.05 is the control: too small a rate to reach its edge in this time."""
    reduced: ClassVar = {
        "edge": ["learning_rate=0.05,0.4", "seed=range(2)", "epochs=2500", "record.points=60"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """The sharpness at the end, the way there, and what the cost does meanwhile."""
        sharpness, cost = curves(evidence, "sharpness"), curves(evidence, "cost/train")
        found = [_stays(sharpness[rate], rate) for rate in PUBLISHED if rate in sharpness]
        for rate in CLIMBING:
            if rate in sharpness:
                found += [_climbs(sharpness[rate], rate), _rises(sharpness[rate], cost[rate], rate)]
        if CONTROL in sharpness:
            found.append(_control(sharpness[CONTROL], cost[CONTROL]))
        return [*found, _falls_over_time(cost)]

    def answer(self, evidence: Evidence) -> str:
        """What happens instead of divergence."""
        sharpness, cost = curves(evidence, "sharpness"), curves(evidence, "cost/train")
        rates = [rate for rate in sharpness if arrivals(sharpness[rate], rate).notna().all()]
        means = "; ".join(f"rate {r:g}: {last_third(sharpness[r]).median():.2f}, limit {2 / r:g}" for r in rates)
        ends = "; ".join(f"{c.iloc[-1].median():.2g} at {rate:g}" for rate, c in cost.items())
        return f"""\
For a linear neuron the curvature is given by the data, and one chooses a rate below 2/λmax. A network's curvature
depends on its weights, and training changes it: as long as the rate allows, **the steepest direction grows steeper**
while the cost falls smoothly. Nothing in the chain rule knows of a limit, so that sooner or later the curvature is so
large that the rate, which never changed, has become too large for it.

By the rule for a linear neuron the run should now explode. It does not. The weights begin to jump from side to side of
the valley, the jumps carry them to where the valley is wider, the curvature falls below the limit, the jumps die down,
and the climb begins anew. So **the sharpness hovers at 2/rate** (median over seeds of the mean over the last third:
{means}). The learning rate does not have to fit the curvature: the curvature fits itself to the learning rate. Even
a start far above the limit is only thrown out to a flatter place.

On the edge the cost no longer falls at every step, yet it falls over time, and a larger rate gets further in the same
number of steps (median cost at the end: {ends}). This is why the textbook bound of the study before says little about
which rate trains a network best."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """Sharpness and cost over the steps, and the functions learnt."""
        sharpness = curves(evidence, "sharpness")
        yield Picture(
            "edge.png",
            "Sharpness (above) and training cost (below) of 20 runs at four learning rates. The sharpness climbs to "
            "2/rate and hovers there; from then on the cost falls in jumps.",
            draw.edge(sharpness, curves(evidence, "cost/train")),
        )
        data = load_dataset("chebyshev", degree=DEGREE)
        x = np.linspace(-1.0, 1.0, 201)
        yield Picture(
            "learnt_functions.png",
            "The functions that the same starts have learnt after the same number of steps, for each learning rate.",
            draw.fits(x, outputs(evidence, x), (data.X_train[:, 0], data.y_train[:, 0]), DEGREE),
        )


def curves(evidence: Evidence, metric: str) -> dict[float, pd.DataFrame]:
    """A recorded curve for each learning rate: a row a step, a column a seed."""
    runs = evidence.runs("edge").sort_values(["learning_rate", "seed"])
    return {
        rate: evidence.curve(own, metric).set_axis(own["seed"], axis="columns")
        for rate in runs["learning_rate"].unique().tolist()
        for own in [runs[runs["learning_rate"].eq(rate)]]
    }


def last_third(sharpness: pd.DataFrame) -> pd.Series[float]:
    """Each seed's mean over the recorded steps of the last third."""
    return sharpness[sharpness.index >= 2 / 3 * sharpness.index[-1]].mean()


def arrivals(sharpness: pd.DataFrame, rate: float) -> pd.Series[float]:
    """The first recorded step at which each seed's sharpness is above 2/rate; missing where it never is."""
    above = sharpness > 2 / rate
    return above.idxmax().where(above.any()).astype(float)


def outputs(evidence: Evidence, x: np.ndarray) -> dict[float, np.ndarray]:
    """What the networks answer at the end, (seeds, positions), for each learning rate."""
    runs = evidence.runs("edge").sort_values(["learning_rate", "seed"])
    snapshots = evidence.parameters(runs)
    functions: dict[float, list[np.ndarray]] = {}
    for run, rate in zip(runs["run"], runs["learning_rate"].tolist(), strict=True):
        last = snapshots[run][-1]
        answer = backprop(last.weights, last.biases, x[:, None], 0 * x[:, None], activation="tanh", output="identity")
        functions.setdefault(rate, []).append(answer.outputs[:, 0])
    return {rate: np.array(answers) for rate, answers in functions.items()}


def _spread(values: pd.Series[float], form: str = ".4g") -> str:
    return f"{values.min():{form}} to {values.max():{form}}"


def _stays(sharpness: pd.DataFrame, rate: float) -> Finding:
    means = last_third(sharpness)
    return claim(
        f"rate {rate:g}: mean sharpness of the last third, {len(means)} seeds",
        PUBLISHED[rate],
        f"{_spread(means)}, median {means.median():.4g}",
        f"every seed within {TOLERANCE:.0%} of 2/rate",
        bool((means * rate / 2 - 1).abs().max() <= TOLERANCE),
    )


def _climbs(sharpness: pd.DataFrame, rate: float) -> Finding:
    start, steps = sharpness.iloc[0], arrivals(sharpness, rate)
    return claim(
        f"rate {rate:g}: sharpness at the start, and the step at which it passes 2/rate",
        "rises to 2/rate",
        f"{_spread(start)}; step {_spread(steps, '.0f')}",
        "every seed starts below and arrives",
        bool((start < 2 / rate).all() and steps.notna().all()),
    )


def _rises(sharpness: pd.DataFrame, cost: pd.DataFrame, rate: float) -> Finding:
    at_edge = (sharpness > 2 / rate).cummax().iloc[1:]
    rises = cost.diff().iloc[1:] > 0
    before, after = int((rises & ~at_edge).sum().sum()), (rises & at_edge).sum()
    return claim(
        f"rate {rate:g}: recorded rises of the cost before and after that step",
        "monotone before, not monotone after",
        f"{before} before, {_spread(after)} a seed after",
        "none before, some in every seed after",
        before == 0 and bool(after.min() > 0),
    )


def _control(sharpness: pd.DataFrame, cost: pd.DataFrame) -> Finding:
    start, end = sharpness.iloc[0], sharpness.iloc[-1]
    rises = int((cost.diff().iloc[1:] > 0).sum().sum())
    return claim(
        f"rate {CONTROL:g}: sharpness at the start and at the end; rises of the cost",
        f"climbs, below 2/rate = {2 / CONTROL:g}; monotone",
        f"{_spread(start)}, {_spread(end)}; {rises} rises",
        "every seed higher at the end, no rise",
        bool((end > start).all()) and rises == 0,
    )


def _falls_over_time(cost: dict[float, pd.DataFrame]) -> Finding:
    ratios = pd.concat([own.iloc[-1] / own.iloc[0] for own in cost.values()])
    return claim(
        "cost at the end over cost at the start, all rates and seeds",
        "falls over long time scales",
        _spread(ratios, ".2g"),
        "below 1 in every run",
        bool(ratios.max() < 1),
    )
