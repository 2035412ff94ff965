"""The task of a single job, and how a multirun's are launched: all composed and checked before the first one trains."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from chainrule.app.composing import Loader
from chainrule.app.plain_config import plain
from chainrule.components.fields import Allowed, check
from chainrule.end_with_parent import end_with_maker
from chainrule.errors import InputError
from chainrule.record.run_record import SWEEP
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import engine
from chainrule.sweep.estimate import warn_if_huge
from chainrule.sweep.outcome import Outcome
from chainrule.sweep.recorder import recorder

PARENT = "CHAINRULE_PARENT_RUN"  # the variable that tells jobs, in whatever process, their sweep's parent run
STOP = "stop"
ON_ERROR = Allowed(choices=("continue", STOP))  # what a run that fails means for those that are not trained yet
Jobs = Sequence[Sequence[str]]  # each job's overrides


def job(config: DictConfig) -> Outcome:
    """Train and record the run of `config`, below the parent run that `supervised` has named, if any."""
    end_with_maker()  # joblib's processes would wait for more jobs, five minutes or for good
    found = plain(config)
    settings, study = Settings.from_config(found), Study.from_config(found)
    stops = check("on_error", found["on_error"], str, ON_ERROR) == STOP
    return engine.run_one(settings, study, found["tracking"]["uri"], parent=os.environ.get(PARENT), stops=stops)


@dataclass(frozen=True)
class Sweep:
    """Every run of one sweep, checked."""

    settings: list[Settings]
    swept: tuple[str, ...]
    study: Study
    uri: str | None
    fresh: bool
    yes: bool  # whether it is meant, however huge
    stops: bool  # at the first run that fails

    @classmethod
    def compose(cls, loader: Loader, master_config: DictConfig, jobs: Jobs) -> Sweep:
        """All jobs' settings; raises InputError if one of them is wrong, or if there is none."""
        if not jobs:
            raise InputError("sweep", "no runs", "one of its lists or patterns is empty")
        configs = [loader.compose(master_config, overrides) for overrides in jobs]
        settings = engine.validate(configs)
        studies = [Study.from_config(config) for config in configs]
        _check_shared("study", [study.name for study in studies])
        uris = [config["tracking"]["uri"] for config in configs]
        _check_shared("tracking.uri", uris)
        held = {}
        for key, kind, allowed in (("fresh", bool, Allowed()), ("yes", bool, Allowed()), ("on_error", str, ON_ERROR)):
            found = [check(key, config[key], kind, allowed) for config in configs]
            _check_shared(key, list(map(str, found)))
            held[key] = found[0]
        stops = held.pop("on_error") == STOP
        return cls(settings, swept_keys(jobs), studies[0], uris[0], stops=stops, **held)


Training = Callable[[Sweep, Jobs, int], Sequence[JobReturn]]  # the last: the first job's number


class CheckingLauncher(Launcher):
    """Launches a whole multirun: composes and checks all jobs, then leaves them to `train`."""

    def __init__(self, loader: Loader, master_config: DictConfig, train: Training) -> None:
        self.loader, self.master_config, self.train = loader, master_config, train

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Nothing is left to do."""

    def launch(self, job_overrides: Jobs, initial_job_idx: int) -> Sequence[JobReturn]:
        """One JobReturn a job, in order; raises InputError before anything trains if one of the runs can't."""
        return self.prepare(job_overrides, initial_job_idx)()

    def prepare(self, job_overrides: Jobs, initial_job_idx: int) -> Callable[[], Sequence[JobReturn]]:
        """What trains the runs, all of them composed and checked already."""
        sweep = Sweep.compose(self.loader, self.master_config, job_overrides)
        warn_if_huge(sweep.settings, os.cpu_count() or 1, yes=sweep.yes)
        return lambda: self.train(sweep, job_overrides, initial_job_idx)


class CollectingLauncher(Launcher):
    """Launches nothing: `batches` are the jobs of a sweep, with the number of the first."""

    def __init__(self) -> None:
        self.batches: list[tuple[Jobs, int]] = []

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Nothing is left to do."""

    def launch(self, job_overrides: Jobs, initial_job_idx: int) -> Sequence[JobReturn]:
        """Empty returns, one a job."""
        self.batches.append((job_overrides, initial_job_idx))
        return [JobReturn(status=JobStatus.COMPLETED) for _ in job_overrides]


def stacked(pictures: bool) -> Training:
    """Trains the runs as stacks, and draws `pictures` of the sweep or not; a return value is the run's Outcome."""
    recorder()  # it loads MLflow while the runs are composed and checked

    def train(sweep: Sweep, jobs: Jobs, first: int) -> list[JobReturn]:
        outcomes = engine.run_sweep(
            sweep.settings,
            sweep.swept,
            sweep.study,
            sweep.uri,
            pictures=pictures,
            fresh=sweep.fresh,
            stops=sweep.stops,
        )
        return list(map(_completed, outcomes))

    return train


def _completed(outcome: Outcome) -> JobReturn:
    done = JobReturn(status=JobStatus.COMPLETED)
    done.return_value = outcome
    return done


def supervised(launcher: Launcher) -> Training:
    """Trains by any other launcher: its jobs are told their parent run, which is closed however they end."""

    def train(sweep: Sweep, jobs: Jobs, first: int) -> Sequence[JobReturn]:
        parent, known = engine.open_parent(sweep.settings, sweep.swept, sweep.study, sweep.uri, fresh=sweep.fresh)
        own = parent.sweep_tags[SWEEP]
        done = {each: _completed(Outcome(*known.runs[each], own)) for each in known.runs}
        chosen = engine.representatives(sweep.settings)
        missing: dict[Settings, Sequence[str]] = {}
        for each, overrides in zip(chosen, jobs, strict=True):
            if each not in done:
                missing.setdefault(each, overrides)
        told = [[*overrides, f"+hydra.job.env_set.{PARENT}='{parent.run_id}'"] for overrides in missing.values()]
        status = "KILLED"
        try:
            returns = launcher.launch(told, first) if told else []
            status = "FAILED" if any(done.status is not JobStatus.COMPLETED for done in returns) else "FINISHED"
        except Exception:  # whatever it was, it goes on its way; an interrupt, no Exception, leaves KILLED
            status = "FAILED"
            raise
        finally:
            engine.close_parent(parent.run_id, sweep.study, sweep.uri, status)
        done |= dict(zip(missing, returns, strict=True))
        return [done[each] for each in chosen]

    return train


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
