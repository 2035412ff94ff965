"""The launcher behaves as Hydra's own conformance suites ask of every launcher."""

from __future__ import annotations

import pytest
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)

CHDIR = "hydra.job.chdir=true"  # the suites expect it; Hydra warns where it is left to the default
QUIET = ["hydra/hydra_logging=disabled", "hydra/job_logging=disabled"]


@pytest.mark.parametrize(
    ("launcher_name", "overrides"), [("chainrule", [CHDIR]), ("chainrule", [CHDIR, "hydra.launcher.exact=true"])]
)
class TestLauncher(LauncherTestSuite):
    """Jobs of any task function: order, folders, returns, failures."""


@pytest.mark.parametrize(("launcher_name", "overrides"), [("chainrule", [CHDIR, "hydra.sweeper.max_batch_size=2"])])
class TestBatchedLauncher(BatchedSweeperTestSuite):
    """A sweeper that hands jobs over in batches."""


@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"), [({}, ["-m", "hydra/launcher=chainrule", CHDIR, *QUIET])]
)
class TestIntegration(IntegrationTestSuite):
    """Small apps in processes of their own."""
