"""A study's folder: README and figures, written from its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chainrule.figures.style import save
from chainrule.studies.base import Experiment, Picture
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding
from chainrule.study import Study

HEADER = ("what", "published", "measured", "tolerance", "reproduced")


def write(experiment: Experiment, study: Study, evidence: Evidence, folder: Path) -> list[Finding]:
    """Write the study's README and figures into `folder`; returns the findings."""
    findings = experiment.findings(evidence)
    pictures = list(experiment.pictures(evidence))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for picture in pictures:
        save(picture.figure, folder / picture.file)
    text = readme(experiment, study, experiment.answer(evidence), findings, pictures)
    (folder / "README.md").write_text(text, encoding="utf-8")
    return findings


def readme(
    experiment: Experiment, study: Study, answer: str, findings: Sequence[Finding], pictures: Sequence[Picture]
) -> str:
    """The README as Markdown; the same shape for every study."""
    failed = sum(not finding.reproduced for finding in findings)
    verdict = "all reproduced" if not failed else f"{failed} of {len(findings)} not reproduced"
    first, *others = pictures
    parts = [
        f"# {experiment.title}",
        f"**Question.** {(study.question or '').strip()}",
        f"```\nchainrule studies {experiment.name}\n```",
        "runs the sweeps of "
        f"[`conf/study/{experiment.name}.yaml`](../../conf/study/{experiment.name}.yaml), reads the recorded runs back "
        "and writes this page.",
        f"![{first.caption}]({first.file})",
        f"*{first.caption}*",
        f"## Answer\n\n{answer.strip()}",
        f"## Published against measured: {verdict}\n\n{table(findings)}",
        *(f"![{picture.caption}]({picture.file})\n\n*{picture.caption}*" for picture in others),
        f"## Set-up\n\n{experiment.setup.strip()}",
        f"Source: {experiment.source}",
    ]
    return "\n\n".join(parts) + "\n"


def table(findings: Sequence[Finding]) -> str:
    """The findings as a Markdown table."""
    rows = [HEADER, ("---",) * len(HEADER)]
    for finding in findings:
        verdict = "yes" if finding.reproduced else "**no**"
        rows.append((finding.quantity, finding.published, finding.measured, finding.tolerance, verdict))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
