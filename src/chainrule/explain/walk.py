"""The walk as data: chapters of blocks, every number kept in full beside the sentence that explains it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chainrule.formats import number

Role = Literal["error", "slope", "input", "product"]
Cell = str | float | int | None

CORNER = 1e-3  # relative disagreement from which a finite difference no longer confirms its factor
KEYS = """\
--json prints one object: title, question, settings (key: value), chapters. A chapter has key, title
and blocks; a block has its kind and the fields of that kind:
  prose        text
  equation     text
  working      lines: symbol, formula, arithmetic, value, meaning
  chain        factors and product: symbol, formula, value, meaning, role, confirmed, and
               finite_difference: moved, by, answer, answered, ratio
  propagation  stages: symbol, moved, factor, ratio, role
  table        caption, columns, rows, bars (the column drawn as bars, or null)
  curve        caption, value_name, slope_name, z, outputs, slopes, ceiling, and
               points: label, z, output, slope
  picture      caption, layers of units: name, label, output, slope, on_path; left_out (units of
               each layer that are not drawn)
  image        caption, shades (rows of pixels, 0 is white and 1 is black)
  question     ask, answer
  instrument   caption, learning_rate, curve, activations (name, ceiling), costs, and
               states: name, meaning, w, x, b, y, z, a, cost, error, slope, input, product, new_w,
               new_b, new_cost
  playground   caption, network (weights, biases, activation, output, cost), X, Y, sample, samples,
               learning_rate, units, shown, choice, snapshots (epoch, cost, weights, biases), epoch,
               and weights and course, two tables
A number that does not exist (a ratio where nothing moved) is null."""


@dataclass(frozen=True)
class FiniteDifference:
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
    """One link of the chain: its name, its formula, its number, its meaning, the same number measured."""

    symbol: str
    formula: str
    value: float
    meaning: str
    finite_difference: FiniteDifference
    role: Role

    @property
    def confirmed(self) -> bool:
        """Whether the same was measured; at a corner of relu, or where all is flat, it need not be."""
        ratio = self.finite_difference.ratio
        return abs(ratio - self.value) <= CORNER * (abs(ratio) + abs(self.value)) + 1e-12


@dataclass(frozen=True)
class Chain:
    """Factors, and the product they make."""

    factors: tuple[Factor, ...]
    product: Factor


@dataclass(frozen=True)
class Line:
    """One line of arithmetic: `symbol = formula = arithmetic = value`; formula or arithmetic may be empty."""

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
    """Where a move has got to: the quantity, how far it moved, and the factor that brought it here."""

    symbol: str
    moved: float
    factor: str
    ratio: float | None
    role: Role


@dataclass(frozen=True)
class Propagation:
    """One move of a weight followed from stage to stage; each ratio is one factor of the chain rule."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Table:
    """Rows under named columns; `bars` names the column to be drawn as bars as well (logarithmic)."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bars: str | None = None

    def numeric(self) -> list[bool]:
        """Whether a column holds numbers only."""
        return [not any(isinstance(row[i], str) for row in self.rows) for i in range(len(self.columns))]

    def bar_lengths(self) -> list[float | None]:
        """Each row's value in the bars column as a share of the range of magnitudes, from 0 to 1."""
        if self.bars is None:
            return [None] * len(self.rows)
        column = self.columns.index(self.bars)
        values = [row[column] for row in self.rows]
        logs = [math.log10(v) if isinstance(v, float) and 0.0 < v < math.inf else None for v in values]
        known = [log for log in logs if log is not None]
        top = max(known, default=0.0)
        bottom = min(top - 1.0, *known) - 0.3 if known else -1.0
        return [None if log is None else (log - bottom) / (top - bottom) for log in logs]


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

    def values_at(self, point: Point) -> str:
        """The numbers of a point, under their names."""
        values = {"z": point.z, self.value_name: point.output, self.slope_name: point.slope}
        return ", ".join(f"{name} = {number(value)}" for name, value in values.items())


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
class Image:
    """A sample that is a picture: rows of shades from 0, white, to 1, black."""

    caption: str
    shades: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Question:
    """Something to predict before reading on, and what is then found."""

    ask: str
    answer: str


