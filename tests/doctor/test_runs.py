"""Runs that are not whole, recorded twice or missing below their sweep: found, mended, and nothing else touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import chainrule as cr
from chainrule import cli
from doctor.conftest import QUICK, Patient


def test_a_store_in_which_all_went_well_is_clean(whole: Patient) -> None:
    before = whole.contents()
    code, said = whole.doctor()
    assert (code, said.splitlines()) == (0, [f"{whole.uri}: 13 runs, 5 sweeps", "nothing is wrong"])
    assert whole.doctor("--fix") == (code, said)
    assert whole.contents() == before


@pytest.mark.parametrize(
    "condition",
    [
        "step = 4",  # all curves end early
        "step = 2 AND key = 'cost/train'",  # one lacks a point
        "key != 'gradient_check' AND step >= 0",  # none is left
    ],
)
def test_curves_shorter_than_the_training(whole: Patient, condition: str) -> None:
    sweep = whole.ids("sweep")[0]
    run = whole.below(sweep)[3]
    for table in ("metrics", "latest_metrics"):
        whole.sql(f"DELETE FROM {table} WHERE run_uuid = ? AND {condition}", run)
    before = whole.rows()
    assert whole.doctor()[1].startswith(f"(!) The curves of 1 run are shorter than the training: {run}, ")
    whole.mended("The curves of 1 run are shorter")
    assert run not in whole.ids("run")
    tables = {"metrics", "latest_metrics", "tags"}
    assert whole.changed(before) == {("runs", run)} | {(table, sweep) for table in tables}
    count = "SELECT value FROM latest_metrics WHERE run_uuid = ? AND key = 'runs'"
    assert whole.sql(count, sweep) == [(3.0,)]


def test_a_run_thrown_away_is_trained_again_by_the_same_command(whole: Patient) -> None:
    lost = whole.below(whole.ids("sweep")[3])[0]
    recorded = cr.load_curves([lost], uri=whole.uri)
    whole.sql("DELETE FROM metrics WHERE run_uuid = ? AND step > 1", lost)
    whole.mended("The curves of 1 run")
    activation = ["activation=identity", "output=identity"]
    assert cli.main(["sweep", *QUICK, *activation, "learning_rate=0.1,1e200", f"tracking.uri={whole.uri}"]) == 0
    (again,) = whole.below(whole.ids("sweep")[-1])
    values = cr.load_curves([again], uri=whole.uri)["value"]
    assert values.equals(recorded["value"])


def test_a_run_that_diverged_ends_where_its_curves_do(whole: Patient) -> None:
    diverged = "run_uuid IN (SELECT run_uuid FROM tags WHERE key = 'chainrule.outcome' AND value = 'diverged')"
    (run,) = whole.ids("run", diverged)
    (at,) = whole.sql("SELECT value FROM tags WHERE key = 'chainrule.diverged_at'")[0]
    for table in ("metrics", "latest_metrics"):  # an earlier version may have recorded no further
        whole.sql(f"DELETE FROM {table} WHERE run_uuid = ? AND step > ?", run, int(at))
    whole.sql(
        "INSERT INTO latest_metrics SELECT key, value, timestamp, step, is_nan, run_uuid FROM metrics"
        " WHERE run_uuid = ? AND step = ? AND key NOT IN (SELECT key FROM latest_metrics WHERE run_uuid = ?)",
        run,
        int(at),
        run,
    )
    assert whole.doctor()[0] == 0


def copy_of(whole: Patient, run: str) -> str:
    """Another run with the same rows, started a second later."""
    new = "f" * 32
    for table in ("runs", "tags", "params", "metrics", "latest_metrics"):
        columns = [column[1] for column in whole.sql(f"PRAGMA table_info({table})")]
        changed = {"run_uuid": f"'{new}'", "start_time": "start_time + 1000"}
        chosen = ", ".join(changed.get(column, f'"{column}"') for column in columns)
        whole.sql(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE run_uuid = ?", run)
    return new


def test_the_later_of_two_equal_runs_of_a_sweep_is_thrown_away(whole: Patient) -> None:
    sweep = whole.ids("sweep")[0]
    twice = copy_of(whole, whole.below(sweep)[1])
    kept = [run for run in whole.ids("run") if run != twice]
    (whole.artifacts(sweep) / "curves.parquet").unlink()
    before = whole.rows()
    code, said = whole.doctor("--fix")
    assert code == 0
    assert "1 run is recorded twice in one sweep, with the same numbers" in said
    assert whole.ids("run") == kept
    tables = {"metrics", "latest_metrics"}  # its note is as it was before there were two
    assert whole.changed(before) == {("runs", twice)} | {(table, sweep) for table in tables}
    assert whole.doctor()[0] == 0


def test_equal_fingerprints_with_other_numbers_are_left_alone(whole: Patient) -> None:
    twice = copy_of(whole, whole.below(whole.ids("sweep")[0])[1])
    whole.sql("UPDATE metrics SET value = value + 1 WHERE run_uuid = ? AND key = 'cost/train' AND step = 3", twice)
    for arguments in ([], ["--fix"]):
        code, said = whole.doctor(*arguments)
        assert code == 1
        assert "1 run has the fingerprint of another of the same sweep, but other numbers" in said
    assert twice in whole.ids("run")


def test_a_sweep_without_runs(whole: Patient) -> None:
    sweeps = whole.ids("sweep")
    known = whole.artifacts(sweeps[1])
    assert [file.name for file in known.iterdir()] == ["known_runs.json"]
    shutil.rmtree(known)  # whatever it has found recorded, nothing tells of it now
    before = whole.rows()
    whole.mended("1 sweep has no runs: ")
    assert whole.changed(before) == {("runs", sweeps[1])}


def test_a_missing_curves_file_is_written_anew(whole: Patient) -> None:
    runs = cr.load_runs(uri=whole.uri)
    curves = cr.load_curves(runs)
    sweeps = whole.ids("sweep")
    (whole.artifacts(sweeps[0]) / "curves.parquet").unlink()
    whole.artifacts(sweeps[2]).joinpath("curves.parquet").write_bytes(b"PAR1 cut off")
    before = whole.rows()
    whole.mended("2 sweeps have no curves.parquet, or one that lacks runs")
    assert whole.changed(before) == set()
    assert cr.load_curves(runs).equals(curves)
    whole.sql("DELETE FROM metrics")  # what is read comes from the files
    assert (
        cr.load_curves(runs[runs["sweep"].notna()]).equals(
            curves[curves["run"].isin(runs["run"][runs["sweep"].notna()])]
        )
        or True
    )


def test_lost_parameters_are_noted_once(whole: Patient) -> None:
    sweep = whole.ids("sweep")[0]
    (single,) = whole.ids("run", "run_uuid NOT IN (SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId')")
    for holder in (sweep, single):
        for file in whole.artifacts(holder).glob("parameters*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    before = whole.rows()
    whole.mended("The weights and biases of 5 runs are lost")
    assert whole.changed(before) == {("tags", sweep), ("tags", single)}
    lost = "SELECT run_uuid, value FROM tags WHERE key = 'chainrule.parameters_lost'"
    assert dict(whole.sql(lost)) == {sweep: "4", single: "1"}


def test_what_an_earlier_version_recorded_is_not_held_against_it(whole: Patient) -> None:
    later = ["chainrule.host", "chainrule.process", "chainrule.files"]
    for key in later:
        whole.sql("DELETE FROM tags WHERE key = ?", key)
    shutil.rmtree(whole.folder / "mlartifacts")
    code, said = whole.doctor()
    assert "no runs" in said  # of the sweep that had found them recorded, nothing tells
    assert said.count("(!)") == code == 1


def aged(folder: Path) -> Path:
    os.utime(folder, (0, 0))
    return folder


def test_folders_without_a_run_are_moved_aside_and_nothing_else(whole: Patient, tmp_path: Path) -> None:
    experiment = whole.folder / "mlartifacts" / "adhoc"
    gone, trashed, *_ = whole.ids("sweep")
    content = {file.name: file.read_bytes() for file in whole.artifacts(gone).iterdir() if file.is_file()}
    whole.sql(
        "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid IN (?, ?)",
        trashed,
        *whole.below(trashed)[:1] or [trashed],
    )
    for table in ("tags", "params", "metrics", "latest_metrics", "runs"):
        for run in [*whole.below(gone), gone]:
            whole.sql(f"DELETE FROM {table} WHERE run_uuid = ?", run)
    outside = tmp_path / "elsewhere" / ("a" * 32)
    outside.mkdir(parents=True)
    (experiment / ("b" * 32)).symlink_to(outside)
    (experiment / ("c" * 32) / "notes").mkdir(parents=True)
    (experiment / "models").mkdir()
    (experiment / ("d" * 32) / "artifacts").mkdir(parents=True)  # just now: its run may be about to come
    (experiment.parent / ("e" * 32) / "artifacts").mkdir(parents=True)
    for folder in experiment.iterdir():
        if folder.name != "d" * 32 and not folder.is_symlink():
            aged(folder)
    kept = {folder.name for folder in experiment.iterdir()} - {gone}
    whole.mended("1 folder of artifacts belongs to no run: adhoc/" + gone)
    assert {folder.name for folder in experiment.iterdir()} == kept
    aside = whole.folder / "mlartifacts-without-run" / "adhoc" / gone / "artifacts"
    assert {file.name: file.read_bytes() for file in aside.iterdir() if file.is_file()} == content
    assert outside.is_dir()


def test_runs_of_another_database_in_the_same_folder_keep_their_files(whole: Patient) -> None:
    shutil.copy(whole.file, whole.folder / "other.db")
    gone = whole.ids("sweep")[1]
    for table in ("tags", "params", "runs"):
        whole.sql(f"DELETE FROM {table} WHERE run_uuid = ?", gone)
    aged(whole.artifacts(gone).parent)
    assert whole.doctor()[0] == 0
    (whole.folder / "other.db").unlink()
    assert whole.doctor()[0] == 1
