"""S2: the slope left out of the backward pass, at the output and in the hidden layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from chainrule.figures import without_the_slope as draw
from chainrule.studies.base import Experiment, Picture
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, claim, near

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("plane", "flowers_and_wines", "tumours", "digits")
VARIANT = ["dataset", "depth", "output", "inner"]
NEARLY_LINEAR = ("iris", "wine")
PATTERNS = 10  # of the encoder: its rates are those of summed gradients times this
LEARNT = 0.6  # Fahlman's 40-20-40: a 1 is an output above 0.6, a 0 one below 0.4
FAHLMAN = {("exact", 1.7): 129.0, ("offset", 1.2): 74.0}


class WithoutTheSlope(Experiment):
    """Four backward passes, each with or without f'(z) at the output and in the hidden layers, at its best rate."""

    name = "without_the_slope"
    folder = "02_without_the_slope"
    title = "What if the slope is left out?"
    source = (
        "S. E. Fahlman, *An Empirical Study of Learning Speed in Back-Propagation Networks* (1988), CMU-CS-88-162, for "
        "the encoder; the other figures were computed for this project by a separate program."
    )
    setup = """\
Sigmoid networks with one or three hidden layers of 8 units (digits: 16), quadratic cost, full batch, Xavier start.
Five rates from 0.3 to 30 and five seeds (digits: three and three); 2000 epochs in the plane, 1000 on iris and wine, 300
on breast_cancer and digits. *Best rate* is the one with the lowest median training cost at the end. 1,922 runs,
about two core-minutes.

* The reference figures are mean squared errors, the sum of (a − y)² over N: twice this program's cost, whose constant
  answer 1/2 already costs 0.125. Only so can "above 0.2" be the error at a best rate. All errors here are of that kind.
* Width and number of epochs of the reference are not known. Longer training ends lower, so for networks that learn
  only the upper end of its range is held against the measurement.
* Encoder: Fahlman sums the gradient over his 10 patterns, here it is averaged, so his rates 1.7 and 1.2 are 17 and
  12. Weights and biases start in U(−1, 1), no momentum, one update an epoch; learnt is the first epoch at which every
  output is on its side of 0.4 and 0.6. His two averages are quoted from memory of the report. The tolerance is two
  standard errors of the difference of two such averages, over 100 and over 25 trials."""
    reduced: ClassVar = {
        "plane": ["dataset=circles", "hidden=[8]", "learning_rate=10", "seed=range(3)", "epochs=800"],
        "cross_entropy": ["learning_rate=10", "seed=range(3)", "epochs=800"],
        "encoder": ["seed=range(12)", "epochs=250", "record.points=251"],
    }
