"""`chainrule compare`: it picks the newest sweep, tells the same story as pandas, and says what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.commands import compare
from chainrule.errors import InputError
from chainrule.reading import sweep_keys, tables
from random_cases import cases


def sweep(
    scores: dict[tuple[str, float], list[float]], study: str = "rates", name: str = "s1", day: int = 1
) -> pd.DataFrame:
    """Runs from (init, rate) -> one score a seed; NaN is a run that diverged."""
    rows = [
        {"init": init, "learning_rate": rate, "seed": seed, "accuracy/test": value, "cost/train": 1 - value}
        for (init, rate), values in scores.items()
        for seed, value in enumerate(values)
    ]
    runs = pd.DataFrame(rows).assign(study=study, sweep=name, dataset="moons", activation="tanh")
    runs["hidden"] = [[8]] * len(runs)
    runs["run"] = [f"{study}-{name}-{i}" for i in range(len(runs))]
    runs["outcome"] = np.where(runs["accuracy/test"].isna(), "diverged", "finished")
    runs["started"] = pd.Timestamp(f"2024-01-{day:02d}", tz="UTC")
    return runs


OLD = sweep({("zeros", 0.1): [0.5, 0.5]}, name="old", day=1)
NEW = sweep(
    {
        ("zeros", 0.1): [0.5, 0.5],
        ("zeros", 1.0): [0.5, 0.4],
        ("he_normal", 0.1): [0.8, 0.9],
        ("he_normal", 1.0): [np.nan, np.nan],
    },
    name="new",
    day=3,
)
OTHER = sweep({("zeros", 0.1): [0.5, 0.6]}, study="other", name="other", day=2)
ALONE = sweep({("zeros", 0.1): [0.7]}, study="adhoc", day=9).assign(sweep=None)


class Store:
    """Stands in for the readers, over runs held in memory."""

    def __init__(self, *sweeps: pd.DataFrame) -> None:
        self.sweeps = sweeps

    def runs(self, study=None, *, sweep=None, where=None, uri=None) -> pd.DataFrame:
        runs = pd.concat(self.sweeps, ignore_index=True) if self.sweeps else NEW.iloc[:0].copy()
        runs = runs[(runs["study"] == study) | (study is None)]
        runs = runs[(runs["sweep"] == sweep) | (sweep is None)]
        runs.attrs |= {"uri": "sqlite:///runs.db", "swept": ("learning_rate", "init", "seed")}
        return runs

    def recorded(self, study=None, *, uri=None) -> pd.DataFrame:
        firsts = [runs.iloc[:1] for runs in self.sweeps if runs["sweep"].notna().all()]
        rows = pd.concat(firsts, ignore_index=True).sort_values("started") if firsts else NEW.iloc[:0].copy()
        sweeps = rows[(rows["study"] == study) | (study is None)][["sweep", "study", "started"]]
        sweeps = sweeps.assign(status="FINISHED", asked=pd.NA)
        sweeps.attrs["uri"] = "sqlite:///runs.db"
        return sweeps

    def curves(self, runs, metrics=None) -> pd.DataFrame:
        assert metrics == ["cost/train"]
        points = [(run, metrics[0], epoch, 1 / (1 + epoch)) for run in runs["run"] for epoch in (0, 1, 10)]
        return pd.DataFrame(points, columns=["run", "metric", "epoch", "value"])


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def fill(*sweeps: pd.DataFrame) -> Path:
        held = Store(*sweeps)
        monkeypatch.setattr("chainrule.reading.runs.load_runs", held.runs)
        monkeypatch.setattr("chainrule.reading.sweeps.load_runs", held.runs)
        monkeypatch.setattr("chainrule.reading.sweeps.load_sweeps", held.recorded)
        monkeypatch.setattr("chainrule.reading.curves.load_curves", held.curves)
        monkeypatch.setattr("chainrule.paths.project_root", lambda: tmp_path)
        return tmp_path

    return fill


def test_the_newest_sweep_is_compared_and_drawn(store, capsys) -> None:
    root = store(NEW, OTHER, OLD, ALONE)
    assert compare.main([]) == 0
    told = capsys.readouterr().out
    assert "rates   sweep new   8 runs   moons · hidden [8] · tanh" in told
    picture = root / "outputs" / "compare-rates.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"picture: {picture}" in told
    assert (
        "2 of 8 runs diverged; more than half of the seeds did with\n  initialization he_normal: learning rate 1\n"
        in told
    )
    assert next(line for line in told.splitlines() if line.startswith("he_normal  ")).split()[1] == "0.85*"
    assert compare.pandas_lines(Store(NEW).runs(sweep="new")) in told


def test_a_study_or_an_id_can_be_named(store, capsys, tmp_path: Path) -> None:
    store(NEW, OTHER, OLD)
    assert compare.main(["other", "--picture", str(tmp_path / "mine" / "p.png")]) == 0
    assert "other   sweep other" in capsys.readouterr().out
    assert (tmp_path / "mine" / "p.png").exists()
    assert compare.main(["--sweep", "old"]) == 0
    assert "rates   sweep old" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sweeps", "arguments", "message"),
    [
        ([], [], "tracking.uri=sqlite:///runs.db: holds no sweep yet: type `make sweep` first"),
        ([ALONE], [], "tracking.uri=sqlite:///runs.db: holds no sweep yet: type `make sweep` first"),
        ([ALONE], ["adhoc"], "study=adhoc: has no sweep yet: type `chainrule sweep study=adhoc` first"),
        ([NEW, OLD], ["--sweep", "odl"], "sweep=odl: did you mean old? allowed: new, old"),
        ([NEW.assign(outcome="failed")], [], "sweep=new: none of its runs has trained: there is nothing to compare"),
    ],
)
def test_nothing_to_compare_is_one_clear_line(store, sweeps, arguments, message) -> None:
    store(*sweeps)
    with pytest.raises(InputError) as error:
        compare.main(arguments)
    assert str(error.value) == message


def test_a_picture_that_cannot_be_written_is_named(store, tmp_path: Path) -> None:
    store(NEW)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"^picture=.*file/p\.png: can't be written"):
        compare.main(["--picture", str(tmp_path / "file" / "p.png")])


SCORE = st.sampled_from([0.0, 0.25, 0.5, 1.0, float("nan")])
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(["zeros", "he_normal", "orthogonal"]), st.sampled_from([0.01, 1.0, 30.0])),
    st.lists(SCORE, min_size=1, max_size=4),
    min_size=1,
)


@settings(max_examples=cases(30), deadline=None)
@given(CELLS, st.sampled_from(["accuracy/test", "cost/train", "accuracy/validation"]))
def test_the_printed_pandas_lines_find_the_same_best_settings(cells, score: str) -> None:
    held, by_cost = sweep(cells), score == "cost/train"
    if by_cost:
        held = held.drop(columns="accuracy/test")
    if score == "accuracy/validation":
        held[score], held["accuracy/test"] = held["accuracy/test"], held["accuracy/test"].rsub(0.9)
        held["dataset.validation_size"] = 0.2
    held.attrs["swept"] = ("learning_rate", "init", "seed")
    lines = compare.pandas_lines(held).replace("from chainrule import load_curves, load_runs", "")
    names = {"load_runs": lambda study, sweep: held, "load_curves": lambda runs, metrics: None}
    exec(lines, names)

    key = sweep_keys.compared_key(held)
    best = tables.best_by(held, key).dropna(subset="median").astype({key: object}).set_index(key)
    found = names["best"].reset_index().set_index(key)
    assert set(found.index) == set(best.index)
    assert found["50%"].is_monotonic_increasing if by_cost else found["50%"].is_monotonic_decreasing
    found = found.loc[best.index]
    for name in {"init", "learning_rate"} & set(found.columns):
        assert list(found[name]) == list(best[name])
    np.testing.assert_array_equal(found["50%"], best["median"])
    if score == "accuracy/validation":
        np.testing.assert_array_equal(found["test"], best["test"])
    np.testing.assert_array_equal(found["25%"], best["lower"])
