"""How large the learning rate may be: twice the inverse of the largest curvature, and what lies beyond."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from chainrule.studies import Analysis, Evidence, Finding, Picture, claim, near
from experiments.largest_learning_rate import figures
from experiments.largest_learning_rate.stability import curvature, sigmoid, swinging_rate

COSTS = {"quadratic": "quadratic cost", "cross_entropy": "cross-entropy"}  # name: words
SAFE = {"quadratic": 12.98, "cross_entropy": 4.0}  # 2 / lambda of the neuron where it is most curved
AT_MINIMUM = {"quadratic": 16.0, "cross_entropy": 4.0}  # 2 / lambda of the neuron at its minimum, target 1/2
STEPS = 2000
SHOWN = (0.1, 1.0, 1.99, 2.0, 2.01)  # the multiples of 1/lambda whose way down is drawn
ROUNDING = 1e-15  # a cost's own, in absolute terms: all costs here are near 1


@dataclass(frozen=True)
class Measured:
    """`descent` and `starts` are C - C* of the linear neuron, a row a step, with the columns `multiple` and `seed`.

    The multiple is that of 1/lambda which the learning rate is. Dictionaries are of the sigmoid neuron, by cost.
    """

    lowest: float  # C*, the lowest cost of the linear neuron
    curvature: float  # its largest curvature, lambda, the same everywhere
    descent: pd.DataFrame  # from zero weights
    starts: pd.DataFrame  # from random ones; the first and the last step only
    curvatures: dict[str, pd.Series[float]]  # the largest curvature by weighted sum z, target 0
    rises: dict[str, pd.DataFrame]  # by how much each step at the rate SAFE raises the cost, a column a run
    swings: dict[str, pd.DataFrame]  # target 1/2: `learning_rate` and last `output`, a row a run


class LargestLearningRate(Analysis[Measured]):
    """A linear neuron on diabetes, where the limit is sharp, and a sigmoid neuron, where it is not the end."""

    order = 5
    title = "How large may the learning rate be?"
    citation = "LeCun, Bottou, Orr & Müller 1998"
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

    def measure(self, evidence: Evidence) -> Measured:
        """The linear neuron's bowl and the way in it; the sigmoid neuron's curvature, steps and swings."""
        bottom = evidence.runs("optimum").iloc[0]  # where the longest run ended
        lowest, steepest = float(bottom["cost/train"]), float(bottom["sharpness"])
        at = {part: by_cost(evidence, part) for part in ("curvature", "safe", "beyond")}
        return Measured(
            lowest=lowest,
            curvature=steepest,
            descent=excess(evidence, "descent", lowest, steepest),
            starts=excess(evidence, "starts", lowest, steepest),
            curvatures={cost: curvatures(evidence, runs) for cost, runs in at["curvature"].items()},
            rises={
                cost: evidence.curve(runs[runs["learning_rate"].eq(SAFE[cost])], "cost/train").diff().iloc[1:]
                for cost, runs in at["safe"].items()
            },
            swings={cost: swings(evidence, runs) for cost, runs in at["beyond"].items()},
        )

    def findings(self, m: Measured) -> list[Finding]:
        """The curvature, the cost on both sides of the limit, and the sigmoid neuron's limits."""
        at = m.descent.iloc[-1].droplevel("seed")
        return [
            near("diabetes: λmax", 4.024210751, m.curvature, relative=1e-9, digits=10),
            near("diabetes: 2/λmax", 0.496991864, 2 / m.curvature, relative=1e-9, digits=9),
            *(
                near(f"C − C* after {STEPS} steps at {x:.2f}/λmax", published, at.get(x, np.nan), absolute=a, digits=3)
                for x, published, a in ((1.99, 8e-11, 0.5e-11), (2.0, 0.15, 0.005), (2.01, 3e16, 0.5e16))
            ),
            _sharp(m),
            *(
                near(f"sigmoid neuron, {COSTS[cost]}: 2/λmax", published, 2 / m.curvatures[cost].max(), absolute=0.005)
                for cost, published in SAFE.items()
            ),
            *(_safe(m, cost) for cost in COSTS),
            *(_beyond(m, cost) for cost in COSTS),
        ]

    def summary(self, m: Measured) -> str:
        """The limit, and how sharp it is."""
        at = m.descent.iloc[-1].droplevel("seed")
        return (
            "Below twice the inverse of the largest curvature: on diabetes a linear neuron's limit is "
            f"{2 / m.curvature:.4f}, and after {STEPS} steps its cost is {at[1.99]:.0e} above the minimum at 99.5 % of "
            f"it and {at[2.01]:.0e} above at 100.5 %."
        )

    def answer(self, m: Measured) -> str:
        """Why a step can be too long, and how sharply that shows."""
        at = m.descent.iloc[-1].droplevel("seed")
        limits = [2 / m.curvatures[cost].max() for cost in COSTS]
        return f"""\
The gradient says which way is down and how steep it is *here*. How far one may go depends on how quickly the slope
changes on the way: the curvature. In a bowl of curvature λ a step of size 1/λ lands exactly at the bottom. A longer
one ends on the other side; at 2/λ it lands just as high as it started, and beyond that every step climbs.

A cost of many weights curves differently in each direction. The steepest curvature, λmax, sets the limit for all of
them: **for a linear neuron a learning rate below 2/λmax converges and one above it diverges.** On diabetes λmax is
{m.curvature:.6f}, so that the limit is {2 / m.curvature:.6f}, known before a single step is taken. It is as sharp
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

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """The wall, the curvature of a sigmoid neuron, and what is beyond its limit."""
        yield Picture(
            "the_wall.png",
            "Left: the cost above its minimum, step by step, just below, at and just above the limit. Right: what is "
            "left of it after 2000 steps, for 16 learning rates.",
            figures.wall(m.descent.droplevel("seed", axis="columns"), SHOWN, m.starts.iloc[-1].unstack("seed")),
        )
        yield Picture(
            "beyond_the_limit.png",
            "The outputs of a sigmoid neuron with target 1/2 after 2000 steps, from 8 starts at each learning rate.",
            figures.swings(
                {COSTS[cost]: runs for cost, runs in m.swings.items()},
                {COSTS[cost]: cycle(cost) for cost in m.swings},
                {COSTS[cost]: limit for cost, limit in AT_MINIMUM.items()},
            ),
        )
        yield Picture(
            "curvature_of_a_neuron.png",
            "The curvature that one sigmoid neuron meets on its way, target 0; its largest value sets the safe rate.",
            figures.neuron_curvature(
                {
                    COSTS[cost]: pd.DataFrame({"measured": z, "predicted": curvature(z.index.to_numpy(), cost)})
                    for cost, z in m.curvatures.items()
                }
            ),
        )


def excess(evidence: Evidence, part: str, lowest: float, steepest: float) -> pd.DataFrame:
    """C - C* of the linear neuron: a row a step, columns (rate x lambda, seed)."""
    runs = evidence.runs(part)
    columns = [(runs["learning_rate"] * steepest).round(4), runs["seed"]]
    costs = evidence.curve(runs, "cost/train") - lowest
    return costs.set_axis(pd.MultiIndex.from_arrays(columns, names=["multiple", "seed"]), axis="columns")


def by_cost(evidence: Evidence, part: str) -> dict[str, pd.DataFrame]:
    """The part's runs of each cost."""
    runs = evidence.runs(part)
    return {cost: runs[runs["cost"].eq(cost)] for cost in COSTS}


