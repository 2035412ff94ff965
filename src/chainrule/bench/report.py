"""The benchmark's results on disk: numbers as JSON, a picture, and the README's table made from the JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chainrule.bench.rows import Row
from chainrule.bench.table import markdown_table

RESULTS, PICTURE, README = "results.json", "benchmark.png", "README.md"
BEGIN, END = "<!-- made by `chainrule bench` from results.json -->", "<!-- until here -->"


def write(folder: Path, rows: Sequence[Row], machine: Mapping[str, Any]) -> None:
    """Write results and picture into `folder`, and the table into its README where that has a place for it."""
    from chainrule.bench.picture import draw
    from chainrule.figures.style import save

    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "rows": [asdict(row) for row in rows]}
    (folder / RESULTS).write_text(json.dumps(content, indent=1) + "\n")
    save(draw(rows, machine), folder / PICTURE)
    fill_readme(folder)


def fill_readme(folder: Path) -> None:
    """Put the table of `results.json` between the README's two marks."""
    readme = folder / README
    if not readme.exists():
        return
    content = json.loads((folder / RESULTS).read_text())
    made = f"{BEGIN}\n\n{_markdown(content)}\n\n{END}"
    text = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: made, readme.read_text(), flags=re.DOTALL)
    readme.write_text(text)


def _markdown(content: Mapping[str, Any]) -> str:
    rows = [Row(**{**row, "ours": tuple(row["ours"]), "theirs": tuple(row["theirs"])}) for row in content["rows"]]
    machine = ", ".join(f"{key} {value}" for key, value in content["machine"].items())
    return f"{markdown_table(rows)}\n\nMeasured on: {machine}."
