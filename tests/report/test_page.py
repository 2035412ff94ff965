"""The page without its script: whole, well-formed, escaped, in need of nothing, and saying what was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from chainrule.report.content import train_command
from html_reader import NAMES, Reader, read
from report_examples import described, made_runs, mixed, page_of

SHAPES: dict[str, Callable[[], pd.DataFrame]] = {
    "mixed": lambda: made_runs(mixed),
    "one run": lambda: made_runs(lambda *_: 0.7, [0.1], ["zeros"], 1),
    "seeds only": lambda: made_runs(lambda rate, init, seed: 0.7 + seed / 100, [0.1], ["zeros"]),
    "one seed": lambda: made_runs(lambda rate, init, seed: 0.6 + rate / 100, seeds=1),
    "all diverged": lambda: made_runs(lambda *_: np.nan),
    "many rates": lambda: made_runs(lambda rate, *_: 0.6 + rate / 1000, [1.2**k for k in range(30)], seeds=1),
    "long names": lambda: made_runs(lambda *_: 0.7, inits=[f"an_initialization_with_a_long_name_{k}" for k in (1, 2)]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_well_formed_and_refers_to_itself_only(shape: str) -> None:
    page = page_of(SHAPES[shape]())
    reader = read(page)
    ids = [value for _, name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value for _, name, value in reader.attributes if name in ("href", "src", "srcset", "aria-labelledby")}
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert not re.search(r"https?:|@import|url\((?!#)", page.partition("<script")[0])
    for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL):
        drawing = ElementTree.fromstring(re.sub(r'="?(#[\w-]+|img)"? ', r'="\1" ', svg))
        _, _, width, height = map(float, drawing.get("viewBox", "").split())
        for box in drawing.iter("rect"):
            assert 0 <= float(box.get("x", "nan")) <= width - float(box.get("width", "nan"))
            assert 0 <= float(box.get("y", "nan")) <= height - float(box.get("height", "nan"))


def cells(reader: Reader) -> list[str]:
    return [value for tag, name, value in reader.attributes if name == "aria-label" and tag in ("a", "g")]


def test_each_cell_says_in_words_what_became_of_its_runs() -> None:
    assert cells(read(page_of(made_runs(mixed)))) == [
        "initialization zeros, learning rate 0.1: test accuracy 0.500, median of 3 runs, 3 of 3 stuck",
        "initialization zeros, learning rate 1: test accuracy 0.610, median of 3 runs",
        "initialization zeros, learning rate 10: test accuracy 0.700, median of 2 runs, 1 of 3 diverged",
        "initialization he_normal, learning rate 0.1: test accuracy 0.800, median of 2 runs, 1 failed, "
        "within noise of the best",
        "initialization he_normal, learning rate 1: test accuracy 0.901, median of 3 runs, the best",
        "initialization he_normal, learning rate 10: diverged, 2 of 3 diverged",
    ]


def test_a_cell_without_runs_or_whose_runs_all_failed_leads_nowhere() -> None:
    runs = made_runs(lambda rate, init, seed: -1.0 if rate == 1.0 and init == "zeros" else 0.7)
    without = runs[~(runs["learning_rate"].eq(10.0) & runs["init"].eq("zeros"))]
    without.attrs |= runs.attrs
    page = page_of(without)
    assert "initialization zeros, learning rate 1: all 3 runs failed" in cells(read(page))
    assert "initialization zeros, learning rate 10: not run" in cells(read(page))
    assert page.count("<a href=#setting-") == 4
    assert "3 runs: ValueError: no" in read(page).text


@pytest.mark.parametrize(("seeds", "kind"), [(3, "setting"), (1, "run")])
def test_a_cell_leads_to_the_row_of_its_best_setting(seeds: int, kind: str) -> None:
    page = page_of(made_runs(lambda rate, init, seed: 0.6 + rate / 100 + seed / 1000, seeds=seeds))
    (target,) = re.findall(r'<a href=#([\w-]+)[^>]* aria-label="initialization zeros, learning rate 10:', page)
    assert target.startswith(kind)
    (row,) = re.findall(f'<tr id="{target}".*?</tr>', page)
    assert set(re.findall(r">([^<>]+)<", row)) >= {"10", "zeros"}


def test_it_says_what_was_asked_what_came_out_and_how_to_repeat_it() -> None:
    text = " ".join(read(page_of(made_runs(mixed), asked=20)).text.split())
    for told in (
        "Which rate?",
        "18 runs, 11 finished, 3 stuck, 3 diverged, 1 failed",
        "Not whole: 18 of 20 runs are recorded.",
        "Best run, chosen on the test data: test accuracy 0.902 with init=he_normal learning_rate=1 seed=2 (run run14)",
        "The sweep: chainrule sweep study=rates epochs=9 'seed=range(3)'",
        "Its best run: chainrule train study=rates epochs=9 learning_rate=1.0 init=he_normal seed=2",
        "1 run: ValueError: no",
        "hidden [8]",
        "commit0a1b",
        "numpy2.4",
        "4 runs diverged or failed and have no score: their settings count by the other seeds.",
    ):
        assert told in text, told
    assert "batch_size" not in text  # nobody set it
    assert "Not whole" not in page_of(made_runs(mixed), asked=18)


def test_the_tables_hold_every_setting_and_run_best_first() -> None:
    runs = made_runs(mixed)
    page = page_of(runs)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r'<tr id="run-.*?</tr>', page)]
    assert len(rows) == len(runs)
    assert rows[0] == ["1", "he_normal", "2", "0.902", "0.098", "finished", "run14"]
    assert ["10", "he_normal", "1", "", "", "diverged at 7", "run16"] in rows
    settings = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r'<tr id="setting-.*?</tr>', page)]
    assert settings[0] == ["he_normal", "1", "0.901", "0.901 – 0.901", "0.900 – 0.902", "0 of 3"]
    assert settings[-1] == ["he_normal", "10", "×", "×", "×", "2 of 3"]


def test_the_shares_are_those_of_the_analysis_of_variance() -> None:
    text = " ".join(read(page_of(made_runs(lambda rate, init, seed: 0.5 + rate / 100 + seed / 100))).text.split())
    assert "learning rate96.8 %" in text  # variances .001998 and .000067
    assert "the seed, within a setting3.2 %" in text
    assert "What matters" not in page_of(made_runs(lambda *_: 0.7, [0.1], ["zeros"]))


@pytest.mark.parametrize("name", NAMES)
def test_names_are_escaped_wherever_they_stand(name: str) -> None:
    runs = made_runs(lambda rate, init, seed: -1.0 if seed == 2 else 0.6 + rate / 100, inits=[name, "zeros"])
    runs = runs.assign(dataset=name, error=runs["error"].where(runs["error"].isna(), name), name=name)
    runs.attrs["swept"] = ("learning_rate", "init", "seed")
    told = described(study=name, part=None, question=name, command=f"chainrule sweep 'a={name}'", commit=name)
    plain = read(page_of(made_runs(mixed)))
    reader = read(page_of(runs, replace(told, versions={name: name})))
    assert reader.tags <= plain.tags | {"ul", "li"}
    assert reader.text.count(name.replace("_", " ")) >= 8
    assert sum(name in words for words in cells(reader)) == 3


def test_a_run_is_repeated_by_what_was_typed_with_its_own_values() -> None:
    runs = made_runs(mixed)
    run = runs.iloc[4].copy()
    typed = "chainrule sweep hidden=[3] ++learning_rate=0.1,1 hydra/launcher=joblib 'init=glob(*)'"
    assert train_command(typed, run, runs) == "chainrule train 'hidden=[3]' learning_rate=1.0 init=zeros seed=1"
    assert train_command("chainrule studies rates", run, runs) is None
    page = page_of(runs, part="wide")
    assert "Its best run" not in page  # a part's own overrides are not on the command line
