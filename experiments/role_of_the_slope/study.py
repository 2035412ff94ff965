"""S1: what the slope of the sigmoid does, on one neuron with one sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from chainrule.studies.base import Experiment, Picture

from chainrule.core.closed_forms import sigmoid_neuron_flow
from chainrule.figures import role_of_the_slope as draw
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, claim, near

if TYPE_CHECKING:
    import pandas as pd

STARTS = {"moderate_start": (0.6, 0.9), "saturated_start": (2.0, 2.0)}
RATE = 0.15  # Nielsen's, for the quadratic cost
COSTS = ("quadratic", "cross_entropy")
OUTPUT, UPSTREAM, SLOPE = "activation/layer_1", "upstream/layer_1", "slope/layer_1"


class RoleOfTheSlope(Experiment):
    """Nielsen's neuron: input 1, target 0, two starts."""

    name = "role_of_the_slope"
    folder = "01_role_of_the_slope"
    title = "What is the slope of the sigmoid for?"
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

    def findings(self, evidence: Evidence) -> list[Finding]:
        """The outputs, how little the saturated neuron moves at first, and the order of Euler's error."""
        moderate, saturated = (outputs(evidence, part) for part in STARTS)
        stalled = (saturated[0] - saturated[150]) / (saturated[0] - saturated[300])
        speeds = {cost: {part: speed(evidence, part, cost) for part in STARTS} for cost in COSTS}
        slips = animation_checks(evidence)
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
                " and ".join(f"{speeds['quadratic'][part]:.3f}" for part in reversed(STARTS)),
                "the first is below the second",
                speeds["quadratic"]["saturated_start"] < speeds["quadratic"]["moderate_start"],
            ),
            claim(
                "cross-entropy: the same two speeds",
                "the worse, the faster",
                " and ".join(f"{speeds['cross_entropy'][part]:.3f}" for part in reversed(STARTS)),
                "the first is above the second",
                speeds["cross_entropy"]["saturated_start"] > speeds["cross_entropy"]["moderate_start"],
            ),
            *[
                between(f"{start}: order of the error in the rate", "1", order(evidence, part), 0.9, 1.1)
                for start, part in zip(recomputed, STARTS, strict=True)
            ],
            claim(
                "relative error of the animations' cross-entropy step, and of the chain rule",
                "σ′ is missing",
                f"{min(slips['one']):.2g} to {max(slips['one']):.2g}, and {max(slips['exact']):.0e}",
                "above 0.01, and below 1e-7",
                min(slips["one"]) > 1e-2 and max(slips["exact"]) < 1e-7,
            ),
        ]

    def answer(self, evidence: Evidence) -> str:
        """The story of the two starts."""
        moderate, saturated = (outputs(evidence, part) for part in STARTS)
        slopes = {part: curve_at(evidence, part, SLOPE) for part in STARTS}
        speeds = {cost: {part: speed(evidence, part, cost) for part in STARTS} for cost in COSTS}
        quadratic = speeds["quadratic"]["moderate_start"] / speeds["quadratic"]["saturated_start"]
        before, after = slopes["saturated_start"][0], slopes["saturated_start"].max()
        entropy = curve_at(evidence, "saturated_start", UPSTREAM, "cross_entropy")[0]
        fallen = outputs(evidence, "saturated_start", "cross_entropy")
        half = int(np.flatnonzero(fallen.to_numpy() < 0.5)[0])
        half_quadratic = int(np.flatnonzero(saturated.to_numpy() < 0.5)[0])
        return f"""\
The neuron should answer 0. Its weight learns at the speed **error × slope × input**, (a − y) · σ′(z) · x, and the
input is 1 all the time.

* Started at an output of {moderate[0]:.2f}, the slope is {slopes["moderate_start"][0]:.3f} and the neuron gets going
  at once: {moderate[150]:.2f} after 150 epochs, {moderate[300]:.2f} after 300.
* Started at {saturated[0]:.2f} the error is *larger*, yet the neuron is {quadratic:.1f} times slower, because its
  slope is only {before:.4f}: nudging z hardly nudges the output. After 150 epochs it still says {saturated[150]:.2f}.
  Then it slides off the plateau, the slope rises {after / before:.0f}-fold to {after:.2f}, and it falls to
  {saturated[300]:.2f}.

So σ′(z) answers the question *"if the weighted sum moved a little, would the output notice?"* It is what turns an
error in the output into blame for the weighted sum. It isn't a flaw in the arithmetic: at {saturated[0]:.2f} the cost
really is nearly flat in w and b.

Cross-entropy changes what "error" means. Its dC/da is 1/(1 − a) here, {entropy:.1f} at the start from (2, 2): exactly
as much larger as the slope is too small. The product is a − y again, the plateau is gone, and at the same rate the
output passes one half after {half} epochs instead of {half_quadratic}. The slope is still in the chain; it is
cancelled, not left out. Leaving it out without having it cancelled is another thing: the gradient check gives that
away at once (last row of the table)."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """Output and factors; what cross-entropy makes of them; discrete steps against the exact flow."""
        tracks = {part: {cost: tracked(evidence, part, cost) for cost in COSTS} for part in STARTS}
        quadratic = {STARTS[part]: track["quadratic"] for part, track in tracks.items()}
        yield Picture(
            "factors.png",
            "The neuron from a moderate and from a saturated start: output, cost and the three factors of its gradient",
            draw.factors(quadratic, {start: flow(sum(start), track.index) for start, track in quadratic.items()}),
        )
        yield Picture(
            "cross_entropy.png",
            "From the saturated start under both costs: cross-entropy's dC/da is as large as the slope is small",
            draw.two_costs(tracks["saturated_start"]),
        )
        yield Picture(
            "discrete_and_exact.png",
            "The farthest that gradient descent strays from the exact flow is proportional to the learning rate",
            draw.orders({STARTS[part]: strays(evidence, part) for part in STARTS}),
        )


def chosen(evidence: Evidence, part: str, cost: str = "quadratic") -> pd.DataFrame:
    """The runs of a start under one cost, by rate."""
    runs = evidence.runs(part)
    return runs[runs["cost"].eq(cost)].sort_values("learning_rate")


def curve_at(evidence: Evidence, part: str, metric: str, cost: str = "quadratic") -> pd.Series[float]:
    """One curve of the run at Nielsen's rate, by epoch, over his 300 epochs."""
    runs = chosen(evidence, part, cost)
    return evidence.curve(runs[runs["learning_rate"].eq(RATE)], metric).iloc[:301, 0]


