"""S10: learning curves written down beforehand, and what can be foreseen where that is impossible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from chainrule.studies.base import Experiment, Picture
from chainrule.studies.hierarchy import growths
from chainrule.studies.symmetry import FAMILIES, solutions

from chainrule.core.closed_forms import linear_mode_flow
from chainrule.figures import predicted_learning_curve as draw
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, claim, near

if TYPE_CHECKING:
    import pandas as pd

START = 0.1**2  # u(0) of the single mode, both weights being 0.1
PUBLISHED_SWEEPS = 1425
SOLVED, MEDIAN = 31 / 40, 1334  # recomputed with another random generator, 40 seeds
SCATTER = 0.18  # by which two shares out of 40, or a share out of 31 and 1/2, differ by chance at 95 %


class PredictedLearningCurve(Experiment):
    """One mode, four modes of a net, and the symmetry net."""

    name = "predicted_learning_curve"
    folder = "10_predicted_learning_curve"
    title = "Can a whole learning curve be predicted?"
    source = (
        "A. Saxe, J. McClelland and S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear "
        "neural networks* (2013); D. Rumelhart, G. Hinton and R. Williams, *Learning representations by "
        "back-propagating errors*, Nature 323 (1986), 533-536."
    )
    setup = """\
Costs here are means over the N samples, the sources' are sums. **Modes**: y = w2 w1 x with x = 1, target s, both
weights 0.1; three strengths × five rates, 15 runs. **Hierarchy**: 4-16-7, linear, no biases, N(0, 0.01²), one item on
at a time, so that N = 4 and t = rate × epochs / 4; nine seeds. **Symmetry net**: 6-2-1, all 64 patterns as 0 and 1,
weights and biases from U(±0.3), momentum 0.9, rate 0.1 on the summed cost, which is 6.4 on the mean; 160 seeds, at
most 10,000 sweeps. Solved means that every output is on its target's side of 1/2; sweeps are counted at recorded
epochs, at most 1 % apart. 184 runs, about twenty core-seconds.

The source says of one net that learning took 1,425 sweeps; how it was counted, where the biases started and how many
nets were tried is not known. The 31 of 40 and the median of 1,334 were recomputed with another random generator; the
limit in sweeps behind them is not known either, 10,000 was chosen. Times to a solution scatter so widely that 40 seeds
fix no median: the tolerance is what samples of that size differ by at 95 %.

