"""S5, how large the learning rate may be: twice the inverse of the largest curvature, and what lies beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from chainrule.studies.base import Experiment, Picture

from chainrule.figures import largest_learning_rate as draw
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, claim, near

COSTS = ("quadratic", "cross_entropy")
SAFE = {"quadratic": 12.98, "cross_entropy": 4.0}  # 2 / lambda of the neuron where it is most curved
STEPS = 2000
ROUNDING = 1e-15  # a cost's own, in absolute terms: all costs here are near 1
AT_MINIMUM = {"quadratic": 16.0, "cross_entropy": 4.0}  # 2 / lambda of the neuron at its minimum, target 1/2


class Bottom(NamedTuple):
    """The lowest cost of the linear neuron and the curvature there, which is the same everywhere."""

    cost: float
    curvature: float


class LargestLearningRate(Experiment):
    """A linear neuron on diabetes, where the limit is sharp, and a sigmoid neuron, where it is not the end."""

    name = "largest_learning_rate"
    folder = "05_largest_learning_rate"
    title = "How large may the learning rate be?"
    source = "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, sec. 5; the numbers are recomputed ones."
    setup = """\
Linear neuron: all 442 patients of diabetes, features and target standardised, a bias, zero weights (and, for the
bands, five draws from N(0, 1)), full batch. C* and λmax are those of a run of 20,000 steps that no longer moves.
Sigmoid neuron: one sample x = 1, weight and bias trained, so that a step moves z = w + b twice as far. Its curvature
is recorded at 601 values of z; the limits are then tried out on 11 targets from 20 starts each, and rates from 2 to
40 on the target 1/2 from 8 starts, 2000 steps. 4,627 runs, half a core-minute.

Tolerances are half a unit of the last published digit, or 1e-9 where ten digits are published."""
    reduced: ClassVar = {
        "starts": ["seed=range(2)", "learning_rate=0.248495931718,0.492021944802,0.501961782071"],
        "curvature": ["init.value=range(-0.6,0.61,0.02)"],
        "safe": ["dataset.y=0,0.5", "seed=range(3)"],
        "beyond": ["learning_rate=3,5,15,17,25", "seed=range(3)"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """The curvature, the cost on both sides of the limit, and the sigmoid neuron's limits."""
        low = bottom(evidence)
        at = linear_runs(evidence, "descent").set_index("multiple")["excess"]
        found = [
            near("diabetes: λmax", 4.024210751, low.curvature, relative=1e-9, digits=10),
            near("diabetes: 2/λmax", 0.496991864, 2 / low.curvature, relative=1e-9, digits=9),
            *(
                near(f"C − C* after {STEPS} steps at {m:.2f}/λmax", published, at.get(m, np.nan), absolute=a, digits=3)
                for m, published, a in ((1.99, 8e-11, 0.5e-11), (2.0, 0.15, 0.005), (2.01, 3e16, 0.5e16))
            ),
            _sharp(evidence),
        ]
        for cost, published in SAFE.items():
            limit = 2 / curvatures(evidence, cost).max()
            found.append(near(f"sigmoid neuron, {draw.NAMES[cost]}: 2/λmax", published, limit, absolute=0.005))
        return found + [_safe(evidence, cost) for cost in COSTS] + [_beyond(evidence, cost) for cost in COSTS]

    def answer(self, evidence: Evidence) -> str:
        """Why a step can be too long, and how sharply that shows."""
        low = bottom(evidence)
        at = linear_runs(evidence, "descent").set_index("multiple")["excess"]
        limits = [2 / curvatures(evidence, cost).max() for cost in COSTS]
        return f"""\
The gradient says which way is down and how steep it is *here*. How far one may go depends on how quickly the slope
changes on the way: the curvature. In a bowl of curvature λ a step of size 1/λ lands exactly at the bottom. A longer
one ends on the other side; at 2/λ it lands just as high as it started, and beyond that every step climbs.

A cost of many weights curves differently in each direction. The steepest curvature, λmax, sets the limit for all of
them: **for a linear neuron a learning rate below 2/λmax converges and one above it diverges.** On diabetes λmax is
{low.curvature:.6f}, so that the limit is {2 / low.curvature:.6f}, known before a single step is taken. It is as sharp
as the formula says: after {STEPS} steps the cost is {at[1.99]:.0e} above its minimum at 99.5 % of the limit, still
{at[2.0]:.2f} at the limit itself, and {at[2.01]:.0e} at 100.5 %. The flat directions pay for it: they learn at the
rate that the steepest one allows, and so the cost falls faster the nearer the rate is to the wall.

A sigmoid neuron's curvature changes with z. Where it is largest it allows a rate of {limits[0]:.2f} with the quadratic
cost and {limits[1]:.2f} with cross-entropy: up to there no step raises the cost, whatever the target. The derivative σ'
makes the difference: it flattens the quadratic cost, and cross-entropy cancels it. Beyond the limit this neuron does
not explode, because the slope of its cost is bounded. It swings: with the target 1/2 it settles below 2/λ *at the
minimum* (16 and 4) and jumps between two outputs above it, for ever. With the quadratic cost, still larger rates make
the swing lopsided (which way depends on the start), then double its period again and again until it is chaotic. What
a whole network does at its limit is the next study."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """The wall, the curvature of a sigmoid neuron, and what is beyond its limit."""
        yield Picture(
            "the_wall.png",
            "Left: the cost above its minimum, step by step, just below, at and just above the limit. Right: what is "
            "left of it after 2000 steps, for 16 learning rates.",
            draw.wall(paths(evidence), linear_runs(evidence, "starts"), at_limit(evidence)),
        )
        yield Picture(
            "beyond_the_limit.png",
            "The outputs of a sigmoid neuron with target 1/2 after 2000 steps, from 8 starts at each learning rate.",
            draw.swings({cost: swings(evidence, cost) for cost in COSTS}, AT_MINIMUM),
        )
        yield Picture(
            "curvature_of_a_neuron.png",
            "The curvature that one sigmoid neuron meets on its way, target 0; its largest value sets the safe rate.",
            draw.neuron_curvature({cost: curvatures(evidence, cost) for cost in COSTS}),
        )


def bottom(evidence: Evidence) -> Bottom:
    """Where the longest run ended."""
    run = evidence.runs("optimum").iloc[0]
    return Bottom(run["cost/train"], run["sharpness"])


def linear_runs(evidence: Evidence, part: str) -> pd.DataFrame:
    """The linear neuron's runs with `multiple` = rate x λmax and C − C* at the end, `excess`, and at the `start`."""
    low, runs = bottom(evidence), evidence.runs(part)
    multiple = (runs["learning_rate"] * low.curvature).round(4)
    excess = evidence.curve(runs, "cost/train") - low.cost
    return runs.assign(multiple=multiple, start=excess.iloc[0].to_numpy(), excess=excess.iloc[-1].to_numpy())


