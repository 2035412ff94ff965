"""What a sweep will take: reckoned by kind of run, said when it is much, refused when it is huge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chainrule.build import spec_of
from chainrule.core.training import StackSpec
from chainrule.errors import InputError
from chainrule.settings import Settings
from chainrule.sweep.estimate import estimate, warn_if_huge

Make = Callable[..., Settings]


def test_twice_the_runs_take_twice_as_long_and_long_runs_longer(make: Make) -> None:
    one = estimate([make()], 1)
    two = estimate([make(seed=seed) for seed in range(2)], 1)
    assert (two.runs, two.seconds, two.size) == (2, 2 * one.seconds, 2 * one.size)
    long = estimate([make(epochs=500_000)], 1)
    assert estimate([make(epochs=1_000_000)], 2).seconds == pytest.approx(long.seconds)


def test_the_size_counts_points_curves_and_snapshots(make: Make, default_config) -> None:
    record = default_config["record"]
    few, all_curves, snapshots = (
        estimate([make(record={**record, **changes})], 1).size
        for changes in ({"curves": ["cost"]}, {}, {"curves": ["cost"], "parameters": "all"})
    )
    assert few == 8_000 + 5 * 2 * 300 + 8 * 13  # epochs 0 to 4; training and test cost; 13 parameters once
    assert snapshots == few + 8 * 13 * 4
    assert all_curves > 5 * few / 3


def test_a_small_sweep_is_not_talked_about(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    warn_if_huge([make()], 2, yes=False)
    assert capsys.readouterr() == ("", "")


def test_a_large_one_is_told_and_a_huge_one_must_be_meant(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    same = make(epochs=500)
    large, huge = [same] * 20_000, [same] * 200_000
    warn_if_huge(large, 2, yes=False)
    assert capsys.readouterr().err == f"{estimate(large, 2)}\n"
    with pytest.raises(InputError, match=r"^yes=false: 200,000 runs: about \d+ \w+ and \d+\.\d GB; add yes=true"):
        warn_if_huge(huge, 2, yes=False)
    warn_if_huge(huge, 2, yes=True)
    assert capsys.readouterr().err.startswith("200,000 runs: about ")


def test_of_two_hundred_thousand_runs_each_kind_is_reckoned_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [make(), make(epochs=5)]
    once = estimate(kinds, 2)
    reckoned: list[Settings] = []

    def counted(settings: Settings) -> StackSpec:
        reckoned.append(settings)
        return spec_of(settings)

    monkeypatch.setattr("chainrule.sweep.estimate.spec_of", counted)
    assert estimate(kinds * 100_000, 2).size == pytest.approx(100_000 * once.size)
    assert reckoned == kinds
