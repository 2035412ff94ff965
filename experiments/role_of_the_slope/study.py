"""What the slope of the sigmoid does, on one neuron with one sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.studies import Analysis, Evidence, Finding, Picture, between, claim, near
from chainrule.studies.fit import log_log_slope
from experiments.role_of_the_slope import figures
from experiments.role_of_the_slope.flow import sigmoid_neuron_flow

STARTS = {"moderate_start": (0.6, 0.9), "saturated_start": (2.0, 2.0)}  # sub-sweep: w and b
RATE = 0.15  # Nielsen's, for the quadratic cost
COSTS = {"quadratic": "quadratic cost", "cross_entropy": "cross-entropy"}
CURVES = {
    "output": "activation/layer_1",
    "cost": "cost/train",
    "error": "upstream/layer_1",
    "slope": "slope/layer_1",
    "input": "input/layer_1",
    "gradient": "gradient_norm/total",
}


@dataclass(frozen=True)
class Neuron:
    """What one start leads to; all but `strays` at Nielsen's rate."""

    start: tuple[float, float]  # w and b
    tracks: dict[str, pd.DataFrame]  # by cost: a row for each of his epochs from 0 to 300, a column for each of CURVES
    strays: pd.Series[float]  # by learning rate, quadratic cost: see `strays`

    def speed(self, cost: str) -> float:
        """|dz/dt| at the start: w and b move equally, each by its half of the gradient's square."""
        return float(np.sqrt(2.0) * self.tracks[cost]["gradient"][0])


@dataclass(frozen=True)
class Measured:
    """The two neurons, and the relative errors of gradients under cross-entropy, before training."""

    moderate: Neuron
    saturated: Neuron
    without_slope: list[float]  # of the animations' step
    with_slope: list[float]  # of the chain rule


