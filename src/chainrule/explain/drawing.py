"""The page's pictures as inline SVG: an activation over its slope, and the network with its strongest path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from chainrule.explain.walk import Curve, Picture, Point, Unit
from chainrule.formats import number

WIDTH = 480
LEFT, RIGHT = 44, 14  # margins beside the panels
UPPER, LOWER = (26, 176), (222, 322)  # top and bottom of the function's panel and of its slope's
TANGENT = 46  # half the length of a tangent, in z-pixels
LABEL = 24  # points nearer to each other than this would share the place of their labels
ROW, RADIUS = 52, 15


class Panel:
    """One pair of axes: z and values to pixels, both clamped to the frame."""

    def __init__(self, z: Sequence[float], values: Sequence[float], frame: tuple[int, int]) -> None:
        self.low, self.high = min(*values, 0.0), max(values)
        self.z, (self.top, self.bottom) = (z[0], z[-1]), frame

    def x(self, z: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * _share(z, *self.z)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * _share(value, self.low, self.high)

    def line(self, z: Sequence[float], values: Sequence[float], style: str) -> str:
        points = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(z, values, strict=True))
        return f'<polyline class="{style}" points="{points}"/>'

    def axes(self) -> Iterator[str]:
        zero = self.y(0.0)
        yield f'<path class="axis" d="M{LEFT} {self.top} V{self.bottom} M{LEFT} {zero:.1f} H{WIDTH - RIGHT}"/>'
        for value in {self.low, self.high}:
            yield f'<text x="{LEFT - 6}" y="{self.y(value) + 4:.1f}" text-anchor="end">{_minus(f"{value:.2g}")}</text>'


def curve_svg(block: Curve) -> str:
    """f above, f′ below, one z axis for both; each point with its tangent, whose steepness is the lower curve."""
    upper, lower = Panel(block.z, block.outputs, UPPER), Panel(block.z, [*block.slopes, block.ceiling], LOWER)
    parts = [*upper.axes(), *lower.axes()]
    roof = lower.y(block.ceiling)
    parts.append(f'<line class="ceiling" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{roof:.1f}" y2="{roof:.1f}"/>')
    parts.append(upper.line(block.z, block.outputs, "curve"))
    parts.append(lower.line(block.z, block.slopes, "curve slope"))
    parts.append(f'<text class="strong" x="{LEFT + 8}" y="{UPPER[0] - 8}">{escape(block.value_name)}</text>')
    roof_name = f"its slope {block.slope_name}, at most {number(block.ceiling)}"
    parts.append(f'<text class="slope" x="{LEFT + 8}" y="{LOWER[0] - 10}">{escape(roof_name)}</text>')
    for z in (block.z[0], 0.0, block.z[-1]):
        anchor = "end" if z > 0 else "start" if z < 0 else "middle"
        parts.append(
            f'<text x="{upper.x(z):.1f}" y="{LOWER[1] + 18}" text-anchor="{anchor}">{_minus(number(z))}</text>'
        )
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{LOWER[1] + 34}" text-anchor="end">z</text>')
    for count, point in enumerate(block.points):
        near = sum(abs(upper.x(other.z) - upper.x(point.z)) < LABEL for other in block.points[:count])
        parts += _point(point, upper, lower, near)
    said = "; ".join(
        f"{p.label} at z = {number(p.z)}: {block.value_name} = {number(p.output)}, {block.slope_name} = "
        f"{number(p.slope)}"
        for p in block.points
    )
    return _svg(LOWER[1] + 40, f"{block.value_name} and {block.slope_name} over z. {said}", parts)


def picture_svg(block: Picture) -> str:
    """Columns of units, every connection between those shown, the path in colour; fuller means a steeper slope."""
    rows = ROW * max(len(column) for column in block.layers)
    height = rows + (34 if any(block.left_out) else 8)
    step = (WIDTH - 110) / (len(block.layers) - 1)
    steepest = max((abs(u.slope) for column in block.layers for u in column if u.slope is not None), default=1.0) or 1.0
    places = [
        [(55 + step * i, rows / 2 - 6 + ROW * (j - (len(column) - 1) / 2) + 4) for j in range(len(column))]
        for i, column in enumerate(block.layers)
    ]
    edges: list[tuple[bool, str]] = []
    for i in range(1, len(places)):
        for source, (x1, y1) in zip(block.layers[i - 1], places[i - 1], strict=True):
            for unit, (x2, y2) in zip(block.layers[i], places[i], strict=True):
                on_path = source.on_path and unit.on_path
                style = "edge path" if on_path else "edge"
                edges.append(
                    (on_path, f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
                )
    parts = [line for _, line in sorted(edges, key=lambda edge: edge[0])]  # the path on top of the rest
    for column, column_places, hidden in zip(block.layers, places, block.left_out, strict=True):
        for unit, (x, y) in zip(column, column_places, strict=True):
            parts += _unit(unit, x, y, steepest)
        if hidden:
            parts.append(
                f'<text x="{column_places[0][0]:.1f}" y="{height - 8}" text-anchor="middle">+ {hidden} more</text>'
            )
    way = " to ".join(unit.label for column in block.layers for unit in column if unit.on_path)
    return _svg(height, f"The network; the strongest path runs from {way}", parts)


def _unit(unit: Unit, x: float, y: float, steepest: float) -> Iterator[str]:
    style = "unit path" if unit.on_path else "unit"
    yield f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}"/>'
    if unit.slope is not None:
        radius = (RADIUS - 3) * (abs(unit.slope) / steepest) ** 0.5
        yield f'<circle class="fill" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
    yield f'<text x="{x:.1f}" y="{y + RADIUS + 13:.1f}" text-anchor="middle">{escape(unit.name)}</text>'


def _point(point: Point, upper: Panel, lower: Panel, near: int) -> Iterator[str]:
    """A point on both curves; its label clears those of the `near` points beside it."""
    x, y, below = upper.x(point.z), upper.y(point.output), lower.y(point.slope)
    yield f'<line class="drop" x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{below:.1f}"/>'
    per_z = (WIDTH - LEFT - RIGHT) / (upper.z[1] - upper.z[0])
    per_value = (upper.bottom - upper.top) / (upper.high - upper.low)
    rise = point.slope * per_value / per_z
    run = TANGENT / (1.0 + rise * rise) ** 0.5
    ends = f'x1="{x - run:.1f}" y1="{y + run * rise:.1f}" x2="{x + run:.1f}" y2="{y - run * rise:.1f}"'
    yield f'<line class="tangent" {ends}/>'
    for height in (y, below):
        yield f'<circle class="dot" cx="{x:.1f}" cy="{height:.1f}" r="6"/>'
    room = x > LEFT + 9 * len(point.label)
    anchor, shift = ("end", -8) if room else ("start", 8)
    place = f'x="{x + shift:.1f}" y="{max(12.0, y - 10 - 15 * near):.1f}"'
    yield f'<text class="mark" {place} text-anchor="{anchor}">{escape(point.label)}</text>'


def _svg(height: float, description: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(description)}">{"".join(parts)}</svg>'
    )


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def _minus(text: str) -> str:
    return text.replace("-", "−")