def curvatures(evidence: Evidence, runs: pd.DataFrame) -> pd.Series[float]:
    """The sigmoid neuron's largest curvature by its weighted sum z."""
    at_start = evidence.curve(runs, "sharpness").iloc[0].to_numpy()
    return pd.Series(at_start, index=runs["init.value"]).sort_index()


def swings(evidence: Evidence, runs: pd.DataFrame) -> pd.DataFrame:
    """`learning_rate` and last `output` of the sigmoid neuron, a row a run."""
    last = [snapshots[-1] for snapshots in evidence.parameters(runs).values()]
    z = np.array([snapshot.weights[0][0, 0] + snapshot.biases[0][0] for snapshot in last])
    return pd.DataFrame({"learning_rate": runs["learning_rate"], "output": sigmoid(z)})


def cycle(cost: str) -> pd.DataFrame:
    """The two outputs of the cycle z, -z, z in closed form, by learning rate."""
    z = np.linspace(1e-3, 20, 2000)
    return pd.DataFrame({"above": sigmoid(z), "below": sigmoid(-z)}, index=swinging_rate(z, cost))


def _sharp(m: Measured) -> Finding:
    """Below the limit every run ends lower than it started, above it every run ends higher."""
    grew = pd.concat([frame.iloc[-1] > frame.iloc[0] for frame in (m.descent, m.starts)])
    multiple = grew.index.get_level_values("multiple")
    below, above = grew[multiple < 2], grew[multiple > 2]
    return claim(
        "runs that end above their start, all rates and starts",
        "none below the limit, all above",
        f"{below.sum()} of {len(below)} below, {above.sum()} of {len(above)} above",
        "exactly so",
        bool(above.all()) and not below.any(),
    )


def _safe(m: Measured, cost: str) -> Finding:
    """At the curvature limit no step raises the cost."""
    rises = m.rises[cost]
    return claim(
        f"{COSTS[cost]}: steps that raise the cost at rate {SAFE[cost]:g}",
        "none, whatever target and start",
        f"{int((rises > ROUNDING).sum().sum())} of {rises.size}",
        "none by more than 1e-15",
        bool((rises <= ROUNDING).all().all()),
    )


def _beyond(m: Measured, cost: str) -> Finding:
    """The last rate at which all starts settle on the target 1/2, and the first at which one does not."""
    runs, limit = m.swings[cost], AT_MINIMUM[cost]
    off = (runs["output"] - 0.5).abs().groupby(runs["learning_rate"]).max() > 1e-6
    settled, lost = off.index[~off].max(), off.index[off].min()
    return claim(
        f"{COSTS[cost]}, target 1/2: settles up to a rate of",
        f"{limit:g} = 2/λ at the minimum",
        f"settles at {settled:.4g}, swings at {lost:.4g}",
        "the limit is between them",
        settled < limit <= lost,
    )
