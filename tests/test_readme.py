"""What README shows is true: its Python, its pandas table from a real sweep, its lists of names and metrics."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys

import pytest

from chainrule.paths import project_root
from chainrule.readme import filled

README = (project_root() / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, flags=re.DOTALL)
TEN_SAMPLES = 0.01  # of the 1,000 that are tested on: what another processor's last bit may flip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The default study, run as `make sweep` runs it: the store's URI and what was printed."""
    folder = tmp_path_factory.mktemp("study")
    uri = f"sqlite:///{folder}/mlflow.db"
    sweep = ["sweep", "study=learning_rate_by_initialization", f"tracking.uri={uri}"]
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *sweep], cwd=folder, capture_output=True, text=True, timeout=300, check=True
    )
    return uri, done.stdout


def block(start: str) -> str:
    """The code block that begins with `start`."""
    (found,) = [text for _, text in BLOCKS if text.startswith(start)]
    return found


def numbers(table: str) -> dict[str, list[float]]:
    """A printed table's rows by their first word, wrapped columns joined; marks behind a number do not count."""
    rows: dict[str, list[float]] = {}
    for line in table.splitlines():
        if re.match(r"[a-z_]+ +[\d.]", line):
            name, *cells = line.split()
            rows.setdefault(name, []).extend(float(cell.rstrip("*+!=")) for cell in cells)
    return rows


def recorded_runs() -> int:
    """How many runs the first screen says are recorded."""
    last = block("learning rate →").splitlines()[-1]
    return int(last.split()[0])


def test_the_python_is_right():
    failed, tried = doctest.testfile(str(project_root() / "README.md"), module_relative=False)
    assert tried >= 8
    assert failed == 0


def test_the_first_screen_shows_what_make_sweep_prints(study):
    _, printed = study
    shown, found = numbers(block("learning rate →")), numbers(printed)
    assert list(shown) == list(found)
    assert len(shown) == 8
    assert {len(row) for row in shown.values()} == {16}
    for name, row in shown.items():
        assert found[name] == pytest.approx(row, abs=TEN_SAMPLES + 1e-9), name
    first_screen = block("learning rate →").splitlines()
    assert first_screen[0] in printed
    assert max(map(len, first_screen)) <= 100
    assert first_screen[-1] in printed
    assert first_screen[-1].endswith(", 0 diverged.")


def test_the_pandas_lines_print_their_table(study, monkeypatch):
    uri, _ = study
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    lines, printed = block("from chainrule import load_curves, load_runs"), io.StringIO()
    scope: dict[str, object] = {}
    with contextlib.redirect_stdout(printed):
        exec(lines, scope)
    shown, found = numbers(block("learning_rate  1.0")), numbers(printed.getvalue())
    assert list(shown) == list(found)
    for name, row in shown.items():
        assert found[name] == pytest.approx(row, abs=TEN_SAMPLES + 1e-9), name
    assert list(scope["curves"].columns) == ["run", "metric", "epoch", "value"]
    assert len(scope["curves"]) == recorded_runs() * 2 * 50


def test_the_tables_are_those_of_what_is_registered():
    assert filled(README) == README, "run `make readme`"
    assert "| `activation` | sigmoid, tanh," in README
    assert "| `gradient_norm/layer_N` | length of one layer's part of it | \\|(dC/dW[N], dC/db[N])\\| |" in README


def test_every_file_that_is_pointed_to_exists():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 3
    for target in targets:
        assert (project_root() / target).exists(), target


def test_what_contributing_adds_passes_the_contract_tests(tmp_path):
    """Its examples are loaded before the tests are collected, so that these find what they register."""
    text = (project_root() / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) == 3
    (tmp_path / "contributed.py").write_text("\n".join(examples), encoding="utf-8")
    tests = ["components/test_activations.py", "components/test_registry.py", "core/test_gradient_check.py"]
    tests += ["datasets/test_source.py", "core/test_chain_rule_ledger.py", "test_settings.py"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "contributed", "-p", "no:cacheprovider", "-rA", "-k"),
            "swish_half or stripes or every",
            *(str(project_root() / "tests" / test) for test in tests),
        ],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = [line for line in done.stdout.splitlines() if line.startswith("PASSED")]
    assert sum("swish_half" in line for line in passed) >= 25
    assert sum("stripes" in line for line in passed) >= 3
    program = "import contributed\nfrom chainrule.record.metrics import metric_dictionary\nprint(metric_dictionary())"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "dead/layer_N" in shown.stdout