def paths(evidence: Evidence) -> pd.DataFrame:
    """C − C* from zero weights: a row a step, a column each multiple of 1/λmax."""
    runs = linear_runs(evidence, "descent")
    excess = evidence.curve(runs, "cost/train") - bottom(evidence).cost
    return excess.set_axis(runs["multiple"], axis="columns")


def at_limit(evidence: Evidence) -> float:
    """What the steepest direction holds of C − C*: at 2/λmax it keeps it, while all the others lose theirs."""
    runs = linear_runs(evidence, "descent")
    nearest = (runs["multiple"] - 2).abs().argmin()
    return float(runs["excess"].iloc[nearest])


def curvatures(evidence: Evidence, cost: str) -> pd.Series[float]:
    """The sigmoid neuron's largest curvature by its weighted sum z."""
    runs = evidence.runs("curvature")
    own = runs[runs["cost"].eq(cost)]
    at_start = evidence.curve(own, "sharpness").iloc[0].to_numpy()
    return pd.Series(at_start, index=own["init.value"]).sort_index()


def swings(evidence: Evidence, cost: str) -> pd.DataFrame:
    """`learning_rate` and last `output` of the sigmoid neuron with target 1/2, a row a run."""
    runs = evidence.runs("beyond")
    runs = runs[runs["cost"].eq(cost)]
    last = [snapshots[-1] for snapshots in evidence.parameters(runs).values()]
    z = np.array([snapshot.weights[0][0, 0] + snapshot.biases[0][0] for snapshot in last])
    return pd.DataFrame({"learning_rate": runs["learning_rate"], "output": 1 / (1 + np.exp(-z))})


def _sharp(evidence: Evidence) -> Finding:
    """Below the limit every run ends lower than it started, above it every run ends higher."""
    runs = pd.concat([linear_runs(evidence, part) for part in ("descent", "starts")])
    grew = runs["excess"] > runs["start"]
    below, above = grew[runs["multiple"] < 2], grew[runs["multiple"] > 2]
    return claim(
        "runs that end above their start, all rates and starts",
        "none below the limit, all above",
        f"{below.sum()} of {len(below)} below, {above.sum()} of {len(above)} above",
        "exactly so",
        bool(above.all()) and not below.any(),
    )


def _safe(evidence: Evidence, cost: str) -> Finding:
    """At the curvature limit no step raises the cost."""
    runs, rate = evidence.runs("safe"), SAFE[cost]
    runs = runs[runs["cost"].eq(cost) & runs["learning_rate"].eq(rate)]
    rises = evidence.curve(runs, "cost/train").diff().iloc[1:]
    return claim(
        f"{draw.NAMES[cost]}: steps that raise the cost at rate {rate:g}",
        "none, whatever target and start",
        f"{int((rises > ROUNDING).sum().sum())} of {rises.size}",
        "none by more than 1e-15",
        bool((rises <= ROUNDING).all().all()),
    )


def _beyond(evidence: Evidence, cost: str) -> Finding:
    """The last rate at which all starts settle on the target 1/2, and the first at which one does not."""
    runs = swings(evidence, cost)
    off = (runs["output"] - 0.5).abs().groupby(runs["learning_rate"]).max() > 1e-6
    settled, lost = off.index[~off].max(), off.index[off].min()
    limit = AT_MINIMUM[cost]
    return claim(
        f"{draw.NAMES[cost]}, target 1/2: settles up to a rate of",
        f"{limit:g} = 2/λ at the minimum",
        f"settles at {settled:.4g}, swings at {lost:.4g}",
        "the limit is between them",
        settled < limit <= lost,
    )
