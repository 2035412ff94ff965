"""README's tables of what can be chosen, asked and recorded, written from what there is: `make readme`."""

from __future__ import annotations

import chainrule.datasets  # noqa: F401  # importing it registers the datasets
from chainrule import markdown
from chainrule.components import kinds, names
from chainrule.core.curves import curve_names
from chainrule.paths import project_root
from chainrule.record.metrics import metric_dictionary
from chainrule.studies.discover import experiments, load_all
from chainrule.studies.page import OWN_QUESTION


def choices() -> str:
    """The registered names by the config key that chooses them."""
    rows = [(f"`{kind}`", ", ".join(names(kind))) for kind in kinds() if kind != "backward"]
    rows.append(("`backward.hidden`, `backward.output`", ", ".join(names("backward"))))
    rows.append(("`record.curves`", ", ".join(curve_names())))
    return markdown.table(("key", "names"), rows)


def metrics() -> str:
    """The dictionary of recorded metrics."""
    rows = [(f"`{metric.key}`", metric.meaning, metric.formula) for metric in metric_dictionary()]
    return markdown.table(("metric", "meaning", "formula"), rows)


def studies() -> str:
    """The questions of experiments/, with who asked first."""
    rows = [
        (f"[{analysis.title}](experiments/{name}/README.md)", analysis.citation or OWN_QUESTION)
        for name, analysis in load_all(experiments()).items()
    ]
    return markdown.table(("question", "after"), rows)


TABLES = {"choices": choices, "studies": studies, "metrics": metrics}


def filled(text: str) -> str:
    """`text` with each table anew between its two marks, such as <!-- choices --> and <!-- end of choices -->."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        old, _, after = rest.partition(end)
        assert old, f"README has no place for the table of {name}"
        text = f"{before}{begin}{table()}{end}{after}"
    return text


if __name__ == "__main__":
    path = project_root() / "README.md"
    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
