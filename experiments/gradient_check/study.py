"""S3: numerical derivatives against the chain rule, right and with the usual slips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from chainrule.studies.base import Experiment, Picture

from chainrule.figures import gradient_check as draw
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, near

if TYPE_CHECKING:
    import pandas as pd

GOOD, WRONG = 1e-7, 1e-2  # CS231n's rule of thumb
NAMES = {
    "none": "the chain rule, all factors",
    "without_mean": "without 1/N",
    "without_input": "without the factor x",
    "without_slope": "without the slope σ′(z)",
    "wrong_sign": "with exp(+z) for exp(−z)",
}


class GradientCheck(Experiment):
    """The check's own error over methods and steps, and what it says of five formulas for a neuron's gradient."""

    name = "gradient_check"
    folder = "03_gradient_check"
    title = "Is the gradient right?"
    source = (
        "A. Karpathy and others, *CS231n: Convolutional Neural Networks for Visual Recognition*, notes on gradient "
        "checks; complex step: W. Squire and G. Trapp, SIAM Review 40 (1998)."
    )
    setup = """\
Every run records, before it trains, the relative error |a − n| / (|a| + |n|) between the chain rule's slopes and
numerical ones, along 50 random directions. 50 samples of two moons, weights and biases from N(0, 1), float64. The
curves over steps are of a 2-8-8-1 sigmoid network, 12 steps × 3 methods × 9 seeds; the slips are on a single sigmoid
neuron, 20 seeds each, checked by central differences with the step 1e-5. 424 runs of one epoch, ten core-seconds.

The published 6e-9 and 5e-5 belong to a network that is not described. The truncation error is proportional to the
ratio of higher derivatives to the first, the rounding error to C / |gradient|, so both figures move with the network.
Held against the source are therefore its verdicts (above 1e-2 wrong, below 1e-7 good), the place of the best step
and the exponents of the arms. Of the slips, missing x and missing slope depend on the draw: published 0.4 and 0.8 for
one neuron. The slip in the sign is read as: outputs by 1/(1 + exp(+z)), derivative a (1 − a) as if by exp(−z); the
claimed gradient is then the true one reversed, whatever the draw."""
    reduced: ClassVar = {
        "steps": ["check.step=1e-1,1e-3,1e-5,1e-7,1e-9,1e-11", "seed=range(3)"],
        "slips": ["seed=range(3)"],
        "without_slope": ["seed=range(3)"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """The V's lowest point and arms, the complex step's floor, the verdict on each slip."""
        median, errors = curve(evidence).groupby(level=0).median(), slips(evidence)
        best = best_step(median["central"])
        arms = {
            "central, large steps": (2.0, exponent(median["central"], 1e-3, 1e-1)),
            "central, small steps": (-1.0, exponent(median["central"], 1e-12, 1e-7)),
            "forward, large steps": (1.0, exponent(median["forward"], 1e-5, 1e-1)),
            "forward, small steps": (-1.0, exponent(median["forward"], 1e-12, 1e-9)),
        }
        bounds = {"none": (0.0, GOOD), "without_input": (WRONG, 1.0), "without_slope": (WRONG, 1.0)}
        published = {"none": "1e-10", "without_input": "0.4, depends on the draw", "without_slope": "0.8, likewise"}
        extreme = {name: errors[name].max() if name == "none" else errors[name].min() for name in bounds}
        return [
            between("step at which central differences are best", "near 1e-5", best, 1e-6, 1e-4),
            between("central differences, step 1e-5", "about 6e-9: good", median["central"][1e-5], 0.0, GOOD),
            between("forward differences, step 1e-5", "about 5e-5: neither", median["forward"][1e-5], GOOD, WRONG),
            between("complex step, smallest step", "about 1e-15", median["complex"].iloc[0], 0.0, 1e-14),
            *[
                near(f"exponent of the error in the step: {arm}", theory, measured, absolute=0.1)
                for arm, (theory, measured) in arms.items()
            ],
            *[
                between(
                    f"{NAMES[name]}: {'largest' if name == 'none' else 'smallest'} of all seeds", said, value, *limits
                )
                for (name, limits), said, value in zip(
                    bounds.items(), published.values(), extreme.values(), strict=True
                )
            ],
            near(NAMES["without_mean"], 0.96, float(errors["without_mean"].median()), absolute=0.005),
            near(NAMES["wrong_sign"], 1.0, float(errors["wrong_sign"].median()), absolute=1e-6),
        ]

    def answer(self, evidence: Evidence) -> str:
        """How to check, with which step, and what it finds."""
        median, errors = curve(evidence).groupby(level=0).median(), slips(evidence)
        worst_right = errors["none"].max()
        wrong = errors.drop(columns="none")
        central, forward = (best_step(median[method]) for method in ("central", "forward"))
        return f"""\
