"""The walk as one page that needs nothing but itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import json
import re
from functools import singledispatch
from html import escape

from chainrule.explain.bars import log_fractions
from chainrule.explain.drawing import curve_svg, picture_svg
from chainrule.explain.mathml import equation
from chainrule.explain.style import CSS
from chainrule.explain.walk import (
    Block,
    Cell,
    Chain,
    Chapter,
    Curve,
    Equation,
    Factor,
    Picture,
    Prose,
    Relay,
    Stage,
    Table,
    Walk,
    Working,
)
from chainrule.formats import number

_UNIT = r"[xho]\d*(?:\.\d+)?"
SYMBOL = re.compile(rf"\b[abwyz]_{_UNIT}(?:→{_UNIT})?")  # the names that `Subject` gives


def as_page(walk: Walk) -> str:
    """A complete HTML document."""
    contents = "".join(f'<li><a href="#{c.key}">{escape(c.title)}</a></li>' for c in walk.chapters)
    chapters = "\n".join(_chapter(count, chapter) for count, chapter in enumerate(walk.chapters, 1))
    settings = " ".join(
        f"{key}={value if isinstance(value, str) else json.dumps(value, separators=(',', ':'))}"
        for key, value in walk.settings.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(walk.title)}</title>
<style>{CSS}</style>
</head>
<body>
<header>
<h1>{escape(walk.title)}</h1>
<blockquote>{escape(walk.question)}</blockquote>
<nav aria-label="Contents"><details><summary>{len(walk.chapters)} steps</summary><ol>{contents}</ol></details></nav>
</header>
<main>
{chapters}
</main>
<footer>
<p>Every number on this page was computed while it was made, by chainrule's own backpropagation and by finite
differences of its forward pass. The network: <code>{escape(settings)}</code></p>
</footer>
</body>
</html>
"""


def _chapter(count: int, chapter: Chapter) -> str:
    blocks = "\n".join(_block(block) for block in chapter.blocks)
    heading = f'<h2><span class="count">STEP {count}</span>{escape(chapter.title)}</h2>'
    return f'<section id="{chapter.key}" aria-label="{escape(chapter.title)}">{heading}\n{blocks}</section>'


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(block)


@_block.register
def _(block: Prose) -> str:
    text = re.sub(r"\*([^*]+)\*", r"<strong>\1</strong>", _typeset(block.text))
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return f"<p>{marked}</p>"


@_block.register
def _(block: Equation) -> str:
    return f'<div class="equation">{equation(block.text, display=True)}</div>'


@_block.register
def _(block: Working) -> str:
    lines = []
    for line in block.lines:
        parts = [part for part in (line.symbol, line.formula, line.arithmetic, number(line.value)) if part]
        sums = _sides(" = ".join(parts))
        lines.append(f'<li><span class="sum">{sums}</span><span class="note">{_typeset(line.meaning)}</span></li>')
    return f'<ul class="working">{"".join(lines)}</ul>'


@_block.register
def _(block: Chain) -> str:
    return f'<ol class="chain">{"".join(_factor(factor) for factor in (*block.factors, block.product))}</ol>'


def _sides(text: str) -> str:
    """An equation that may break before each equals and plus sign outside brackets, which MathML by itself does "
    "not."""
    pieces, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character in "=+" and depth == 0:
            pieces.append("")
        pieces[-1] += character
    return " ".join(f"<span>{equation(piece.strip())}</span>" for piece in pieces if piece.strip())


def _factor(factor: Factor) -> str:
    wiggle = factor.wiggle
    doubt = "" if factor.confirmed else " The curve has a corner here, or is too flat to measure: they need not agree."
    return (
        f'<li class="{factor.role}"><div class="name">{_sides(f"{factor.symbol} = {factor.formula}")}</div>'
        f'<div class="value">{_typeset(number(factor.value))}</div>'
        f'<p class="meaning">{_typeset(factor.meaning)}</p>'
        f'<p class="wiggle">Move {equation(wiggle.moved)} by {_typeset(number(wiggle.by))}, and '
        f"{equation(wiggle.answer)} moves by {_typeset(number(wiggle.answered))}: "
        f"ratio <b>{_typeset(number(wiggle.ratio))}</b>.{doubt}</p></li>"
    )


@_block.register
def _(block: Relay) -> str:
    return f'<ol class="relay">{"".join(_stage(stage) for stage in block.stages)}</ol>'


def _stage(stage: Stage) -> str:
    gear = ""
    if stage.ratio is not None:
        ratio = _typeset(number(stage.ratio))
        gear = f'<div class="gear {stage.role}">×&#8239;{ratio}<i></i><small>{escape(stage.factor)}</small></div>'
    moved = _typeset(number(stage.moved))
    return (
        f'<li>{gear}<div class="stop"><b>{escape(stage.symbol)}</b><span>moves by</span><span>{moved}</span></div></li>'
    )


@_block.register
def _(block: Table) -> str:
    numeric = [all(not isinstance(row[i], str) for row in block.rows) for i in range(len(block.columns))]
    bars: list[float | None] = log_fractions(block) if block.bars else [None] * len(block.rows)
    heads = "".join(
        f'<th scope="col"{_right(right)}>{escape(name)}</th>'
        for name, right in zip(block.columns, numeric, strict=True)
    )
    spare = '<td class="bars"></td>' if block.bars else ""
    rows = "".join(
        f"<tr>{''.join(_cell(i, cell, numeric[i]) for i, cell in enumerate(row))}{_bar(bar) or spare}</tr>"
        for row, bar in zip(block.rows, bars, strict=True)
    )
    caption = block.caption + ("; bars: the same on a logarithmic scale" if block.bars else "")
    return (
        f'<figure><figcaption>{_typeset(caption)}</figcaption><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(block.caption)}"><table><thead><tr>{heads}{spare}</tr></thead><tbody>{rows}</tbody>'
        "</table></div></figure>"
    )


def _cell(place: int, cell: Cell, right: bool) -> str:
    text = _typeset(cell if isinstance(cell, str) else number(cell))
    return f'<th scope="row">{text}</th>' if place == 0 and not right else f"<td{_right(right)}>{text}</td>"


def _right(right: bool) -> str:
    return ' class="number"' if right else ""


def _bar(share: float | None) -> str:
    return "" if share is None else f'<td class="bars"><span style="width:{100 * share:.1f}%"></span></td>'


@_block.register
def _(block: Curve) -> str:
    where = "; ".join(
        f"{p.label}: z = {number(p.z)}, {block.value_name} = {number(p.output)}, {block.slope_name} = {number(p.slope)}"
        for p in block.points
    )
    return f"<figure>{curve_svg(block)}<figcaption>{escape(block.caption)}. {_typeset(where)}</figcaption></figure>"


@_block.register
def _(block: Picture) -> str:
    caption = f"{block.caption[0].upper()}{block.caption[1:]}, in colour. The fuller a unit, the steeper its slope."
    return f"<figure>{picture_svg(block)}<figcaption>{escape(caption)}</figcaption></figure>"


def _typeset(text: str) -> str:
    """Escaped text with numbers and symbols as typesetters set them: a true minus, powers, lowered indices."""
    text = re.sub(r"(?<![\w.])-(?=\d)", "−", escape(text))
    text = re.sub(
        r"(?<=\d)e([-+]\d+)", lambda m: f"&#8239;×&#8239;10<sup>{str(int(m[1])).replace('-', '−')}</sup>", text
    )
    text = re.sub(r"\^(\d+)", r"<sup>\1</sup>", text)
    return SYMBOL.sub(lambda m: equation(m[0]), text)
