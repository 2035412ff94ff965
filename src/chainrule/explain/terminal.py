"""The walk in the terminal, as wide as that is; bold and colour only help, they carry no meaning of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import singledispatch

from rich import box
from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from chainrule.explain import walk
from chainrule.explain.walk import Factor, Point, Role, Walk
from chainrule.formats import number

WIDEST = 120  # longer lines are hard to read
INDENT = 4
SHORTEST_BAR, LONGEST_BAR = 8, 24
PLOT_HEIGHT, PLOT_WIDTH, PLOT_MARGIN = 13, 73, 8
SHADES = "·░▒▓█"  # from white to black; a dot shows that there is a pixel
STYLES: dict[Role, str] = {"error": "yellow", "slope": "cyan", "input": "green", "product": "bold"}


def show(explanation: Walk, console: Console) -> None:
    """Print the whole walk, a block and then an empty line."""
    width = min(console.width, WIDEST)

    def paragraph(*renderables: RenderableType) -> None:
        for segments in console.render_lines(Group(*renderables, ""), console.options.update(width=width), pad=False):
            line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
            line.rstrip()  # rich fills lines up with spaces
            console.print(line, soft_wrap=True)

    paragraph(Text(explanation.title, style="bold"))
    paragraph(Text(explanation.question))
    for count, chapter in enumerate(explanation.chapters, 1):
        heading = f"{count}. {chapter.title}"
        paragraph("", Text(heading, style="bold"), Text("─" * min(len(heading), width)))
        for block in chapter.blocks:
            paragraph(*_lines(block, width))


@singledispatch
def _lines(block: walk.Block, width: int) -> Iterator[RenderableType]:
    raise TypeError(block)


@_lines.register
def _(block: walk.Prose, width: int) -> Iterator[RenderableType]:
    yield _emphasised(block.text)


@_lines.register
def _(block: walk.Equation, width: int) -> Iterator[RenderableType]:
    yield _indented(block.text)


@_lines.register
def _(block: walk.Working, width: int) -> Iterator[RenderableType]:
    rows = []
    for line in block.lines:
        formulas = " = ".join(filter(None, (line.formula, line.arithmetic)))
        rows.append([line.symbol, f"= {formulas}", f"= {number(line.value)}", line.meaning])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if INDENT + sum(widths) + 2 * len(widths) > width:  # what has no room side by side is told in one flow
        rows = [[symbol, "  ".join(rest)] for symbol, *rest in rows]
    grid = Table.grid(*(Column(overflow="fold") for _ in rows[0]), padding=(0, 2))
    for row in rows:
        grid.add_row(*map(Text, row))
    yield _indented(grid)


@_lines.register
def _(block: walk.Chain, width: int) -> Iterator[RenderableType]:
    symbols = max(len(factor.symbol) for factor in (*block.factors, block.product))
    formulas = max(len(factor.formula) for factor in block.factors)

    def head(sign: str, factor: Factor, formula: str) -> Text:
        text = f"  {sign} {factor.symbol:<{symbols}} {formula:<{formulas + 2}} = "
        return Text.assemble(text, (number(factor.value), STYLES[factor.role]))

    for count, factor in enumerate(block.factors):
        yield head("×" if count else " ", factor, f"= {factor.formula}")
        yield from _explained(factor)
    yield _indented("─" * (symbols + formulas + 14))
    yield head("=", block.product, "  the product")
    yield from _explained(block.product)


def _explained(factor: Factor) -> Iterator[RenderableType]:
    measured = factor.finite_difference
    text = (
        f"wiggle: move {measured.moved} by {number(measured.by)}, and {measured.answer} moves by "
        f"{number(measured.answered)}; ratio {number(measured.ratio)}"
    )
    if not factor.confirmed:
        text += " (the curve has a corner here, or is too flat to measure: the two need not agree)"
    yield _indented(factor.meaning, 2 * INDENT)
    yield _indented(text, 2 * INDENT)


@_lines.register
def _(block: walk.Propagation, width: int) -> Iterator[RenderableType]:
    for stage in block.stages:
        if stage.ratio is not None:
            ratio = (f"{number(stage.ratio):<8}", STYLES[stage.role])
            yield _indented(Text.assemble("│  × ", ratio, f" that is {stage.factor}"))
        yield _indented(f"{stage.symbol} moves by {number(stage.moved)}")


@_lines.register
def _(block: walk.Table, width: int) -> Iterator[RenderableType]:
    yield _indented(block.caption)
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    cells = [[Text(cell if isinstance(cell, str) else number(cell)) for cell in row] for row in block.rows]
    room = width - INDENT
    for name, is_numeric, *column in zip(block.columns, block.numeric(), *cells, strict=True):
        widest = max(map(len, column))
        least = widest if is_numeric else None  # a name may be broken, a number not
        grid.add_column(Text(name), justify="right" if is_numeric else "left", min_width=least, overflow="fold")
        room -= max(widest, len(name)) + 2
    if block.bars:
        grid.add_column(max_width=max(SHORTEST_BAR, min(LONGEST_BAR, room - 1)))
    for row, share in zip(cells, block.bar_lengths(), strict=True):
        grid.add_row(*row, "" if share is None else Bar(1.0, 0.0, share))
    yield _indented(grid)


@_lines.register
def _(block: walk.Curve, width: int) -> Iterator[RenderableType]:
    yield _indented(block.caption)
    marked = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", block.points, strict=False))
    for line in _plot(block, marked, min(PLOT_WIDTH, width - INDENT - PLOT_MARGIN)):
        yield _indented(line)
    for mark, point in marked.items():
        yield _indented(f"{mark} {point.label}: {block.values_at(point)}")


@_lines.register
def _(block: walk.Picture, width: int) -> Iterator[RenderableType]:
    grid = Table.grid("", Column(overflow="fold"), padding=(0, 2))
    for column, hidden in zip(block.layers, block.left_out, strict=True):
        names = [f"[{unit.label}]" if unit.on_path else unit.label for unit in column]
        more = [f"and {hidden} more"] if hidden else []
        grid.add_row("" if column is block.layers[0] else "→", Text("  ".join(names + more)))
    yield _indented(grid)
    yield _indented(f"({block.caption}, in brackets)")


@_lines.register
def _(block: walk.Image, width: int) -> Iterator[RenderableType]:
    yield _indented(block.caption)
    for row in block.shades:  # two characters a pixel: a character is about half as wide as high
        yield _indented("".join(2 * SHADES[round(shade * (len(SHADES) - 1))] for shade in row))


@_lines.register
def _(block: walk.Question, width: int) -> Iterator[RenderableType]:
    yield Text.assemble(("Guess first: ", "bold"), block.ask)
    yield _indented(_emphasised(block.answer))


@_lines.register
def _(block: walk.Instrument, width: int) -> Iterator[RenderableType]:
    yield from _lines(block.table(), width)
    for state in block.states:
        yield _indented(f"{state.name}: {state.meaning}")


@_lines.register
def _(block: walk.Playground, width: int) -> Iterator[RenderableType]:
    yield from _lines(block.weights, width)
    yield ""
    yield from _lines(block.course, width)


def _plot(block: walk.Curve, marked: dict[str, Point], width: int) -> Iterator[str]:
    """f as dots, its slope as small circles, the points as letters on both."""
    low, high = min(*block.outputs, *block.slopes), max(*block.outputs, *block.slopes)
    grid = [[" "] * width for _ in range(PLOT_HEIGHT)]

    def place(z: float, value: float, mark: str) -> None:
        along, up = (z - block.z[0]) / (block.z[-1] - block.z[0]), (value - low) / (high - low)
        column = round(min(max(along, 0.0), 1.0) * (width - 1))
        grid[PLOT_HEIGHT - 1 - round(min(max(up, 0.0), 1.0) * (PLOT_HEIGHT - 1))][column] = mark

    for z, output, slope in zip(block.z, block.outputs, block.slopes, strict=True):
        place(z, slope, "°")
        place(z, output, "·")
    for mark, point in marked.items():
        place(point.z, point.output, mark)
        place(point.z, point.slope, mark)
    for count, row in enumerate(grid):
        value = high - (high - low) * count / (PLOT_HEIGHT - 1)
        yield f"{value:>6.2f} │{''.join(row)}".rstrip()
    left, right, margin = f"z = {number(block.z[0])}", number(block.z[-1]), " " * PLOT_MARGIN
    yield f"{margin[1:]}└{'─' * width}"
    yield f"{margin}{left}{right:>{width - len(left)}}"
    yield f"{margin}· {block.value_name}    ° its slope {block.slope_name}, at most {number(block.ceiling)}"


def _emphasised(text: str) -> Text:
    pieces = re.split(r"\*([^*]+)\*", text)  # every second one stood between stars
    return Text.assemble(*((piece, "bold" if count % 2 else "") for count, piece in enumerate(pieces)))


def _indented(line: RenderableType, by: int = INDENT) -> Padding:
    return Padding(Text(line) if isinstance(line, str) else line, (0, 0, 0, by), expand=False)