@dataclass(frozen=True)
class NeuronState:
    """One neuron, everything that follows from w, x, b and y, and what a step of gradient descent makes of it."""

    name: str
    meaning: str
    w: float
    x: float
    b: float
    y: float
    z: float
    a: float
    cost: float
    error: float
    slope: float
    input: float
    product: float
    new_w: float
    new_b: float
    new_cost: float


@dataclass(frozen=True)
class Instrument:
    """A neuron whose numbers the reader of the page may change; the states are where it can be set back to.

    `activations` are the curves to choose from, with their steepest slope, and `costs` names with their fields.
    """

    caption: str
    learning_rate: float
    states: tuple[NeuronState, ...]
    curve: Curve
    activations: tuple[dict[str, object], ...]
    costs: tuple[dict[str, object], ...]

    def table(self) -> Table:
        """The states side by side."""
        names = {
            "w": "w",
            "x": "x",
            "b": "b",
            "y": "target y",
            "z": "z = w x + b",
            "a": "a = σ(z)",
            "cost": "cost C",
            "error": "error dC/da",
            "slope": "× slope σ′(z)",
            "input": "× input x",
            "product": "= dC/dw",
            "new_w": "new w",
            "new_b": "new b",
            "new_cost": "new cost",
        }
        rows = [(label, *(getattr(state, name) for state in self.states)) for name, label in names.items()]
        return Table(self.caption, ("", *(state.name for state in self.states)), rows)


@dataclass(frozen=True)
class Playground:
    """A network in which the reader of the page chooses a weight or unit and sees its chain of factors.

    It is trained in the page from where it stands, on the samples X (samples, inputs) with targets Y; or, if there are
    `snapshots`, it is shown at their epochs, at first at `epoch`. `sample` is the row of X walked through. `units` are
    the names of all units, a tuple a column, the inputs first; `shown` the indices of those that are drawn.
    """

    caption: str
    network: dict[str, object]
    X: list[list[float]]
    Y: list[list[float]]
    sample: int
    samples: tuple[str, ...]
    learning_rate: float
    units: tuple[tuple[str, ...], ...]
    shown: tuple[tuple[int, ...], ...]
    choice: dict[str, int | None]
    snapshots: list[dict[str, object]]
    epoch: int | None
    weights: Table
    course: Table


@dataclass(frozen=True)
class Prose:
    """A paragraph; *stars* mark emphasis."""

    text: str


@dataclass(frozen=True)
class Equation:
    """An equation, in the plain notation that `mathml.equation` reads."""

    text: str


Block = (
    Prose
    | Equation
    | Working
    | Chain
    | Propagation
    | Table
    | Curve
    | Picture
    | Image
    | Question
    | Instrument
    | Playground
)


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


def chapter(key: str, title: str, *blocks: Block | str) -> Chapter:
    """A chapter in which a text is a paragraph."""
    return Chapter(key, title, tuple(Prose(block) if isinstance(block, str) else block for block in blocks))


def kind(block: Block) -> str:
    """What the block is called in JSON and in the page's templates."""
    return type(block).__name__.lower()


def signed(value: float) -> str:
    """A number as it stands behind an operator: negative ones in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def as_json(walk: Walk) -> str:
    """One JSON object on indented lines, ending in a newline, every number in full; its keys are listed in KEYS."""
    return json.dumps(as_data(walk), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_data(value: Any) -> Any:
    """`value`, a walk or anything in one, as plain dicts, lists, texts and finite numbers."""
    if isinstance(value, Block):
        return {"kind": kind(value), **_fields(value)}
    if isinstance(value, FiniteDifference):
        return {**_fields(value), "ratio": as_data(value.ratio)}
    if isinstance(value, Factor):
        return {**_fields(value), "confirmed": value.confirmed}
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, dict):
        return {key: as_data(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: as_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
