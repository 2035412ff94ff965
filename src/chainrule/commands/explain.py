"""`chainrule explain`: the chain rule step by step, as text, as a page or as JSON."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from chainrule.arguments import Parser
from chainrule.errors import InputError
from chainrule.paths import project_root

SUMMARY = "the chain rule step by step: chainrule explain dataset=iris hidden=[4] sample=3"
ORDER = 4
DESCRIPTION = """\
What is the derivative of the sigmoid for? The chain rule step by step, with real numbers, each
factor measured as well as calculated.

Without a KEY=VALUE: the full answer, from one neuron to two layers to many.
With one: a walk through that network and sample, forwards and backwards.
With run=ID: the same for a recorded run, from the weights that were kept of it; epoch=N is one of
its recorded epochs (record.parameters=all keeps them all), by default the last."""


def main(argv: Sequence[str]) -> int:
    """Explain on standard output; returns 0. Raises InputError for wrong input."""
    options = _options(argv)
    from chainrule.explain.explanation import full_answer, network_walk, run_walk
    from chainrule.explain.request import Request, nested
    from chainrule.explain.terminal import show
    from chainrule.explain.walk import as_json
    from chainrule.terminal import output

    given = nested(options.overrides)
    if "run" in given:
        from chainrule.explain.recorded import recorded_run

        walk = run_walk(recorded_run(given, options.uri))
    else:
        walk = network_walk(Request.of(given)) if given else full_answer()
    if options.json:
        sys.stdout.write(as_json(walk))
    if options.html is not None:
        from chainrule.explain.page import as_page

        page = _write(options.html, as_page(walk))
        (sys.stderr if options.json else sys.stdout).write(f"{page}\n")
    if not options.json and options.html is None:
        show(walk, output())
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(
        "explain",
        description=DESCRIPTION,
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="what to explain")
    default = project_root() / "outputs" / "explain.html"
    parser.add_argument(
        "--html",
        nargs="?",
        type=Path,
        const=default,
        metavar="PATH",
        help="write a page that needs no network instead of text (default: outputs/explain.html of the project)",
    )
    parser.add_argument("--uri", help="the MLflow store of run=ID; default: the project's own")
    parser.add_argument("--json", action="store_true", help="print the walk as data instead of text")
    options = parser.read(argv)
    if options.html is not None and "=" in str(options.html):  # --html took what was meant as a setting
        options.overrides.insert(0, str(options.html))
        options.html = default
    return options


def _epilog() -> str:
    from chainrule.explain.request import DEFAULTS
    from chainrule.explain.walk import KEYS

    defaults = textwrap.fill(", ".join(f"{key}={value}".replace(" ", "") for key, value in DEFAULTS.items()), 96)
    return f"""\
keys and their defaults (fields of a component with a dot: init.scale=2, dataset.noise=0.3):
{textwrap.indent(defaults, "  ")}

examples:
  chainrule explain dataset=iris hidden=[4] sample=3
  chainrule explain dataset=digits hidden=[30] output=softmax cost=cross_entropy --html
  chainrule explain run=ID epoch=100 sample=3
  chainrule explain --json

{KEYS}"""


def _write(path: Path, page: str) -> Path:
    path = path.expanduser().resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError("--html", path, f"can't be written: {error.strerror}") from None
    return path
