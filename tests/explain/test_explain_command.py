"""`chainrule explain` as a person meets it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chainrule.commands import explain as command
from chainrule.errors import InputError
from chainrule.explain.explanation import full_answer, network_walk
from chainrule.explain.request import Request, nested
from chainrule.explain.walk import KEYS, Walk

ANSI = re.compile(r"\x1b\[[\d;]+m")
TextOf = Callable[..., str]
EXAMPLES = (
    [],
    ["dataset=iris", "hidden=[4]", "sample=3"],
    ["dataset=digits", "hidden=[30,30]", "activation=tanh", "output=softmax", "cost=cross_entropy"],
    ["dataset=breast_cancer", "hidden=[12,11,10]", "cost=cross_entropy"],
    ["dataset=digits", "hidden=[12]", "cost=cross_entropy"],
    ["dataset=diabetes", "hidden=[3]", "cost=huber"],
    ["dataset=iris", "init=normal", "init.scale=1000.0"],
    ["activation=relu", "init=zeros", "hidden=[1]"],
    ["hidden=[]"],
)


def test_without_arguments_it_tells_the_whole_story(
    capsys: pytest.CaptureFixture[str], answer: Walk, text_of: TextOf
) -> None:
    assert command.main([]) == 0
    text = capsys.readouterr().out
    assert text == text_of(answer)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("width", [80, 100, 120])
def test_colour_carries_nothing(answer: Walk, text_of: TextOf, width: int) -> None:
    styled = text_of(answer, width, styled=True)
    assert {"\x1b[1m", "\x1b[33m", "\x1b[36m", "\x1b[32m"} <= set(ANSI.findall(styled))
    assert ANSI.sub("", styled) == text_of(answer, width)


@pytest.mark.parametrize("given", EXAMPLES, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(given: list[str], text_of: TextOf) -> None:
    walk = network_walk(Request.of(nested(given))) if given else full_answer()
    for width in (80, 100, 120):
        lines = text_of(walk, width).splitlines()
        assert max(map(len, lines)) <= width
        assert [line for line in lines if line != line.rstrip()] == []
    assert max(map(len, text_of(walk, 300).splitlines())) <= 120
    assert text_of(walk, 60)


def test_the_terminal_decides_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    terminal = Console(file=file, force_terminal=True, width=80)
    monkeypatch.setattr("chainrule.terminal.output", lambda: terminal)
    assert command.main(["hidden=[3]"]) == 0
    shown = file.getvalue().splitlines()
    assert 70 < max(len(ANSI.sub("", line)) for line in shown) <= 80


def test_a_network_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["dataset=iris", "hidden=[4]", "sample=3"]) == 0
    text = capsys.readouterr().out
    assert "iris, sample 3" in text
    assert "versicolor" in text
    assert "petal length" in text


def test_json_is_the_walk_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["hidden=[3]", "learning_rate=1e-3", "--json"]) == 0
    walk = json.loads(capsys.readouterr().out)
    assert walk["settings"]["hidden"] == [3]
    assert walk["settings"]["learning_rate"] == 0.001
    kinds = {block["kind"] for chapter in walk["chapters"] for block in chapter["blocks"]}
    assert kinds <= set(re.findall(r"^  (\w+)", KEYS, re.MULTILINE))


def test_the_page_goes_where_it_is_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "deep" / "page.html"
    assert command.main(["hidden=[2]", "--html", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_page_goes_to_the_outputs_by_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "project_root", lambda: tmp_path)
    assert command.main(["--html", "hidden=[3]"]) == 0  # the setting is not taken for a path
    assert capsys.readouterr().out == f"{tmp_path / 'outputs' / 'explain.html'}\n"
    assert "hidden=[3]" in (tmp_path / "outputs" / "explain.html").read_text(encoding="utf-8")


def test_page_and_data_together_keep_standard_output_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["hidden=[2]", "--json", "--html", str(tmp_path / "page.html")]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)
    assert said.err == f"{tmp_path / 'page.html'}\n"


def test_help_fits_and_names_the_keys(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command.main(["--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert "init=xavier_normal" in text


@pytest.mark.parametrize(
    ("argument", "key", "allowed"),
    [
        ("lerning_rate=1", "lerning_rate", "did you mean learning_rate?"),
        ("learning_rate=-1", "learning_rate", "above 0"),
        ("learning_rate=abc", "learning_rate", "above 0"),
        ("learning_rate=nan", "learning_rate", "above 0"),
        ("learning_rate=0.1,1", "learning_rate", "one plain value"),
        ("init=xavierr", "init", "did you mean xavier_normal?"),
        ("init.scle=2", "init.scle", "did you mean scale?"),
        ("dataset=irs", "dataset", "did you mean iris?"),
        ("hidden=[0]", "hidden", "at least 1"),
        ("hidden=8x", "hidden", "list of layer widths"),
        ("hidden=[8", "hidden", "can't be read"),
        ("hidden", "hidden", "KEY=VALUE"),
        ("sample=4", "sample", "at most 3"),
        ("sample=-1", "sample", "at least 0"),
        ("epochs=3", "epochs", "allowed: dataset, hidden"),
        ("+hidden=[3]", "+hidden", "one plain value"),
        ("nothing.here=1", "nothing.here", "no such setting"),
        ("output=identity cost=cross_entropy", "cost", "output=sigmoid or softmax"),
        ("--jsonn", "option", "--json"),
    ],
)
def test_wrong_input_is_told_in_one_line(argument: str, key: str, allowed: str) -> None:
    with pytest.raises(InputError) as refused:
        command.main(argument.split())
    assert refused.value.key == key
    assert allowed in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_page_that_can_not_be_written_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written"):
        command.main(["hidden=[2]", "--html", str(tmp_path)])


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["hidden=[4,3]"], {"hidden": [4, 3]}),
        (["init.scale=2", "init=normal"], {"init": {"name": "normal", "scale": 2}}),
        (["init=normal", "init.scale=2"], {"init": {"name": "normal", "scale": 2}}),
        (["init.scale=2"], {"init": {"name": "xavier_normal", "scale": 2}}),
        (["seed=1", "seed=2"], {"seed": 2}),
    ],
)
def test_settings_nest(texts: list[str], wanted: dict[str, Any]) -> None:
    assert nested(texts) == wanted


def test_a_regression_gets_an_output_that_reaches_its_targets() -> None:
    assert Request.of({"dataset": "diabetes"}).settings.output.name == "identity"
    assert Request.of({"dataset": "moons"}).settings.output.name == "sigmoid"


def test_the_settings_of_a_walk_say_what_was_set() -> None:
    described = Request.of({"init": {"name": "normal", "scale": 3.0}, "hidden": [3]}).described()
    assert (described["init"], described["init.scale"], described["hidden"]) == ("normal", 3.0, [3])
    assert "init.bias" not in described
