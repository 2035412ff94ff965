"""The walk as one page that needs nothing but itself: no script, no font, no picture from elsewhere.

Without its script it is whole; with it, what can be played with comes to life.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping

from jinja2 import Environment
from markupsafe import Markup, escape

from chainrule.explain.drawing import marks, network_layout, panels
from chainrule.explain.mathml import equation
from chainrule.explain.walk import Cell, Walk, as_data, kind
from chainrule.formats import number
from chainrule.html.environment import environment
from chainrule.html.script import script

_UNIT = r"[xho]\d*(?:\.\d+)?"
# The page's modules, each after those it imports: joined into one, a page opened from a file needs no other.
SCRIPTS = ("functions", "network", "writing", "neuron", "playground", "main")
SYMBOL = re.compile(rf"\b[abwyz]_{_UNIT}(?:→{_UNIT})?")  # the names that `Subject` gives


def as_page(walk: Walk) -> str:
    """A complete HTML document."""
    return _environment().get_template("page.html").render(walk=walk)


@functools.cache
def _environment() -> Environment:
    own = environment("chainrule.explain")
    own.filters |= {
        "equation": equation,
        "minus": lambda text: text.replace("-", "−"),
        "number": number,
        "overrides": _overrides,
        "prose": _prose,
        "sides": _sides,
        "typeset": _typeset,
    }
    own.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    own.globals |= {
        "kind": kind,
        "marks": marks,
        "network_layout": network_layout,
        "as_data": as_data,
        "panels": panels,
        "script": functools.partial(script, "chainrule.explain", *SCRIPTS),
    }
    return own


def _overrides(settings: Mapping[str, object]) -> str:
    """Settings as they are given on the command line."""
    values = {k: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for k, v in settings.items()}
    return " ".join(f"{key}={value}" for key, value in values.items())


def _prose(text: str) -> Markup:
    """A paragraph: *stars* mark emphasis, `backticks` what is typed."""
    strong = re.sub(r"\*([^*]+)\*", r"<strong>\1</strong>", str(_typeset(text)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", strong))


def _sides(text: str) -> list[str]:
    """An equation cut before each equals and plus sign outside brackets."""
    sides, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character in "=+" and depth == 0:
            sides.append("")
        sides[-1] += character
    return [side.strip() for side in sides if side.strip()]


def _typeset(cell: Cell) -> Markup:
    """Escaped text with numbers and symbols as typesetters set them: a true minus, powers, lowered indices."""
    text = str(escape(cell if isinstance(cell, str) else number(cell)))
    text = re.sub(r"(?<![\w.])-(?=\d)", "−", text)
    text = re.sub(r"(?<=\d)e([-+]\d+)", lambda m: f"&#8239;×&#8239;10<sup>{int(m[1])}</sup>".replace("-", "−"), text)
    text = re.sub(r"\^(\d+)", r"<sup>\1</sup>", text)
    return Markup(SYMBOL.sub(lambda m: equation(m[0]), text))
