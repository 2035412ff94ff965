"""The pages of experiments/: a study's README and pictures, and the list of all studies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from chainrule import markdown
from chainrule.figures.style import save
from chainrule.studies.analysis import Analysis, Picture
from chainrule.studies.discover import load, names
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding
from chainrule.study import Study

M = TypeVar("M")
HEADER = ("what", "published", "measured", "tolerance", "reproduced")
_SHORT = "**In short.** "  # opens the line of a page that the list of all studies repeats


def write(analysis: Analysis[M], study: Study, evidence: Evidence, folder: Path) -> list[Finding]:
    """Write the study's README and pictures into `folder`; returns the findings."""
    measured = analysis.measure(evidence)
    findings, pictures = analysis.findings(measured), list(analysis.pictures(measured))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for picture in pictures:
        save(picture.figure, folder / picture.file)
    answer = f"{_SHORT}{_one_line(analysis.summary(measured))}\n\n{analysis.answer(measured).strip()}"
    (folder / "README.md").write_text(readme(analysis, study, answer, findings, pictures), encoding="utf-8")
    return findings


def readme(
    analysis: Analysis[Any], study: Study, answer: str, findings: Sequence[Finding], pictures: Sequence[Picture]
) -> str:
    """The README as Markdown; the same form for every study."""
    failed = sum(not finding.reproduced for finding in findings)
    verdict = "all reproduced" if not failed else f"{failed} of {len(findings)} not reproduced"
    first, *others = pictures
    sections = [
        f"# {analysis.title}",
        f"**Question.** {_one_line(study.question or '')}",
        f"```\nchainrule studies {study.name}\n```",
        f"runs the sweeps of [`conf/study/{study.name}.yaml`](../../conf/study/{study.name}.yaml), reads the recorded "
        "runs back and writes this page.",
        f"![{first.caption}]({first.file})",
        f"*{first.caption}*",
        f"## Answer\n\n{answer}",
        f"## Published against measured: {verdict}\n\n{_table(findings)}",
        *(f"![{picture.caption}]({picture.file})\n\n*{picture.caption}*" for picture in others),
        f"## Set-up\n\n{analysis.setup.strip()}",
        f"Source: {analysis.source}",
    ]
    return "\n\n".join(sections) + "\n"


def write_list(folder: Path) -> None:
    """Write `folder`/README.md: every study with a page, in their order, with its answer in one line."""
    studies = sorted(((name, load(folder, name)) for name in names(folder)), key=lambda pair: pair[1].order)
    rows = [
        (f"[{analysis.title}]({name}/README.md)", _short(folder / name / "README.md"), analysis.citation)
        for name, analysis in studies
        if (folder / name / "README.md").exists()
    ]
    lead = (
        "# Questions and answers\n\nEach folder holds one question: what was measured, the answer, the pictures. "
        "`make studies` runs them all and writes these pages from the recorded runs; `make studies ARGS=NAME` runs one."
    )
    text = f"{lead}\n\n{markdown.table(('question', 'answer', 'source'), rows)}\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def _table(findings: Sequence[Finding]) -> str:
    verdict = {True: "yes", False: "**no**"}
    return markdown.table(
        HEADER, [(f.quantity, f.published, f.measured, f.tolerance, verdict[f.reproduced]) for f in findings]
    )


def _short(page: Path) -> str:
    found = re.search(rf"^{re.escape(_SHORT)}(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
