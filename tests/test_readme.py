"""What README shows is true: its Python, its pandas table from a real sweep, its lists of names and metrics."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.paths import project_root
from chainrule.readme import filled

README = (project_root() / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, flags=re.DOTALL)
ONE_SAMPLE = 0.02  # of the 50 that are tested on: what another processor's last bit may flip


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
    """A printed table's rows by their first word; marks behind a number do not count."""
    rows = [line.split() for line in table.splitlines() if re.match(r"[a-z_]+ +[\d.]", line)]
    return {row[0]: [float(cell.rstrip("*")) for cell in row[1:]] for row in rows}


def test_the_python_is_right():
    failed, tried = doctest.testfile(str(project_root() / "README.md"), module_relative=False)
    assert tried >= 8
    assert failed == 0


def test_the_first_screen_shows_what_make_sweep_prints(study):
    _, printed = study
    shown, found = numbers(block("learning rate →")), numbers(printed)
    assert list(shown) == list(found)
    assert len(shown) == 8
    for name, row in shown.items():
        assert found[name] == pytest.approx(row, abs=ONE_SAMPLE + 1e-9), name
    assert "480 runs: 480 finished, 0 diverged." in printed


def test_the_pandas_lines_print_their_table(study, monkeypatch):
    uri, _ = study
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    lines, printed = block("from chainrule import load_curves, load_runs"), io.StringIO()
    scope: dict[str, object] = {}
    with contextlib.redirect_stdout(printed):
        exec(lines, scope)
    shown, found = numbers(block("learning_rate  0.1")), numbers(printed.getvalue())
    assert list(shown) == list(found)
    for name, row in shown.items():
        assert found[name] == pytest.approx(row, abs=ONE_SAMPLE + 1e-9), name
    assert list(scope["curves"].columns) == ["run", "metric", "epoch", "value"]
    assert len(scope["curves"]) == 480 * 2 * 100


def test_the_tables_are_those_of_what_is_registered():
    assert filled(README) == README, "run `make readme`"
    assert "| `activation` | sigmoid, tanh," in README
    assert "| `gradient_norm/layer_N` | length of one layer's part of it | \\|(dC/dW[N], dC/db[N])\\| |" in README


def test_every_file_that_is_pointed_to_exists():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 3
    for target in targets:
        assert (project_root() / target).exists(), target


def test_contributing_shows_an_activation_that_works():
    text = Path(project_root() / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    program = (
        "import numpy as np\nfrom chainrule.components.activations import *\n"
        "from chainrule.components.activations import Array, component, logistic\n"
        f"{code}\n"
        "import chainrule as cr\n"
        "w, b = cr.initialize('xavier_normal', [2, 4, 1], seed=0)\n"
        "X = np.array([[0.5, -1.0], [2.0, 0.3]])\n"
        "error = cr.gradient_check(w, b, X, [[0.0], [1.0]], activation='swish_half', method='complex')\n"
        "assert error < 1e-12, error\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
