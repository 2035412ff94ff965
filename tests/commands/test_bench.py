"""`chainrule bench` measures the real command and leaves its table where it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.commands import bench
from chainrule.studies import discover


def test_sections_measured_in_real_stores_and_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["composing", "writing", "reading"]
    assert bench.main(["--quick", "--only", *chosen, "--output", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert "measuring reading (3 of 3)" in err
    assert out.endswith(f"written to {tmp_path / 'out'}\n")
    rows = json.loads((tmp_path / "out" / "results.json").read_text())["rows"]
    assert [row["section"] for row in rows] == ["composing", "writing", "writing", "reading", "reading"]
    assert all(min([*row["rounds"], *row["peer_rounds"]]) > 0 for row in rows)
    assert rows[-1]["what"] == f"load_curves, {8 * 10 * 9} points"  # 8 runs, 10 curves, epochs 0 to 8


def test_every_section_is_measured_by_a_function_of_its_module() -> None:
    for section, module in bench.SECTIONS.items():
        loaded = discover.import_file(discover.experiments() / "benchmark", module)
        assert callable(getattr(loaded, f"measure_{section}"))


@pytest.mark.parametrize("argv", [["--quick"], ["--only", "training"], []])
def test_pages_are_replaced_by_a_full_measurement_only(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def stand_in(module: str, function: str, *arguments: object) -> list[object]:
        called.append((function, *arguments))
        return []

    monkeypatch.setattr(bench, "call", stand_in)
    assert bench.main(argv) == 0
    written = [folder for function, folder, *_ in (each for each in called if each[0] == "write")]
    assert written == ([] if argv else [discover.experiments() / "benchmark"])


def test_without_the_repository_it_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(discover, "experiments", lambda: tmp_path)
    assert cli.main(["bench", "--quick"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "run it from a checkout" in err


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "--only", "nonsense"]) == 2
    assert "pipeline" in capsys.readouterr().err
