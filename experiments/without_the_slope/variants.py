"""What runs with altered backward passes left behind: errors, accuracies, angles, answers, learning times."""

from __future__ import annotations

import numpy as np
import pandas as pd
from chainrule.figures.without_the_slope import SIDE, VARIANTS, Answer

from chainrule.datasets import load_dataset
from chainrule.reading.parameters import Snapshot
from chainrule.single import backprop
from chainrule.studies.evidence import Evidence

PARTS = ("plane", "tables", "digits")
VARIANT = ["dataset", "depth", "output", "inner"]  # output and inner: the backward rule there
LEARNT = 0.6  # of the encoder: a 1 is an output above 0.6, a 0 one below 0.4 (Fahlman 1988)
SMOOTH_RATE = 1.0  # small enough for smooth curves, large enough for the chain rule to learn circles


def tidy(evidence: Evidence, part: str) -> pd.DataFrame:
    """The runs of a part with VARIANT's columns, `rate`, `seed` and the final `error` = 2C and `accuracy`."""
    runs = evidence.runs(part)
    names = {"backward.output": "output", "backward.hidden": "inner", "learning_rate": "rate"}
    named = runs.drop(columns="output").rename(columns={**names, "accuracy/train": "accuracy"})
    return named.assign(depth=runs["hidden"].map(len), error=2 * runs["cost/train"])


def ablations(evidence: Evidence) -> pd.DataFrame:
    """The runs of every dataset, with and without each slope."""
    columns = ["run", *VARIANT, "rate", "seed", "error", "accuracy"]
    return pd.concat([tidy(evidence, part)[columns] for part in PARTS], ignore_index=True)


def at_best_rate(runs: pd.DataFrame) -> pd.DataFrame:
    """For each variant, medians over seeds of error and accuracy at the rate with the lowest; and that rate."""
    medians = runs.groupby([*VARIANT, "rate"])[["error", "accuracy"]].median().reset_index("rate")
    order = medians.sort_values("error", kind="stable")
    return order[~order.index.duplicated()].sort_index()


def output_ratios(best: pd.DataFrame) -> pd.Series[float]:
    """The error without the output's slope over that with it, hidden slopes kept, by dataset and depth."""
    error = best["error"].xs("exact", level="inner").unstack("output")
    return error["one"] / error["exact"]


def accuracy_lost(best: pd.DataFrame, depth: int) -> pd.Series[float]:
    """The training accuracy lost when every slope is left out, by dataset."""
    accuracy = best["accuracy"].xs(depth, level="depth").unstack(["output", "inner"])
    return accuracy["exact", "exact"] - accuracy["one", "one"]


def linear_errors(evidence: Evidence) -> pd.Series[float]:
    """The error without any hidden layer, by dataset: the better output rule's at its best rate, median over seeds."""
    return at_best_rate(tidy(evidence, "linear"))["error"].groupby("dataset").min()


def cross_entropy_difference(evidence: Evidence) -> float:
    """The largest difference of final parameters: cross-entropy's, and the quadratic cost's without output slope."""
    entropy, quadratic = evidence.runs("cross_entropy"), evidence.runs("plane")
    alike = quadratic["dataset"].eq("circles") & quadratic["backward.output"].eq("one")
    ours = quadratic[alike & quadratic["hidden"].isin(entropy["hidden"])]
    keys = ["backward.hidden", "learning_rate", "seed"]
    pairs = entropy[["run", *keys]].merge(ours[["run", *keys]], on=keys)
    own, other = evidence.parameters(entropy), evidence.parameters(ours)
    return max(_apart(own[a][-1], other[b][-1]) for a, b in zip(pairs["run_x"], pairs["run_y"], strict=True))


def _apart(a: Snapshot, b: Snapshot) -> float:
    arrays = zip([*a.weights, *a.biases], [*b.weights, *b.biases], strict=True)
    return max(float(np.abs(x - y).max()) for x, y in arrays)


def gradient_checks(evidence: Evidence) -> dict[str, pd.Series[float]]:
    """The recorded relative errors of gradients on circles and moons, output slope kept, by the hidden layers' rule."""
    runs = evidence.runs("plane")
    runs = runs[runs["backward.output"].eq("exact")]
    return dict(iter(runs.groupby("backward.hidden")["gradient_check"]))


def hidden_curves(evidence: Evidence, metric: str) -> dict[str, pd.DataFrame]:
    """A curve on circles with one hidden layer at rate 1, a row an epoch, a column a seed.

    "left out" and "1/4" are what stands for the hidden slopes, the output's being kept. "quadratic" and
    "cross-entropy" are the costs of which the output's slope alone is left out, or not there to begin with.
    """
    plane, quarter, entropy = (evidence.runs(part) for part in ("plane", "quarter", "cross_entropy"))
    shallow = plane[plane["dataset"].eq("circles") & plane["hidden"].map(len).eq(1)]
    rules = shallow["backward.output"] + " " + shallow["backward.hidden"]
    chosen = {
        "left out": shallow[rules.eq("exact one")],
        "1/4": quarter,
        "quadratic": shallow[rules.eq("one exact")],
        "cross-entropy": entropy[entropy["backward.hidden"].eq("exact")],
    }
    return {name: evidence.curve(runs[runs["learning_rate"].eq(SMOOTH_RATE)], metric) for name, runs in chosen.items()}


def answers(evidence: Evidence, runs: pd.DataFrame, best: pd.DataFrame) -> dict[tuple[str, str], Answer]:
    """For circles with one layer, by output and hidden rule: what the median seed's network answers over the plane."""
    source = evidence.runs("plane")
    data = load_dataset("circles", seed=int(source["dataset.seed"].iloc[0]), noise=source["dataset.noise"].iloc[0])
    plane = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    circles = runs[runs["dataset"].eq("circles") & runs["depth"].eq(1)]
    found = {}
    for output, inner in VARIANTS:
        rate = float(best["rate"].loc["circles", 1, output, inner])
        same = circles[circles["output"].eq(output) & circles["inner"].eq(inner) & circles["rate"].eq(rate)]
        middle = same.sort_values("error").iloc[[len(same) // 2]]
        (snapshots,) = evidence.parameters(source[source["run"].isin(middle["run"])]).values()
        weights, biases = snapshots[-1].weights, snapshots[-1].biases
        said = backprop(weights, biases, plane, np.zeros((len(plane), 1))).outputs.reshape(2 * SIDE.shape)
        found[output, inner] = Answer(said, float(middle["error"].iloc[0]), rate, data.X_train, data.y_train)
    return found


def encoder_epochs(evidence: Evidence) -> pd.DataFrame:
    """Each of the encoder's runs: output, inner, rate and `epochs` until it is learnt, NaN if it is not."""
    runs = evidence.runs("encoder")
    learnt = evidence.curve(runs, "margin") > LEARNT
    epochs = learnt.idxmax().where(learnt.any()).to_numpy()
    named = {"output": runs["backward.output"], "inner": runs["backward.hidden"], "rate": runs["learning_rate"]}
    return pd.DataFrame({**named, "epochs": epochs})