class RoleOfTheSlope(Analysis[Measured]):
    """Nielsen's neuron: input 1, target 0, two starts."""

    order = 1
    title = "What is the slope of the sigmoid for?"
    citation = "Nielsen 2015, ch. 3"
    source = (
        "M. Nielsen, *Neural Networks and Deep Learning* (2015), chapter 3, 'The cross-entropy cost function', "
        "text and the scripts of its animations."
    )
    setup = """\
One sigmoid neuron, input 1, target 0, weight and bias both trained, from (w, b) = (0.6, 0.9) and from (2, 2). One
sample, so that the rates are the book's own. 24 runs of at most 1,200 epochs, every epoch recorded; five rates from
0.0375 to 0.6, compared at equal times (rate × epochs). Nothing is random here, so there are no seeds to vary. About
fifteen core-seconds.

The numbers with two digits are the book's; those with nine were recomputed from its description by a program that
shares no code with this one.

The thin lines are exact: with infinitely small steps F(z) = e^z + 3z − 3e^−z − e^−2z / 2 falls evenly with time,
F(z(t)) = F(z(0)) − 2t, for the quadratic cost, and z − e^−z does for cross-entropy.

Two remarks on the source. Its animations make 301 updates, not the 300 that their axis shows, which changes no
printed digit. And those for cross-entropy, at rate 0.005, step along 1/(1 − a), which is dC/da: the factor σ′(z)
is missing. The slope of the cost is a."""
    reduced: ClassVar = {part: ["epochs=300", "record.points=301", "learning_rate=0.15,0.3,0.6"] for part in STARTS}

    def measure(self, evidence: Evidence) -> Measured:
        """The curves of both starts under both costs, and the recorded gradient checks."""
        checks = [evidence.runs(part)[["cost", "gradient_check"]] for part in STARTS]
        chain_rule = pd.concat(checks).set_index("cost")["gradient_check"]
        return Measured(
            moderate=neuron(evidence, "moderate_start"),
            saturated=neuron(evidence, "saturated_start"),
            without_slope=list(evidence.runs("animation")["gradient_check"]),
            with_slope=list(chain_rule["cross_entropy"]),
        )

    def findings(self, m: Measured) -> list[Finding]:
        """The outputs, how little the saturated neuron moves at first, and the order of Euler's error."""
        moderate, saturated = (each.tracks["quadratic"]["output"] for each in (m.moderate, m.saturated))
        stalled = (saturated[0] - saturated[150]) / (saturated[0] - saturated[300])
        speeds = {cost: (m.saturated.speed(cost), m.moderate.speed(cost)) for cost in COSTS}
        said = {cost: " and ".join(f"{speed:.3f}" for speed in pair) for cost, pair in speeds.items()}
        found = [
            near("(0.6, 0.9): output before", 0.82, moderate[0], absolute=0.005),
            near("(0.6, 0.9): output after 300 epochs", 0.09, moderate[300], absolute=0.005),
            near("(2, 2): output before", 0.98, saturated[0], absolute=0.005),
            near("(2, 2): output after 300 epochs", 0.20, saturated[300], absolute=0.005),
        ]
        recomputed = {
            "(0.6, 0.9)": (moderate, {0: 0.817574476, 150: 0.152739886, 300: 0.093955695}),
            "(2, 2)": (saturated, {0: 0.982013790, 150: 0.933417473, 300: 0.202848424}),
        }
        for start, (curve, known) in recomputed.items():
            found += [
                near(f"{start}: output after {epoch} epochs, recomputed", value, curve[epoch], absolute=1e-9, digits=9)
                for epoch, value in known.items()
            ]
        return [
            *found,
            between("(2, 2): share of the fall in its first half", "hardly moves", stalled, 0.0, 0.1),
            claim(
                "quadratic: speed |dz/dt| from (2, 2) and from (0.6, 0.9)",
                "the worse, the slower",
                said["quadratic"],
                "the first is below the second",
                speeds["quadratic"][0] < speeds["quadratic"][1],
            ),
            claim(
                "cross-entropy: the same two speeds",
                "the worse, the faster",
                said["cross_entropy"],
                "the first is above the second",
                speeds["cross_entropy"][0] > speeds["cross_entropy"][1],
            ),
            *[
                between(f"{start}: order of the error in the rate", "1", order(each), 0.9, 1.1)
                for start, each in zip(recomputed, (m.moderate, m.saturated), strict=True)
            ],
            claim(
                "relative error of the animations' cross-entropy step, and of the chain rule",
                "σ′ is missing",
                f"{min(m.without_slope):.2g} to {max(m.without_slope):.2g}, and {max(m.with_slope):.0e}",
                "above 0.01, and below 1e-7",
                min(m.without_slope) > 1e-2 and max(m.with_slope) < 1e-7,
            ),
        ]

    def summary(self, m: Measured) -> str:
        """The plateau and its end."""
        ratio = m.moderate.speed("quadratic") / m.saturated.speed("quadratic")
        slopes = [each.tracks["quadratic"]["slope"][0] for each in (m.saturated, m.moderate)]
        half = {cost: epoch_of_one_half(m.saturated.tracks[cost]) for cost in COSTS}
        return (
            "It passes blame from the output on to the weighted sum: a badly wrong neuron with a slope of "
            f"{slopes[0]:.3f} starts {ratio:.1f} times more slowly than a less wrong one with {slopes[1]:.3f}, and as "
            f"cross-entropy cancels the slope, it is half-way after {half['cross_entropy']} epochs instead of "
            f"{half['quadratic']}."
        )

    def answer(self, m: Measured) -> str:
        """The story of the two starts."""
        slow, entropy = m.saturated.tracks["quadratic"], m.saturated.tracks["cross_entropy"]
        moderate, saturated = m.moderate.tracks["quadratic"]["output"], slow["output"]
        first_slope = m.moderate.tracks["quadratic"]["slope"][0]
        ratio = m.moderate.speed("quadratic") / m.saturated.speed("quadratic")
        before, after = slow["slope"][0], slow["slope"].max()
        half, half_quadratic = epoch_of_one_half(entropy), epoch_of_one_half(slow)
        return f"""\
The neuron should answer 0. Its weight learns at the speed **error × slope × input**, (a − y) · σ′(z) · x, and the
input is 1 all the time.

* Started at an output of {moderate[0]:.2f}, the slope is {first_slope:.3f} and the neuron gets going
  at once: {moderate[150]:.2f} after 150 epochs, {moderate[300]:.2f} after 300.
* Started at {saturated[0]:.2f} the error is *larger*, yet the neuron is {ratio:.1f} times slower, because its
  slope is only {before:.4f}: nudging z hardly nudges the output. After 150 epochs it still says {saturated[150]:.2f}.
  Then it slides off the plateau, the slope rises {after / before:.0f}-fold to {after:.2f}, and it falls to
  {saturated[300]:.2f}.

So σ′(z) answers the question *"if the weighted sum moved a little, would the output notice?"* It is what turns an
error in the output into blame for the weighted sum. It isn't a flaw in the arithmetic: at {saturated[0]:.2f} the cost
really is nearly flat in w and b.

Cross-entropy changes what "error" means. Its dC/da is 1/(1 − a) here, {entropy["error"][0]:.1f} at the start from
(2, 2): exactly as much larger as the slope is too small. The product is a − y again, the plateau is gone, and at the
same rate the output passes one half after {half} epochs instead of {half_quadratic}. The slope is still in the chain;
it is cancelled, not left out. Leaving it out without having it cancelled is another thing: the gradient check gives
that away at once (last row of the table)."""

    def pictures(self, m: Measured) -> Iterator[Picture]:
        """Output and factors; what cross-entropy makes of them; discrete steps against the exact flow."""
        neurons = (m.moderate, m.saturated)
        tracks = {each.start: each.tracks["quadratic"] for each in neurons}
        exact = {start: flow(start, RATE * track.index.to_numpy()) for start, track in tracks.items()}
        yield Picture(
            "factors.png",
            "The neuron from a moderate and from a saturated start: output, cost and the three factors of its gradient",
            figures.factors(tracks, exact),
        )
        yield Picture(
            "cross_entropy.png",
            "From the saturated start under both costs: cross-entropy's dC/da is as large as the slope is small",
            figures.two_costs({words: m.saturated.tracks[cost] for cost, words in COSTS.items()}),
        )
        yield Picture(
            "discrete_and_exact.png",
            "The farthest that gradient descent strays from the exact flow is proportional to the learning rate",
            figures.orders({each.start: each.strays for each in neurons}),
        )


