"""Where things stand in the page's pictures: an activation over its slope, and the network; in SVG's user units."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.explain.walk import Curve, Picture, Point, Unit

WIDTH = 480
LEFT, RIGHT = 44, WIDTH - 14  # the panels' sides
UPPER, LOWER = (26, 176), (222, 322)  # top and bottom of the function's panel and of its slope's
TANGENT = 46  # half the length of a tangent
LABEL = 24  # points nearer to each other than this would share the place of their labels
ROW, RADIUS = 52, 15


@dataclass(frozen=True)
class Panel:
    """One pair of axes: z and values to positions, both clamped to the frame."""

    z: tuple[float, float]
    range: tuple[float, float]
    top: int
    bottom: int
    left: int = LEFT
    right: int = RIGHT
    width: int = WIDTH

    def x(self, z: float) -> float:
        return self.left + (self.right - self.left) * _share(z, *self.z)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * _share(value, *self.range)

    def points(self, z: Sequence[float], values: Sequence[float]) -> str:
        """A polyline's points."""
        return " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(z, values, strict=True))


@dataclass(frozen=True)
class Mark:
    """A neuron on both curves, its tangent on the upper one, and its label clear of those of its neighbours."""

    label: str
    x: float
    y: float
    slope_y: float
    run: float
    rise: float
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class PlacedUnit:
    """Where a unit is drawn; `fill` is the radius of the disc that shows its slope."""

    unit: Unit
    x: float
    y: float
    fill: float


@dataclass(frozen=True)
class Layout:
    """The network's units, the edges between them (the path last, on top of the rest), and units left out at an x."""

    units: list[PlacedUnit]
    edges: list[tuple[PlacedUnit, PlacedUnit]]
    left_out: list[tuple[float, int]]
    height: int
    width: int = WIDTH
    radius: int = RADIUS


def panels(block: Curve) -> tuple[Panel, Panel]:
    """f above and f′ below, over the same z."""
    z, slopes = (block.z[0], block.z[-1]), (*block.slopes, block.ceiling)
    ranges = [(min(*values, 0.0), max(values)) for values in (block.outputs, slopes)]
    return Panel(z, ranges[0], *UPPER), Panel(z, ranges[1], *LOWER)


def marks(points: Sequence[Point], upper: Panel, lower: Panel) -> Iterator[Mark]:
    """Each point on both panels."""
    per_z = (RIGHT - LEFT) / (upper.z[1] - upper.z[0])
    per_value = (upper.bottom - upper.top) / (upper.range[1] - upper.range[0])
    for count, point in enumerate(points):
        x, y = upper.x(point.z), upper.y(point.output)
        near = sum(abs(upper.x(other.z) - x) < LABEL for other in points[:count])
        steepness = point.slope * per_value / per_z
        run = TANGENT / (1.0 + steepness * steepness) ** 0.5
        anchor, shift = ("end", -8) if x > LEFT + 9 * len(point.label) else ("start", 8)
        label_y = max(12.0, y - 10 - 15 * near)
        yield Mark(point.label, x, y, lower.y(point.slope), run, run * steepness, x + shift, label_y, anchor)


def network_layout(block: Picture) -> Layout:
    """Columns of units from left to right, each centred."""
    rows = ROW * max(len(column) for column in block.layers)
    step = (WIDTH - 110) / (len(block.layers) - 1)
    slopes = [abs(unit.slope) for column in block.layers for unit in column if unit.slope is not None]
    steepest = max(slopes, default=1.0) or 1.0

    def place(i: int, j: int, unit: Unit) -> PlacedUnit:
        y = rows / 2 - 2 + ROW * (j - (len(block.layers[i]) - 1) / 2)
        return PlacedUnit(unit, 55 + step * i, y, (RADIUS - 3) * (abs(unit.slope or 0.0) / steepest) ** 0.5)

    columns = [[place(i, j, unit) for j, unit in enumerate(column)] for i, column in enumerate(block.layers)]
    edges = [edge for pair in itertools.pairwise(columns) for edge in itertools.product(*pair)]
    edges.sort(key=lambda edge: edge[0].unit.on_path and edge[1].unit.on_path)
    left_out = [(55 + step * i, hidden) for i, hidden in enumerate(block.left_out) if hidden]
    return Layout([p for column in columns for p in column], edges, left_out, rows + (34 if left_out else 8))


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5
