"""One run's settings, complete and checked: the door between a config and the trainer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from chainrule.arrays import require_pair
from chainrule.components import create, kinds
from chainrule.components.activations import Activation
from chainrule.components.backward import Backward
from chainrule.components.costs import Cost
from chainrule.components.fields import Allowed, check
from chainrule.components.initializers import Initializer
from chainrule.components.optimizers import Optimizer
from chainrule.components.outputs import Output
from chainrule.components.registry import Component
from chainrule.components.schedules import Schedule
from chainrule.core.differences import STEPS
from chainrule.core.history import FAMILIES
from chainrule.core.slips import SLIPS
from chainrule.datasets.source import DatasetSource
from chainrule.errors import InputError, one_of, unknown_name

# Read elsewhere from the same config: the question, and where runs go.
NOT_SETTINGS = ("study", "tracking")
_NUMBERS: dict[str, tuple[Any, Allowed]] = {
    "learning_rate": (float, Allowed(above=0.0)),
    "batch_size": (int | None, Allowed(at_least=1)),
    "epochs": (int, Allowed(at_least=1)),
    "l2": (float, Allowed(at_least=0.0)),
    "seed": (int, Allowed(at_least=0, below=2**32)),
    "dtype": (str, Allowed(choices=("float64", "float32"))),
}
ALWAYS = "cost"  # the curve that is kept in any case: it is what shows whether a run diverged
KEPT_PARAMETERS = ("none", "final", "all")
_SECTIONS = {
    "backward": ("hidden", "output"),
    "check": ("method", "step", "directions", "slip"),
    "record": ("points", "curves", "parameters"),
}


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run's numbers; equal settings give equal numbers, bit for bit."""

    dataset: DatasetSource
    hidden: tuple[int, ...]
    activation: Activation
    output: Output
    cost: Cost
    init: Initializer
    learning_rate: float
    optimizer: Optimizer
    schedule: Schedule
    batch_size: int | None
    epochs: int
    l2: float
    seed: int
    dtype: str
    train_biases: str
    backward_hidden: Backward
    backward_output: Backward
    check_method: str
    check_step: float | None
    check_directions: int
    check_slip: str
    record_points: int
    record_curves: tuple[str, ...]
    record_parameters: str

    @classmethod
    def from_config(cls, config: Mapping[str, Any], made: dict[str, Any] | None = None) -> Self:
        """Check a composed config, a plain nested mapping; InputError names the first key that can't be used.

        A component is its name or a mapping {name: ..., its fields}. Keys left out get no default here: the
        config file has them all. `made` remembers components between calls: most runs of a sweep share theirs.
        """
        made = {} if made is None else made
        families = [kind for kind in kinds() if kind != "backward"]
        known = [*families, "hidden", *_NUMBERS, "train_biases", *_SECTIONS, *NOT_SETTINGS]
        for key, value in config.items():
            if key not in known:
                raise InputError(key, value, f"there is no such setting; {one_of(key, known)}")
        for key in known:
            if key not in config and key not in NOT_SETTINGS:
                raise InputError(key, None, "is missing from the configuration")
        backward, gradient_check, record = (_section(config, key, fields) for key, fields in _SECTIONS.items())
        settings = cls(
            **{kind: _component(kind, config[kind], made) for kind in families},
            **{key: check(key, config[key], *wanted) for key, wanted in _NUMBERS.items()},
            hidden=_widths(config["hidden"]),
            backward_hidden=create("backward", backward["hidden"], key="backward.hidden"),
            backward_output=create("backward", backward["output"], key="backward.output"),
            train_biases=_trained_biases(config["train_biases"]),
            check_method=check("check.method", gradient_check["method"], str, Allowed(choices=tuple(STEPS))),
            check_step=check("check.step", gradient_check["step"], float | None, Allowed(above=0.0)),
            check_directions=check("check.directions", gradient_check["directions"], int, Allowed(at_least=0)),
            check_slip=check("check.slip", gradient_check["slip"], str, Allowed(choices=tuple(SLIPS))),
            record_points=check("record.points", record["points"], int, Allowed(at_least=2)),
            record_curves=_families(record["curves"]),
            record_parameters=check("record.parameters", record["parameters"], str, Allowed(choices=KEPT_PARAMETERS)),
        )
        require_pair(settings.cost, settings.output)
        return settings

    def params(self) -> dict[str, Any]:
        """The settings under their config keys: a component as its name, its fields dotted behind it."""
        flat: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            section, _, key = field.name.partition("_")
            key = f"{section}.{key}" if section in _SECTIONS else field.name
            value = getattr(self, field.name)
            if isinstance(value, Component):
                flat[key] = value.name
                flat |= {f"{key}.{name}": held for name, held in value.fields().items()}
            else:
                flat[key] = _plain(value)
        return flat

    def config(self) -> dict[str, Any]:
        """The settings as the nested mapping that `from_config` reads."""
        nested: dict[str, Any] = {section: {} for section in _SECTIONS}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            section, _, key = field.name.partition("_")
            if section in _SECTIONS:
                nested[section][key] = value.name if isinstance(value, Component) else _plain(value)
            elif isinstance(value, Component):
                nested[field.name] = {"name": value.name, **value.fields()}
            else:
                nested[field.name] = _plain(value)
        return nested


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _section(config: Mapping[str, Any], key: str, fields: Iterable[str]) -> Mapping[str, Any]:
    section, wanted = config[key], list(fields)
    if not isinstance(section, Mapping):
        raise InputError(key, section, f"must have the keys {' and '.join(wanted)}")
    for field in section:
        if field not in wanted:
            raise InputError(f"{key}.{field}", section[field], f"there is no such setting; {one_of(field, wanted)}")
    for field in wanted:
        if field not in section:
            raise InputError(f"{key}.{field}", None, "is missing from the configuration")
    return section


def _component(kind: str, value: Any, made: dict[str, Any]) -> Any:
    key = f"{kind}={value!r}"
    if key not in made:
        fields = dict(value) if isinstance(value, Mapping) else {"name": value}
        made[key] = create(kind, fields.pop("name", None), fields)
    return made[key]


def _trained_biases(value: Any) -> str:
    """`true` and `false` are what people write for all and none."""
    if isinstance(value, bool):
        return "all" if value else "none"
    return str(check("train_biases", value, str, Allowed(choices=("all", "hidden", "none"))))


def _widths(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise InputError("hidden", value, "must be a list of layer widths such as [8] or [16,16], or [] for none")
    wanted = "must list whole numbers of at least 1, one a hidden layer"
    if any(isinstance(width, bool) or not isinstance(width, int) or width < 1 for width in value):
        raise InputError("hidden", value, wanted)
    return tuple(value)


def _families(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise InputError("record.curves", value, f"must be a list; {one_of('', FAMILIES)}")
    for family in value:
        if family not in FAMILIES:
            raise unknown_name("record.curves", family, FAMILIES)
    return tuple(family for family in FAMILIES if family in value or family == ALWAYS)