def neuron(evidence: Evidence, part: str) -> Neuron:
    """The recorded curves of a start, by cost, and how far those of each learning rate stray."""
    runs, start = evidence.runs(part), STARTS[part]
    nielsen = runs[runs["learning_rate"].eq(RATE)]
    tracks = {cost: tracked(evidence, nielsen[nielsen["cost"].eq(cost)]) for cost in COSTS}
    return Neuron(start, tracks, strays(evidence, runs[runs["cost"].eq("quadratic")], start))


def tracked(evidence: Evidence, run: pd.DataFrame) -> pd.DataFrame:
    """The CURVES of one run over Nielsen's 300 epochs."""
    return pd.DataFrame({name: evidence.curve(run, metric).iloc[:301, 0] for name, metric in CURVES.items()})


def flow(start: tuple[float, float], times: NDArray[Any]) -> NDArray[Any]:
    """The output under exact gradient flow of the quadratic cost from w and b."""
    return np.asarray(1.0 / (1.0 + np.exp(-sigmoid_neuron_flow(times, sum(start)))))


def strays(evidence: Evidence, runs: pd.DataFrame, start: tuple[float, float]) -> pd.Series[float]:
    """For each learning rate the largest distance of the output from the exact flow's at equal times."""
    ordered = runs.sort_values("learning_rate")
    curves = evidence.curve(ordered, CURVES["output"])
    span = min(ordered["learning_rate"]) * curves.index.max()
    found = {}
    for rate, (_, curve) in zip(ordered["learning_rate"], curves.items(), strict=True):
        times = rate * curve.index.to_numpy()
        within = times <= span
        found[rate] = float(np.abs(curve.to_numpy()[within] - flow(start, times[within])).max())
    return pd.Series(found)


def order(neuron: Neuron) -> float:
    """The exponent p of stray ~ rate^p."""
    return log_log_slope(neuron.strays.index, neuron.strays)


def epoch_of_one_half(track: pd.DataFrame) -> int:
    """The first epoch at which the output is below one half."""
    return int(np.flatnonzero(track["output"].to_numpy() < 0.5)[0])
