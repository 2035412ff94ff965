"""The pages of experiments/: a study's README and pictures, and the list of all studies."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from chainrule import markdown
from chainrule.figures.style import save, sentence
from chainrule.studies.analysis import Analysis, Picture
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding
from chainrule.study import Study

M = TypeVar("M")
HEADER = ("what", "published", "measured", "tolerance", "reproduced")
OWN_QUESTION = "this project's own question"
_SHORT = "**In short.** "  # opens the line of a page that the list of all studies repeats


def write(analysis: Analysis[M], study: Study, evidence: Evidence, folder: Path, config: Path) -> list[Finding]:
    """Write the study's README and pictures into `folder`; returns the findings. `config` is the study's YAML."""
    measured = analysis.measure(evidence)
    findings, pictures = analysis.findings(measured), list(analysis.pictures(measured))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for picture in pictures:
        save(picture.figure, folder / picture.file)
    short = f"{_SHORT}{_one_line(analysis.summary(measured))}"
    answer = f"{short}\n\n{analysis.answer(measured).strip()}"
    link = Path(os.path.relpath(config.resolve(), folder.resolve())).as_posix()
    text = _readme(analysis, study, link, answer, findings, pictures)
    (folder / "README.md").write_text(text, encoding="utf-8")
    return findings


def _readme(
    analysis: Analysis[Any],
    study: Study,
    link: str,
    answer: str,
    findings: Sequence[Finding],
    pictures: Sequence[Picture],
) -> str:
    """The README as Markdown, the same form for every study; `link` leads from it to the study's YAML."""
    failed = sum(not finding.reproduced for finding in findings)
    verdict = "all reproduced" if not failed else f"{failed} of {len(findings)} not reproduced"
    published = "published" if analysis.source else "expected"
    shown = [f"![{picture.caption}]({picture.file})\n\n*{picture.caption}*" for picture in pictures]
    sections = [
        f"# {analysis.title}",
        f"**Question.** {_one_line(study.question or '')}",
        f"```\nchainrule studies {study.name}\n```",
        f"runs the sweeps of [`conf/study/{study.name}.yaml`]({link}), reads the recorded runs back and writes this "
        "page.",
        *shown[:1],
        f"## Answer\n\n{answer}",
        f"## {published.capitalize()} against measured: {verdict}\n\n{_table(findings, published)}",
        *shown[1:],
        f"## Set-up\n\n{analysis.setup.strip()}",
        f"Source: {analysis.source or f'none, this is {OWN_QUESTION}.'}",
    ]
    return "\n\n".join(sections) + "\n"


def write_list(folder: Path, analyses: Mapping[str, Analysis[Any]]) -> None:
    """Write `folder`/README.md: every study that has a page, in the order given, with its answer in one sentence."""
    entries = [
        f"### [{analysis.title}]({name}/README.md)\n\n{_short(folder / name / 'README.md')}\n\n"
        f"*{sentence(analysis.citation or OWN_QUESTION)}.*"
        for name, analysis in analyses.items()
        if (folder / name / "README.md").exists()
    ]
    lead = (
        "# Questions and answers\n\nEach folder holds one question: the answer, what was published against what was "
        "measured, the pictures. `chainrule studies` runs them all and writes these pages from the recorded runs; "
        "`chainrule studies NAME` runs one, named like its folder."
    )
    beside = sorted(page.parent.name for page in folder.glob("*/README.md") if page.parent.name not in analyses)
    if beside:
        entries.append(f"Beside the questions: {', '.join(f'[{name}]({name}/README.md)' for name in beside)}.")
    (folder / "README.md").write_text("\n\n".join([lead, *entries]) + "\n", encoding="utf-8")


def _table(findings: Sequence[Finding], published: str) -> str:
    verdict = {True: "yes", False: "**no**"}
    header = [published if word == "published" else word for word in HEADER]
    rows = [(f.quantity, f.published, f.measured, f.tolerance, verdict[f.reproduced]) for f in findings]
    return markdown.table(header, rows)


def _short(page: Path) -> str:
    found = re.search(rf"^{re.escape(_SHORT)}(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
