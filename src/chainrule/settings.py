"""One run's settings: every key of conf/config.yaml that decides its numbers or what is recorded, checked once."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypeVar

from chainrule.arrays import require_pair
from chainrule.components import create
from chainrule.components.activations import Activation
from chainrule.components.backward import Backward
from chainrule.components.costs import Cost
from chainrule.components.fields import Allowed, check, required
from chainrule.components.initializers import Initializer
from chainrule.components.optimizers import Optimizer
from chainrule.components.outputs import Output
from chainrule.components.registry import Component
from chainrule.components.schedules import Schedule
from chainrule.core.curves import curve_names
from chainrule.core.differences import STEPS
from chainrule.core.slips import SLIPS
from chainrule.datasets.source import DatasetSource
from chainrule.errors import InputError, one_of

# Read elsewhere from the same config: the question, where runs go, whether recorded ones are trained again, and whether
# a huge sweep is meant.
NOT_SETTINGS = ("study", "tracking", "fresh", "on_error", "yes")
S = TypeVar("S")
# What fits a common machine: 8 MB of learning rates a run, 160 MB of weights.
MOST_EPOCHS = 1_000_000
MOST_LAYERS = 1_000
MOST_HIDDEN_WEIGHTS = 20_000_000
ALWAYS = "cost"  # the curve that is kept in any case: it is what shows whether a run diverged


@dataclass(frozen=True, kw_only=True)
class BackwardRules:
    """The section `backward`: what the backward pass multiplies with where the chain rule has the slope."""

    hidden: Backward
    output: Backward


@dataclass(frozen=True, kw_only=True)
class GradientCheck:
    """The section `check`: how a run's gradient is checked before it trains."""

    method: str = required(choices=tuple(STEPS))
    step: float | None = required(above=0.0)
    directions: int = required(at_least=0, at_most=1_000)
    slip: str = required(choices=tuple(SLIPS))


@dataclass(frozen=True, kw_only=True)
class Recording:
    """The section `record`: what is kept of a run."""

    points: int = required(at_least=2, at_most=100_000)
    curves: tuple[str, ...] = required(choices=curve_names(), aliases=((None, curve_names(default_only=True)),))
    parameters: str = required(choices=("none", "final", "all"))

    def __post_init__(self) -> None:
        kept = tuple(name for name in curve_names() if name in self.curves or name == ALWAYS)
        object.__setattr__(self, "curves", kept)  # in the order they are written down, whatever was asked


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides a run's numbers; equal settings give equal numbers, bit for bit."""

    dataset: DatasetSource
    hidden: tuple[int, ...] = required(
        at_least=1, at_most=100_000, help="layer widths such as [8] or [16,16], or [] for none"
    )
    activation: Activation
    output: Output
    cost: Cost
    init: Initializer
    learning_rate: float = required(above=0.0)
    optimizer: Optimizer
    schedule: Schedule
    batch_size: int | None = required(at_least=1)
    epochs: int = required(at_least=1, at_most=MOST_EPOCHS)
    l2: float = required(at_least=0.0)
    seed: int = required(at_least=0, below=2**32)
    dtype: str = required(choices=("float64", "float32"))
    train_biases: str = required(choices=("all", "hidden", "none"), aliases=((True, "all"), (False, "none")))
    backward: BackwardRules
    check: GradientCheck
    record: Recording

    @classmethod
    def from_config(cls, config: Mapping[str, Any], made: dict[str, Any] | None = None) -> Self:
        """Check a composed config, a plain nested mapping; InputError names the first key that can't be used.

        A component is its name or a mapping {name: ..., its fields}. Keys left out get no default here: the
        config file has them all. `made` remembers components between calls: most runs of a sweep share theirs.
        """
        own = {key: value for key, value in config.items() if key not in NOT_SETTINGS}
        settings = _read(cls, own, "", {} if made is None else made)
        _require_room(settings.hidden)
        require_pair(settings.cost, settings.output)
        return settings

    def params(self) -> dict[str, Any]:
        """The settings under their config keys: sections dotted, a component as its name, its fields dotted behind."""
        return _flat(self.config())

    def config(self) -> dict[str, Any]:
        """The settings as the nested mapping that `from_config` reads."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _require_room(hidden: tuple[int, ...]) -> None:
    """Refuse hidden layers whose weights no common machine holds."""
    if len(hidden) > MOST_LAYERS:
        raise InputError("hidden", list(hidden), f"must be at most {MOST_LAYERS} layers, not {len(hidden)}")
    weights = sum(a * b for a, b in itertools.pairwise(hidden))
    if weights > MOST_HIDDEN_WEIGHTS:
        wanted = f"makes {weights:,} weights between hidden layers, at most {MOST_HIDDEN_WEIGHTS:,} can be trained"
        raise InputError("hidden", list(hidden), wanted)


class _Key(NamedTuple):
    """A key of a section: its type, and what it may hold."""

    name: str
    kind: Any
    allowed: Allowed


@functools.cache
def _keys(section: Any) -> tuple[_Key, ...]:
    hints = typing.get_type_hints(section)
    return tuple(_Key(f.name, hints[f.name], f.metadata.get("allowed", Allowed())) for f in dataclasses.fields(section))


def _read(section: type[S], config: Any, path: str, made: dict[str, Any]) -> S:
    """The dataclass `section` from the mapping at `path`, "" for the whole config."""
    keys = _keys(section)  # type: ignore[arg-type]  # mypy does not see that a class is hashable
    names = [key.name for key in keys]
    if not isinstance(config, Mapping):
        raise InputError(path, config, f"must have the keys {' and '.join(names)}")
    prefix = f"{path}." if path else ""
    for name, value in config.items():
        if name not in names:
            raise InputError(f"{prefix}{name}", value, f"there is no such setting; {one_of(name, names)}")
    for name in names:
        if name not in config:
            raise InputError(f"{prefix}{name}", None, "is missing from the configuration")
    return section(**{key.name: _value(key, config[key.name], prefix, made) for key in keys})


def _value(key: _Key, value: Any, prefix: str, made: dict[str, Any]) -> Any:
    name = f"{prefix}{key.name}"
    is_component = isinstance(key.kind, type) and issubclass(key.kind, Component)
    if not is_component and not dataclasses.is_dataclass(key.kind):
        return check(name, value, key.kind, key.allowed)
    known = f"{name}={value!r}"
    if known not in made:
        if is_component:
            fields = dict(value) if isinstance(value, Mapping) else {"name": value}
            made[known] = create(key.kind.kind, fields.pop("name", None), fields, key=name)
        else:
            made[known] = _read(key.kind, value, name, made)
    return made[known]


def _plain(value: Any) -> Any:
    """A setting as nested dicts, lists and numbers; a backward rule has no fields and is its name."""
    if isinstance(value, Backward):
        return value.name
    if isinstance(value, Component):
        return {"name": value.name, **value.fields()}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return list(value) if isinstance(value, tuple) else value


def _flat(nested: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Dotted keys; a component's `name` stands under the component's own key."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        own = path if key == "name" and path else f"{path}.{key}" if path else key
        flat |= _flat(value, own) if isinstance(value, dict) else {own: value}
    return flat
