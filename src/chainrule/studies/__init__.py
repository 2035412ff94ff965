"""The engine of the studies in experiments/: find them, run their sweeps, judge what came out, write their pages."""

from chainrule.studies.analysis import Analysis, Picture
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding, between, claim, near

__all__ = ["Analysis", "Evidence", "Finding", "Picture", "between", "claim", "near"]