Move each weight a hair, run the network forwards, see by how much the cost moves. That ratio needs no rule at all, so
it can judge one. Two errors sit in it. A step that is too **large** cuts the corner of a curved cost (truncation); a
step that is too **small** takes the difference of two nearly equal numbers, of which only the last few digits differ
(rounding). Between the two the curve has a V's lowest point.

* One-sided (forward) differences are wrong in proportion to the step. At their best step, {forward:.0e}, they agree to
  {median["forward"].min():.0e}; at 1e-5 only to {median["forward"][1e-5]:.0e}, which the rule of thumb does
  not call good.
* Two-sided (central) ones lose the first error by symmetry, so ten times the step costs a hundred times the error:
  {median["central"].min():.1e} at {central:.0e}. That is the practice to keep.
* The complex step, the imaginary part of C(w + ih) over h, truncates as much and subtracts nothing: below 1e-8 it is
  exact to the last digit, {median["complex"].iloc[0]:.1e}. A NumPy network gives it away for nothing.

Would the check notice a slip? On {len(errors)} random neurons the right gradient is never off by more than
{worst_right:.0e}, and no slip comes below {wrong.min().min():.2f}.
About {np.log10(wrong.min().min() / worst_right):.0f} powers of ten lie between right and wrong.

* Without 1/N the relative error is (N − 1)/(N + 1): {errors["without_mean"].median():.3f} for {samples(evidence)}
  samples.
* Without x, or without the slope, it depends on the neuron: {errors["without_input"].median():.2f} and
  {errors["without_slope"].median():.2f} in the median.
* With the sign of the exponent wrong the gradient points exactly backwards, the worst there is: 1.

A falling cost proves less: a step along a wrong gradient still leads downhill while it is less than 90 degrees off."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """The V, then the slips."""
        yield Picture(
            "steps.png",
            "Error of three numerical derivatives over the step: medians and quartiles over random networks",
            draw.steps(curve(evidence), GOOD, WRONG),
        )
        yield Picture(
            "slips.png",
            "Five formulas for the gradient of one neuron before the same check, a dot a random neuron",
            draw.slips(slips(evidence).rename(columns=NAMES), GOOD, WRONG),
        )


def curve(evidence: Evidence) -> pd.DataFrame:
    """Relative errors of the chain rule by (step, seed), smallest step first, a column a method."""
    runs = evidence.runs("steps")
    return runs.pivot(index=["check.step", "seed"], columns="check.method", values="gradient_check").sort_index()


def best_step(errors: pd.Series[float]) -> float:
    """The step with the smallest error."""
    return float(errors.index.to_numpy()[errors.argmin()])


def slips(evidence: Evidence) -> pd.DataFrame:
    """Relative errors by seed, a column a formula, in the order of NAMES."""
    wide = evidence.runs("slips").pivot(index="seed", columns="check.slip", values="gradient_check")
    left_out = evidence.runs("without_slope").set_index("seed")["gradient_check"]
    return wide.assign(without_slope=left_out)[list(NAMES)]


def exponent(errors: pd.Series[float], low: float, high: float) -> float:
    """The p of error ~ step^p for steps in [low, high], by least squares on logarithms."""
    arm = errors[(errors.index >= 0.99 * low) & (errors.index <= 1.01 * high)]
    return float(np.polyfit(np.log(arm.index.to_numpy()), np.log(arm.to_numpy()), 1)[0])


def samples(evidence: Evidence) -> int:
    """How many samples the neuron has."""
    return int(evidence.runs("slips")["dataset.samples"].iloc[0])