The half-way times of the hierarchy's modes are this project's own test of the formula, at a tolerance of 10 %: it holds
exactly only for starts that keep the modes apart, and small random weights do so nearly."""
    reduced: ClassVar = {
        "modes": ["dataset.y=2", "learning_rate=0.005,0.01,0.02", "epochs=600"],
        "hierarchy": ["seed=range(3)", "record.points=150"],
        "symmetry": ["seed=range(24)", "epochs=3000", "record.points=300"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """Euler's order and size, the modes' half-way times, the symmetry net's odds and its weights."""
        far = strays(evidence)
        late = growths(evidence).groupby("mode", sort=False)["lateness"].agg(lambda shares: shares.abs().max())
        net = solutions(evidence)
        solved = net[net["sweeps"].notna()]
        low, high = solved["sweeps"].quantile([0.25, 0.75])
        counts = {name: int(solved["family"].eq(name).sum()) for name in FAMILIES}
        return [
            *[
                between(f"one mode, s = {s:g}: order of the error in the rate", "1", order(errors), 0.9, 1.1)
                for s, errors in far.items()
            ],
            between(
                "one mode: farthest from the formula at the smallest rate, share of s",
                "the same curve",
                max(float(errors.iloc[0]) for errors in far.values()),
                0.0,
                0.01,
            ),
            *[
                between(f"four modes, {name}: largest lateness of its half-way", "as predicted", largest, 0.0, 0.1)
                for name, largest in late.items()
            ],
            near("symmetry: share of nets that solve it", SOLVED, len(solved) / len(net), absolute=SCATTER, digits=3),
            near(
                "symmetry: share of solutions within 1,334 sweeps, the recomputed median",
                0.5,
                float(solved["sweeps"].lt(MEDIAN).mean()),
                absolute=SCATTER,
                digits=3,
            ),
            claim(
                "symmetry: sweeps to a solution, quartiles",
                f"{PUBLISHED_SWEEPS:,}",
                f"{low:,.0f} to {high:,.0f}",
                "published between them",
                low <= PUBLISHED_SWEEPS <= high,
            ),
            between(
                "symmetry: largest |w + mirrored w| of a solution, share of its largest weight",
                "equal and opposite",
                float(solved["lopsided"].max()),
                0.0,
                0.01,
            ),
            claim(
                "symmetry: solutions with weights " + " and ".join(FAMILIES),
                "two families",
                f"{' and '.join(str(count) for count in counts.values())} of {len(solved)}",
                "both occur, and nothing else",
                sum(counts.values()) == len(solved) and min(counts.values()) > 0,
            ),
        ]

    def answer(self, evidence: Evidence) -> str:
        """From the mode to the net of modes to the net without a formula."""
        far, net = strays(evidence), solutions(evidence)
        solved = net[net["sweeps"].notna()]
        worst = max(errors.iloc[-1] for errors in far.values())
        late = growths(evidence)["lateness"].abs()
        first, last = FAMILIES
        counts = solved["family"].value_counts().reindex(list(FAMILIES), fill_value=0)
        limit = int(evidence.runs("symmetry")["epochs"].iloc[0])
        return f"""\
**For linear nets: yes, from the first weights on.** Two layers without a squashing function still learn along a curve,
because each layer's gradient contains the other's weights: a slow start, a steep rise, a plateau. For one mode it is
u(t) = s e^2st / (e^2st − 1 + s/u(0)): with two numbers, its strength s and its start u(0), all of it is known. Gradient
descent leaves it by at most {100 * worst:.1f} % of s at rate 0.02, and by half as much at half the rate.

A net with {4 * 16 + 16 * 7} weights is just several such curves. Four living things and their seven properties make
four modes: alive, animal or plant, which animal, which plant. Each comes up on its own schedule, the strongest first,
half-way at ln(s/u(0) − 1) / 2s. That time is computed from the starting weights alone, with nothing fitted, and no
mode of any net is more than {100 * late.max():.0f} % off ({100 * late.median():.1f} % in the median). The net tells
animals from plants before it tells the canary from the salmon, and one can say beforehand when.

**For the symmetry net: not the time, but the result.** Whether six bits are a palindrome takes two hidden sigmoid
units. {len(solved)} of {len(net)} nets find out within {limit:,} sweeps, the first after
{solved["sweeps"].min():,.0f}, the last after {solved["sweeps"].max():,.0f}; the published {PUBLISHED_SWEEPS:,} is an
ordinary draw. Until then a net sits on a plateau and answers *no* to everything. No formula says when it leaves.

Where it goes is certain. In every solution mirrored inputs have equal and opposite weights, so that a palindrome
cancels out in both units, and the three sizes are as {first} ({counts[first]} nets) or as {last} ({counts[last]} nets).
Both do for the same reason: whichever pairs of bits differ, and whichever way, the differences can't cancel. With 1, 2
and 4 the smallest sum that is left over is 1; with 2, 3 and 4, the second family doubled, it is 1 as well."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """The hierarchy's four curves, the symmetry net's plateau and weights, the single mode."""
        yield Picture(
            "four_modes.png",
            "Four modes of a linear net come up one after another; thin lines are computed from the starting weights",
            draw.four_modes(growths(evidence)),
        )
        net = solutions(evidence)
        costs = evidence.curve(evidence.runs("symmetry"), "cost/train")
        yield Picture(
            "symmetry.png",
            "The symmetry net: when 160 nets leave the plateau, and the two patterns of weights they end with",
            draw.symmetry(net, costs, PUBLISHED_SWEEPS),
        )
        runs = evidence.runs("modes").sort_values(["dataset.y", "learning_rate"])
        yield Picture(
            "one_mode.png",
            "One mode: gradient descent and the formula, and how far they are apart",
            draw.one_mode(mode_curves(evidence, runs), strays(evidence), START),
        )


def mode_curves(evidence: Evidence, runs: pd.DataFrame) -> dict[tuple[float, float], pd.Series[float]]:
    """u by time (rate x epoch) for each (strength, rate), over the time that all rates reach."""
    curves = evidence.curve(runs, "activation/layer_2")
    span = float(runs["learning_rate"].min() * curves.index.max())
    found = {}
    for s, rate, run in zip(runs["dataset.y"], runs["learning_rate"], runs["run"], strict=True):
        curve = curves[run].set_axis(rate * curves.index)
        found[s, rate] = curve[curve.index <= span * 1.000001]
    return found


def strays(evidence: Evidence) -> dict[float, pd.Series[float]]:
    """For each strength s: by learning rate, the largest distance from the formula as a share of s."""
    import pandas as pd

    runs = evidence.runs("modes").sort_values(["dataset.y", "learning_rate"])
    far: dict[float, dict[float, float]] = {}
    for (s, rate), curve in mode_curves(evidence, runs).items():
        exact = linear_mode_flow(curve.index.to_numpy(), s, START)
        far.setdefault(s, {})[rate] = float(np.abs(curve.to_numpy() - exact).max() / s)
    return {s: pd.Series(errors) for s, errors in far.items()}


def order(errors: pd.Series[float]) -> float:
    """The exponent p of error ~ rate^p, by least squares on logarithms."""
    return float(np.polyfit(np.log(errors.index.to_numpy()), np.log(errors.to_numpy()), 1)[0])