def outputs(evidence: Evidence, part: str, cost: str = "quadratic") -> pd.Series[float]:
    """The neuron's output at Nielsen's rate, by epoch."""
    return curve_at(evidence, part, OUTPUT, cost)


def tracked(evidence: Evidence, part: str, cost: str) -> pd.DataFrame:
    """All curves of the run at Nielsen's rate, a row an epoch."""
    import pandas as pd

    metrics = {"output": OUTPUT, "cost": "cost/train", "error": UPSTREAM, "slope": SLOPE, "input": "input/layer_1"}
    return pd.DataFrame({name: curve_at(evidence, part, metric, cost) for name, metric in metrics.items()})


def speed(evidence: Evidence, part: str, cost: str) -> float:
    """|dz/dt| at the start: w and b move equally, each by its half of the gradient's square."""
    norm = curve_at(evidence, part, "gradient_norm/total", cost)[0]
    return float(np.sqrt(2.0) * norm)


def flow(z: float, epochs: pd.Index[int]) -> np.ndarray:
    """The output under exact gradient flow from z at Nielsen's rate."""
    return np.asarray(1.0 / (1.0 + np.exp(-sigmoid_neuron_flow(RATE * epochs.to_numpy(), z))))


def strays(evidence: Evidence, part: str) -> pd.Series[float]:
    """For each learning rate the largest distance of the output from the exact flow's at equal times."""
    import pandas as pd

    runs = chosen(evidence, part)
    curves = evidence.curve(runs, OUTPUT)
    span = min(runs["learning_rate"]) * curves.index.max()
    found = {}
    for rate, (_, curve) in zip(runs["learning_rate"], curves.items(), strict=True):
        times = rate * curve.index.to_numpy()
        within = times <= span
        exact = 1.0 / (1.0 + np.exp(-sigmoid_neuron_flow(times[within], sum(STARTS[part]))))
        found[rate] = float(np.abs(curve.to_numpy()[within] - exact).max())
    return pd.Series(found)


def order(evidence: Evidence, part: str) -> float:
    """The exponent p of stray ~ rate^p, by least squares on logarithms."""
    far = strays(evidence, part)
    return float(np.polyfit(np.log(far.index.to_numpy()), np.log(far.to_numpy()), 1)[0])


def animation_checks(evidence: Evidence) -> dict[str, list[float]]:
    """The recorded gradient checks of the cross-entropy runs, by what their backward pass uses at the output."""
    own = evidence.runs("animation")
    exact = [value for part in STARTS for value in chosen(evidence, part, "cross_entropy")["gradient_check"]]
    return {"one": list(own["gradient_check"]), "exact": exact}
