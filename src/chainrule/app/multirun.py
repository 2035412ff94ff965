"""What a launcher does with a whole multirun: compose all, validate all, and only then train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from chainrule.app.job import PARENT
from chainrule.app.loader import Loader
from chainrule.errors import InputError
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import engine

Jobs = Sequence[Sequence[str]]  # each job's overrides


@dataclass(frozen=True)
class Multirun:
    """Every run of one sweep, checked."""

    settings: list[Settings]
    swept: tuple[str, ...]
    study: Study
    uri: str | None

    @classmethod
    def compose(cls, loader: Loader, master_config: DictConfig, jobs: Jobs) -> Multirun:
        """All jobs' settings; raises InputError if one of them is wrong, or if there is none."""
        if not jobs:
            raise InputError("sweep", "no runs", "one of its lists or patterns is empty")
        configs = [loader.compose(master_config, overrides) for overrides in jobs]
        settings = engine.validate(configs)
        studies = [Study.from_config(config) for config in configs]
        _check_shared("study", [study.name for study in studies])
        uris = [config["tracking"]["uri"] for config in configs]
        _check_shared("tracking.uri", uris)
        return cls(settings, swept_keys(jobs), studies[0], uris[0])


def launch_stacked(loader: Loader, master_config: DictConfig, jobs: Jobs, *, pictures: bool = True) -> list[JobReturn]:
    """Train the multirun as stacks: one JobReturn a job, in order, with the run's Outcome as its value."""
    run = Multirun.compose(loader, master_config, jobs)
    outcomes = engine.run_sweep(run.settings, run.swept, run.study, run.uri, pictures=pictures)
    name = master_config.hydra.job.name
    returns = []
    for overrides, outcome in zip(jobs, outcomes, strict=True):
        done = JobReturn(overrides=list(overrides), task_name=name, status=JobStatus.COMPLETED)
        done.return_value = outcome
        returns.append(done)
    return returns


class Supervised(Launcher):
    """A launcher of another make, held to this project's promises.

    All runs are validated before its first job starts, the jobs are told their common parent run, and the parent
    is closed however they end.
    """

    def __init__(self, launcher: Launcher, loader: Loader, master_config: DictConfig) -> None:
        self.launcher, self.loader, self.master_config = launcher, loader, master_config

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """The launcher inside."""
        self.launcher.setup(hydra_context=hydra_context, task_function=task_function, config=config)

    def launch(self, job_overrides: Jobs, initial_job_idx: int) -> Sequence[JobReturn]:
        """The launcher's own returns, one a job, in order."""
        run = Multirun.compose(self.loader, self.master_config, job_overrides)
        parent = engine.open_parent(run.settings, run.swept, run.study, run.uri)
        told = [[*overrides, f"+hydra.job.env_set.{PARENT}='{parent}'"] for overrides in job_overrides]
        status = "KILLED"
        try:
            returns = self.launcher.launch(told, initial_job_idx)
            status = "FAILED" if any(done.status is not JobStatus.COMPLETED for done in returns) else "FINISHED"
        except Exception:  # whatever it was, it goes on its way; an interrupt, no Exception, leaves KILLED
            status = "FAILED"
            raise
        finally:
            engine.close_parent(parent, run.study, run.uri, status)
        return returns


def swept_keys(jobs: Jobs) -> tuple[str, ...]:
    """The keys whose values differ between jobs, in the order of the override lists."""
    settings = [dict(_key_and_value(override) for override in overrides) for overrides in jobs]
    keys = dict.fromkeys(key for setting in settings for key in setting)
    return tuple(key for key in keys if len({setting.get(key) for setting in settings}) > 1)


def _key_and_value(override: str) -> tuple[str, str]:
    key, _, value = override.partition("=")
    return key.lstrip("+~"), value


def _check_shared(key: str, values: Sequence[str | None]) -> None:
    if len(distinct := dict.fromkeys(values)) > 1:
        raise InputError(key, ",".join(map(str, distinct)), "can't be swept: all runs of a sweep have it in common")
