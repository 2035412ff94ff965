"""The walk as plain text of at most 100 columns; bold and colour only help, they carry no meaning of their own."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import singledispatchmethod

from chainrule.explain.bars import log_fractions
from chainrule.explain.walk import (
    Block,
    Cell,
    Chain,
    Curve,
    Equation,
    Factor,
    Picture,
    Prose,
    Relay,
    Role,
    Table,
    Walk,
    Working,
)
from chainrule.formats import number

WIDTH = 96
INDENT = "    "
BAR = 24
ASIDE = 66  # where the meaning of a line of arithmetic stands
PLOT_HEIGHT, PLOT_WIDTH = 13, 73
COLOURS: dict[Role, str] = {"error": "33", "slope": "36", "input": "32", "product": "1"}


class Terminal:
    """Renders a walk; `styled` adds ANSI bold and colour."""

    def __init__(self, styled: bool) -> None:
        self.styled = styled

    def render(self, walk: Walk) -> str:
        """The whole text, ending in a newline."""
        lines = [self._bold(walk.title), "", *_wrapped(walk.question), ""]
        for count, chapter in enumerate(walk.chapters, 1):
            heading = f"{count}. {chapter.title}"
            lines += ["", self._bold(heading), "─" * len(heading), ""]
            for block in chapter.blocks:
                lines += [*self._block(block), ""]
        return "\n".join(lines)

    @singledispatchmethod
    def _block(self, block: Block) -> Iterator[str]:
        raise TypeError(block)

    @_block.register
    def _(self, block: Prose) -> Iterator[str]:
        text = "\n".join(_wrapped(block.text))
        yield from re.sub(r"\*([^*]+)\*", lambda m: self._emphasis(m[1]), text).split("\n")

    @_block.register
    def _(self, block: Equation) -> Iterator[str]:
        yield INDENT + block.text

    @_block.register
    def _(self, block: Working) -> Iterator[str]:
        for line in block.lines:
            parts = [part for part in (line.symbol, line.formula, line.arithmetic, number(line.value)) if part]
            whole = INDENT + " = ".join(parts)
            if len(whole) <= ASIDE and ASIDE + 2 + len(line.meaning) <= WIDTH:
                yield f"{whole:<{ASIDE}}  {line.meaning}".rstrip()
            else:
                yield from textwrap.wrap(f"{whole}   {line.meaning}", WIDTH, subsequent_indent=INDENT * 2)

    @_block.register
    def _(self, block: Chain) -> Iterator[str]:
        factors = [*block.factors, block.product]
        symbols = max(len(f.symbol) for f in factors)
        formulas = max(len(f.formula) for f in block.factors)
        for count, factor in enumerate(block.factors):
            sign = "×" if count else " "
            head = f"  {sign} {factor.symbol:<{symbols}} = {factor.formula:<{formulas}} = "
            yield head + self._coloured(number(factor.value), factor.role)
            yield from self._explained(factor)
        yield INDENT + "─" * (symbols + formulas + 14)
        head = f"  = {block.product.symbol:<{symbols}}   {'the product':<{formulas}} = "
        yield head + self._coloured(number(block.product.value), "product")
        yield from self._explained(block.product)

    def _explained(self, factor: Factor) -> Iterator[str]:
        inset = INDENT + "    "
        yield from textwrap.wrap(factor.meaning, WIDTH, initial_indent=inset, subsequent_indent=inset)
        wiggle = factor.wiggle
        text = (
            f"wiggle: move {wiggle.moved} by {number(wiggle.by)}, and {wiggle.answer} moves by "
            f"{number(wiggle.answered)}; ratio {number(wiggle.ratio)}"
        )
        if not factor.confirmed:
            text += " (the curve has a corner here, or is too flat to measure: the two need not agree)"
        yield from textwrap.wrap(text, WIDTH, initial_indent=inset, subsequent_indent=inset + "  ")

    @_block.register
    def _(self, block: Relay) -> Iterator[str]:
        for stage in block.stages:
            if stage.ratio is not None:
                ratio = self._coloured(f"{number(stage.ratio):<8}", stage.role)
                yield f"{INDENT}│  × {ratio} that is {stage.factor}"
            yield f"{INDENT}{stage.symbol} moves by {number(stage.moved)}"

    @_block.register
    def _(self, block: Table) -> Iterator[str]:
        yield from _wrapped(block.caption, INDENT)
        cells = [block.columns, *[tuple(_cell(cell) for cell in row) for row in block.rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(block.columns))]
        numeric = [all(not isinstance(row[i], str) for row in block.rows) for i in range(len(widths))]
        used = len(INDENT) + sum(widths) + 2 * len(widths)
        bars = _bars(block, min(BAR, WIDTH - used)) if block.bars else [""] * len(block.rows)
        for row, bar in zip(cells, ["", *bars], strict=True):
            texts = [
                f"{text:>{width}}" if right else f"{text:<{width}}"
                for text, width, right in zip(row, widths, numeric, strict=True)
            ]
            yield f"{INDENT}{'  '.join(texts)}  {bar}".rstrip()
            if row is cells[0]:
                yield INDENT + "  ".join("─" * width for width in widths)

    @_block.register
    def _(self, block: Curve) -> Iterator[str]:
        yield from _wrapped(block.caption, INDENT)
        yield from plot(block)
        for mark, point in zip(_marks(block), block.points, strict=True):
            yield (
                f"{INDENT}{mark} {point.label}: z = {number(point.z)}, {block.value_name} = "
                f"{number(point.output)}, {block.slope_name} = {number(point.slope)}"
            )

    @_block.register
    def _(self, block: Picture) -> Iterator[str]:
        for column, hidden in zip(block.layers, block.left_out, strict=True):
            names = [f"[{unit.label}]" if unit.on_path else unit.label for unit in column]
            more = f"  and {hidden} more" if hidden else ""
            arrow = "   " if column is block.layers[0] else "→  "
            yield from textwrap.wrap(
                arrow + "  ".join(names) + more, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + "   "
            )
        yield f"{INDENT}({block.caption}, in brackets)"

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.styled else text

    def _emphasis(self, text: str) -> str:
        # a wrapped emphasis is set line by line, so that a pager never carries it over
        return "\n".join(self._bold(part) for part in text.split("\n"))

    def _coloured(self, text: str, role: Role) -> str:
        return f"\x1b[{COLOURS[role]}m{text}\x1b[0m" if self.styled else text


def plot(block: Curve) -> Iterator[str]:
    """f as dots, its slope as small circles, the points as letters on both."""
    low, high = min(*block.outputs, *block.slopes), max(*block.outputs, *block.slopes)
    grid = [[" "] * PLOT_WIDTH for _ in range(PLOT_HEIGHT)]

    def place(z: float, value: float, mark: str) -> None:
        along = (z - block.z[0]) / (block.z[-1] - block.z[0])
        column = round(min(max(along, 0.0), 1.0) * (PLOT_WIDTH - 1))
        up = (value - low) / (high - low)
        grid[PLOT_HEIGHT - 1 - round(min(max(up, 0.0), 1.0) * (PLOT_HEIGHT - 1))][column] = mark

    for z, output, slope in zip(block.z, block.outputs, block.slopes, strict=True):
        place(z, slope, "°")
        place(z, output, "·")
    for mark, point in zip(_marks(block), block.points, strict=True):
        place(point.z, point.output, mark)
        place(point.z, point.slope, mark)
    for count, row in enumerate(grid):
        value = high - (high - low) * count / (PLOT_HEIGHT - 1)
        yield f"{INDENT}{value:>6.2f} │{''.join(row)}".rstrip()
    left, right = f"z = {number(block.z[0])}", number(block.z[-1])
    yield f"{INDENT}       └{'─' * PLOT_WIDTH}"
    yield f"{INDENT}        {left}{right:>{PLOT_WIDTH - len(left)}}"
    yield f"{INDENT}        · {block.value_name}    ° its slope {block.slope_name}, at most {number(block.ceiling)}"


def _marks(block: Curve) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(block.points)]


def _bars(block: Table, longest: int) -> list[str]:
    """A logarithmic bar for each row's value in the column that asks for bars."""
    return ["" if share is None else "█" * max(1, round(longest * share)) for share in log_fractions(block)]


def _cell(cell: Cell) -> str:
    return cell if isinstance(cell, str) else number(cell)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
