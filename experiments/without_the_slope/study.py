"""S2: the slope left out of the backward pass, at the output and in the hidden layers."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import ClassVar

from chainrule.studies.base import Experiment, Picture

from chainrule.figures import without_the_slope as draw
from chainrule.studies import backward_variants as variants
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, claim, near

DATASETS = ("circles", "moons", "iris", "wine", "breast_cancer", "digits")
NEARLY_LINEAR = ("iris", "wine")
WRONG, RIGHT = 1e-2, 1e-7  # relative errors of a gradient (CS231n)


class WithoutTheSlope(Experiment):
    """Backward passes with and without f'(z) at the output and in the hidden layers, each at its best rate."""

    name = "without_the_slope"
    folder = "02_without_the_slope"
    title = "What if the slope is left out?"
    source = (
        "S. E. Fahlman, *An Empirical Study of Learning Speed in Back-Propagation Networks* (1988), CMU-CS-88-162, "
        "section 3, for the encoder. The figures for the other datasets are this project's reference, computed by a "
        "separate program."
    )
    setup = """\
Sigmoid networks with one or three hidden layers of 8 units (digits: 16), quadratic cost, full batch, Xavier start.
Five rates from 0.3 to 30 and five seeds (digits: three and three); 2000 epochs on circles and moons, 600 on iris,
wine and breast_cancer, 300 on digits. *Best rate*: the one with the lowest median training cost at the end. 2,091
runs, about 90 core-seconds.

* **Unit of the error.** A constant answer of 1/2 costs 0.125 in this program's C = 1/(2N) Σ(a − y)², so that no variant
  can stay above 0.2 at its *best* rate in that unit. The reference figures are therefore read as mean squared errors,
  Σ(a − y)²/N = 2C. Every "error" on this page is one.
* **Not known** are the reference's widths, epochs, rates and noise. Longer training ends lower, so for networks that
  learn, only the upper end of the range is a limit; on moons the error measured here is below the whole range.
* **Encoder.** Fahlman sums the gradient over the 10 patterns; here it is averaged, so his rates 1.7 and 1.2 are 17 and
  12. Weights and biases start in U(−1, 1), no momentum, one update an epoch, the offset in both layers. Learnt is the
  first epoch with every output on its side of 0.4 and 0.6. His averages are quoted at second hand. The tolerance of 15
  and 7 epochs is two standard errors of the difference between averages over 25 and over 100 trials, with standard
  deviations of 33 and 15."""
    reduced: ClassVar = {
        "plane": ["learning_rate=1,3", "seed=range(2)", "epochs=800"],
        "tables": ["learning_rate=10", "seed=range(1)", "epochs=50"],
        "digits": ["learning_rate=3", "seed=range(1)", "epochs=5"],
        "linear": ["learning_rate=1", "seed=range(1)", "epochs=100"],
        "quarter": ["learning_rate=1,3", "seed=range(2)", "epochs=800"],
        "cross_entropy": ["learning_rate=1,3", "seed=range(2)", "epochs=800"],
        "encoder": ["seed=range(6)"],
    }

    def findings(self, evidence: Evidence) -> list[Finding]:
        """What each omission costs, why, and how long the encoder takes."""
        best = variants.at_best_rate(variants.ablations(evidence))
        error = best["error"].unstack("inner")
        found: list[Finding] = []
        for depth in sorted(set(best.index.get_level_values("depth"))):
            layers = f"{depth} hidden layer{'s' * (depth > 1)}"
            circles, moons = error.loc["circles", depth], error.loc["moons", depth]
            found += [
                between(f"circles, {layers}, slopes kept: error", ".001 to .004", circles["exact"].max(), -inf, 0.004),
                between(f"circles, {layers}, left out: error", "above .2", circles["one"].min(), 0.2, inf),
                between(f"moons, {layers}, slopes kept: error", ".02 to .05", moons["exact"].max(), -inf, 0.05),
                near(f"moons, {layers}, left out: error", 0.1, moons["one"].min(), absolute=0.05, digits=3),
            ]
        at_output = variants.output_ratios(best)
        hidden_loss = variants.accuracy_lost(best, depth=1)
        checks = variants.gradient_checks(evidence)
        waits = variants.encoder_epochs(evidence).groupby(["output", "inner", "rate"])["epochs"].mean()
        return [
            *found,
            claim(
                "left out at the output only: error at the best rate, against the exact gradient's",
                "harmless, even helps",
                f"lower in {(at_output < 1).sum()} of {len(at_output)} settings, at most {at_output.max():.2f} times",
                "lower in most, nowhere twice as large",
                (at_output < 1).mean() > 0.5 and at_output.max() < 2,
            ),
            near(
                "left out at the output, and cross-entropy: largest difference of the final weights",
                0.0,
                variants.cross_entropy_difference(evidence),
                absolute=1e-12,
            ),
            claim(
                "left out in the hidden layers: relative error of the gradient before training",
                "not the gradient",
                f"{checks['one'].min():.2g} to {checks['one'].max():.2g} (kept: {checks['exact'].max():.0e})",
                "above 0.01 (kept: below 1e-7)",
                checks["one"].min() > WRONG and checks["exact"].max() < RIGHT,
            ),
            claim(
                "iris and wine, 1 hidden layer, left out everywhere: training accuracy lost (circles)",
                "hide the effect",
                ", ".join(f"{hidden_loss[name]:.2f}" for name in NEARLY_LINEAR) + f" ({hidden_loss['circles']:.2f})",
                "at most 0.05 (above 0.3)",
                max(hidden_loss[name] for name in NEARLY_LINEAR) <= 0.05 and hidden_loss["circles"] > 0.3,
            ),
            near("encoder, exact, rate 1.7: mean epochs", 129, waits["exact", "exact", 17], absolute=15),
            near("encoder, slope + 0.1, rate 1.2: mean epochs", 74, waits["offset", "offset", 12], absolute=7),
        ]

    def answer(self, evidence: Evidence) -> str:
        """Where the slope may go and where it may not."""
        best = variants.at_best_rate(variants.ablations(evidence))
        rules = [("exact", "exact"), ("one", "exact"), ("exact", "one")]
        kept, output, inner = (best["error"].loc["circles", 1, *rule] for rule in rules)
        quarter = variants.at_best_rate(variants.tidy(evidence, "quarter"))["error"].iloc[0]
        angles = {
            name: curves.median(axis="columns")
            for name, curves in variants.hidden_curves(evidence, "gradient_angle").items()
        }
        linear = variants.linear_errors(evidence)
        moons = best["error"].loc["moons", 1, :, "one"].min()
        waits = variants.encoder_epochs(evidence).groupby(["output", "inner", "rate"])["epochs"].mean()
        at_output = variants.output_ratios(best)
        lost = variants.accuracy_lost(best, depth=1)
        deep = variants.accuracy_lost(best, depth=3)
        return f"""\
It depends on *which* slope.

**At the output, leave it out and nothing is lost.** The output error is then a − y instead of (a − y) σ′(z). That is
another cost's gradient: cross-entropy's. Runs of either kind from the same seeds end in the same weights (largest
difference: {variants.cross_entropy_difference(evidence):.1g}). A badly wrong, saturated output now gets a full push,
and in {(at_output < 1).sum()} of {len(at_output)} settings even the quadratic error ends lower than with its own
gradient: on circles {output:.2g} against {kept:.2g}.

**In the hidden layers, leave it out and the network goes blind.** On circles, which no straight line divides, the error
stays at {inner:.2f} even at the best of the rates; always answering 1/2 would give 0.25. With the slopes it is
{kept:.2g}. The slope is not a brake that could be traded against the learning rate: it is the only place where a hidden
unit's own view of a sample enters. With it, unit j moves along Σ δ σ′(z_j) x, which weighs every sample by how much
*this unit* can still do about it. Without it, along Σ δ x times its outgoing weight: with one output, the same
direction for all units. And that sum is zero as soon as the errors no longer correlate with the inputs, which is where
a network without any hidden layer stops. Such a network ends at an error of {linear["circles"]:.2f} on circles and
{linear["moons"]:.2f} on moons; without the hidden slope the network with eight hidden units ends at {inner:.2f} and
{moons:.2f}.

Is it only the size of the factor? No. A constant 1/4, the sigmoid's own slope at z = 0, starts
{angles["1/4"].iloc[0]:.1f}° from the true gradient, since at first all units are near z = 0. But it is blind in the
same way. At rate 1 it ends {angles["1/4"].iloc[-1]:.0f}° away, with the slope left out it is
{angles["left out"].iloc[-1]:.0f}°, and at 90° a step gains nothing; at its best rate its error is {quarter:.2f}.

**Easy data hide it.** With one hidden layer, leaving out every slope costs {max(lost["wine"], 0):.2f} of training
accuracy on wine and {lost["iris"]:.2f} on iris, which a single layer nearly solves, but {lost["circles"]:.2f} on
circles. Whoever tests the slip on iris won't notice it. With three hidden layers even iris shows it
({deep["iris"]:.2f}).

**And Fahlman's cure?** He added 0.1 to the slope, so that it never dies. His 10-5-10 encoder then learns in
{waits["offset", "offset", 12]:.0f} epochs on average at his best rate, instead of {waits["exact", "exact", 17]:.0f}.
Most of the gain comes from the output layer: at rate 1.7 the offset there alone brings the
{waits["exact", "exact", 17]:.0f} epochs down to {waits["offset", "exact", 17]:.0f}, in the hidden layer alone to
{waits["exact", "offset", 17]:.0f}, in both to {waits["offset", "offset", 17]:.0f}."""

    def pictures(self, evidence: Evidence) -> Iterator[Picture]:
        """Boundaries, errors by rate, all datasets, angles, the encoder."""
        runs = variants.ablations(evidence)
        best = variants.at_best_rate(runs)
        yield Picture(
            "boundaries.png",
            "Circles, one hidden layer, each variant at its best rate: without the hidden slope no ring is found",
            draw.boundaries(variants.answers(evidence, runs, best)),
        )
        yield Picture(
            "datasets.png",
            "Training error at each variant's best rate on six datasets, at two depths",
            draw.every_dataset(
                best, variants.linear_errors(evidence), sorted(set(runs["dataset"]), key=DATASETS.index)
            ),
        )
        yield Picture(
            "rates.png",
            "Circles and moons: no learning rate makes up for the hidden slope",
            draw.by_rate(runs[runs["dataset"].isin(["circles", "moons"])]),
        )
        yield Picture(
            "angles.png",
            "Circles: how far each step points away from the gradient of the cost",
            draw.angles(variants.hidden_curves(evidence, "gradient_angle")),
        )
        yield Picture(
            "encoder.png",
            "Fahlman's encoder: epochs until it is learnt, with 0.1 added to the slope of either layer or both",
            draw.encoder(variants.encoder_epochs(evidence)),
        )
