"""From KEY=VALUE on the command line to a network with one sample in it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chainrule.build import data_of, load, network_of
from chainrule.components import kinds
from chainrule.components.fields import Allowed, check
from chainrule.components.registry import Component
from chainrule.errors import InputError, one_of
from chainrule.explain.probe import Array, Probe
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Image
from chainrule.paths import project_root
from chainrule.settings import Settings
from chainrule.single import initialize

DEFAULTS: dict[str, Any] = {
    "dataset": "xor",
    "hidden": [2],
    "activation": "sigmoid",
    "output": "sigmoid",
    "cost": "quadratic",
    "init": "xavier_normal",
    "learning_rate": 0.5,
    "seed": 0,
    "sample": 1,
}


@dataclass(frozen=True)
class Request:
    """What is to be explained: a network, and which row of its training set."""

    settings: Settings
    sample: int

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Request:
        """Defaults with `given` over them, a nested mapping; InputError for what can't be used.

        A regression gets output=identity, unless an output is given.
        """
        for key, value in given.items():
            if key not in DEFAULTS:
                raise InputError(key, value, f"explain does not take it; {one_of(key, DEFAULTS)}")
        config = {**defaults_of_file(), **DEFAULTS, **given}
        number = check("sample", config.pop("sample"), int, Allowed(at_least=0))
        settings = Settings.from_config(config)
        if "output" not in given and load(settings.dataset).task == "regression":
            settings = Settings.from_config({**config, "output": "identity"})
        rows = len(load(settings.dataset).X_train)
        return cls(settings, check("sample", number, int, Allowed(at_least=0, at_most=rows - 1)))

    def subject(self, parameters: tuple[list[Array], list[Array]] | None = None) -> Subject:
        """The network at its start, or with other weights and biases, its sample, and the set that it comes from."""
        settings = self.settings
        network, dataset = network_of(settings), load(settings.dataset)
        weights, biases = parameters or initialize(settings.init, network.sizes, seed=settings.seed)
        split = data_of(settings.dataset, network.output, "float64").train
        X, y = split.inputs[:, :-1], split.targets  # the last column holds the ones of the bias
        batch = Probe(weights, biases, X, y, network.activation, network.output, network.cost)
        row = slice(self.sample, self.sample + 1)
        outputs = dataset.target_names if network.sizes[-1] > 1 else dataset.target_names[-1:]
        probe = replace(batch, X=X[row], y=y[row])
        return Subject(probe, batch, settings.learning_rate, dataset.feature_names, outputs)

    def standardised(self) -> dict[str, bool]:
        """Whether the inputs and, of a regression, the targets were scaled to mean 0 and deviation 1."""
        source = self.settings.dataset
        is_regression = load(source).task == "regression"
        return {
            "its inputs": source.standardize,
            "its targets": is_regression and bool(source.fields().get("standardize_targets")),
        }

    def image(self) -> Image | None:
        """The sample as it looks, where it is a picture."""
        source = self.settings.dataset
        if source.image_shape is None:
            return None
        pixels = source.sets()[0].X
        shades = (pixels[self.sample] / pixels.max()).reshape(source.image_shape)
        dataset = load(source)
        label = dataset.target_names[int(dataset.y_train[self.sample])]
        return Image(f"Sample {self.sample}, a {label}", tuple(tuple(row) for row in shades.tolist()))

    def described(self) -> dict[str, Any]:
        """The settings that shape the walk, under the keys that set them; a component's fields where they were set."""
        described: dict[str, Any] = {}
        for key in DEFAULTS:
            value = self.sample if key == "sample" else getattr(self.settings, key)
            if isinstance(value, Component):
                described[key] = value.name
                standard = type(value)().fields()
                described |= {f"{key}.{f}": held for f, held in value.fields().items() if held != standard[f]}
            else:
                described[key] = list(value) if isinstance(value, tuple) else value
        return described


@functools.cache
def defaults_of_file() -> dict[str, Any]:
    """The project's configuration, for the settings that have no part in a walk: one plain step on one sample."""
    from omegaconf import OmegaConf

    content = OmegaConf.to_container(OmegaConf.load(project_root() / "conf" / "config.yaml"))
    assert isinstance(content, dict)
    config = {str(key): value for key, value in content.items() if key not in ("defaults", "hydra")}
    for choice in content["defaults"]:
        config |= choice if isinstance(choice, dict) and next(iter(choice)) in kinds() else {}
    return {**config, "batch_size": None}


def nested(overrides: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE texts as a nested mapping, values read with Hydra's grammar as in `train`; a later one wins.

    Raises InputError for a text that can't be read, a sweep of several values, or a prefix such as + or ~.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.core.override_parser.types import OverrideType
    from hydra.errors import HydraException

    config: dict[str, Any] = {}
    parser = OverridesParser.create()
    for text in overrides:
        key, _, value = text.partition("=")
        if key == "run":  # an id of digits alone would be read as a number
            config[key] = value
            continue
        try:
            (override,) = parser.parse_overrides([text])
        except HydraException:
            raise InputError(key, value, "can't be read; write KEY=VALUE, as in hidden=[4] or init.scale=2") from None
        if override.is_sweep_override() or override.type is not OverrideType.CHANGE:
            raise InputError(key, value, "explain takes one plain value for each key")
        _put(config, override.key_or_group, override.value())
    return config


def _put(config: dict[str, Any], key: str, value: Any) -> None:
    """Set a key; a component's fields come dotted, before or after its name."""
    kind, dot, field = key.partition(".")
    if not dot and kind in kinds():
        kind, dot, field = kind, ".", "name"
    if not dot:
        config[key] = value
        return
    if kind not in kinds():
        raise InputError(key, value, f"there is no such setting; {one_of(kind, DEFAULTS)}")
    config.setdefault(kind, {"name": DEFAULTS.get(kind)})[field] = value
