"""Trained runs that wait for their store: recorded by the doctor, and their sweep kept until then."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from chainrule import cli
from chainrule.sweep import undelivered
from doctor.conftest import QUICK, Patient


@pytest.fixture
def undelivered_to(whole: Patient) -> Iterator[Patient]:
    """A store with nothing wrong but that the last sweep could not record to it."""
    with full(whole):
        assert cli.main(["sweep", *QUICK, "seed=20", f"tracking.uri={whole.uri}"]) == 2
    yield whole
    for file in undelivered.waiting(whole.uri):
        file.unlink()


@contextlib.contextmanager
def full(patient: Patient) -> Iterator[None]:
    patient.sql("CREATE TRIGGER full BEFORE INSERT ON metrics BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    try:
        yield
    finally:
        patient.sql("DROP TRIGGER full")


def test_waiting_runs_are_recorded(undelivered_to: Patient) -> None:
    (*_, sweep) = undelivered_to.ids("sweep")
    before = undelivered_to.contents()
    code, said = undelivered_to.doctor()
    assert undelivered_to.contents() == before
    assert code == 1
    assert said.startswith("(!) 1 file waits with trained runs that could not be recorded here: ")
    assert said.count("(!)") == 1  # its sweep has no runs yet
    code, said = undelivered_to.doctor("--fix")
    assert code == 0
    assert "    mended: 1 run recorded." in said
    assert len(undelivered_to.below(sweep)) == 1
    assert undelivered.waiting(undelivered_to.uri) == []
    assert undelivered_to.doctor()[0] == 0


def test_a_store_that_still_takes_none_is_told(undelivered_to: Patient) -> None:
    with full(undelivered_to):
        code, said = undelivered_to.doctor("--fix")
    assert code == 1
    assert "    not mended: tracking.uri=" in said
    assert "disk is full" in said
    assert "1 problem found, 0 mended" in said
    assert undelivered.waiting(undelivered_to.uri)
