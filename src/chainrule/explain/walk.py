"""The walk as data: chapters of blocks, every number kept in full beside the sentence that explains it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from chainrule.formats import number

Role = Literal["error", "slope", "input", "product"]
Cell = str | float | int | None

CORNER = 1e-3  # relative disagreement from which a wiggle no longer confirms its factor


@dataclass(frozen=True)
class Wiggle:
    """One quantity moved by a little, and how far another one moved because of it."""

    moved: str
    by: float
    answer: str
    answered: float

    @property
    def ratio(self) -> float:
        """What the derivative is, measured; nan where nothing could be moved."""
        return self.answered / self.by if self.by else math.nan


@dataclass(frozen=True)
class Factor:
    """One link of the chain: its name, its formula, its number, the same number measured, its meaning."""

    symbol: str
    formula: str
    value: float
    meaning: str
    wiggle: Wiggle
    role: Role

    @property
    def confirmed(self) -> bool:
        """Whether the wiggle gives the same number (at a corner of relu, or where all is flat, it need not)."""
        ratio = self.wiggle.ratio
        return abs(ratio - self.value) <= CORNER * (abs(ratio) + abs(self.value)) + 1e-12


@dataclass(frozen=True)
class Chain:
    """Factors, and the product they make."""

    factors: tuple[Factor, ...]
    product: Factor


@dataclass(frozen=True)
class Line:
    """One line of arithmetic: `symbol = formula = arithmetic = value`."""

    symbol: str
    formula: str
    arithmetic: str
    value: float
    meaning: str


@dataclass(frozen=True)
class Working:
    """Lines of arithmetic, in order."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Stage:
    """Where the nudge has got to: the quantity, how far it moved, and the factor that brought it here."""

    symbol: str
    moved: float
    factor: str
    ratio: float | None
    role: Role


@dataclass(frozen=True)
class Relay:
    """One nudge followed from stage to stage; each ratio is one factor of the chain rule."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Table:
    """Rows under named columns; `bars` names the column to be drawn as bars as well (logarithmic)."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    bars: str | None = None


@dataclass(frozen=True)
class Point:
    """A neuron on its activation's curve."""

    label: str
    z: float
    output: float
    slope: float


@dataclass(frozen=True)
class Curve:
    """An activation and its derivative over z, with neurons marked on them."""

    caption: str
    value_name: str
    slope_name: str
    z: tuple[float, ...]
    outputs: tuple[float, ...]
    slopes: tuple[float, ...]
    points: tuple[Point, ...]
    ceiling: float  # the largest value the derivative takes


@dataclass(frozen=True)
class Unit:
    """A neuron as drawn: short name and label, output, slope (None for an input), and whether it is on the path."""

    name: str
    label: str
    output: float
    slope: float | None
    on_path: bool


@dataclass(frozen=True)
class Picture:
    """The network as drawn: columns of units, and how many of each column are left out."""

    caption: str
    layers: tuple[tuple[Unit, ...], ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True)
class Prose:
    """A paragraph; *stars* mark emphasis."""

    text: str


@dataclass(frozen=True)
class Equation:
    """An equation, in the plain notation that `mathml.equation` reads."""

    text: str


Block = Prose | Equation | Working | Chain | Relay | Table | Curve | Picture


@dataclass(frozen=True)
class Chapter:
    """One step of the explanation."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Walk:
    """The whole explanation, ready for the terminal, a page, or another program."""

    title: str
    question: str
    settings: dict[str, object]
    chapters: tuple[Chapter, ...]


def signed(value: float) -> str:
    """A number as it stands behind an operator: negative ones in brackets."""
    return f"({number(value)})" if value < 0 else number(value)
