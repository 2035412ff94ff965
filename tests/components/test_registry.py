"""Choosing by name: what is registered, and how a wrong name, field or value is refused."""

from __future__ import annotations

from typing import Any

import pytest

from chainrule.components import Component, component, create, kinds, lookup, names, registry
from chainrule.components.activations import Activation
from chainrule.components.fields import setting
from chainrule.errors import InputError

CHOICES = [(kind, name) for kind in kinds() for name in names(kind)]


@pytest.mark.parametrize(("kind", "name"), CHOICES)
def test_everything_registered_can_be_made_from_its_defaults_and_says_what_it_is(kind: str, name: str) -> None:
    made = create(kind, name)
    assert isinstance(made, Component)
    assert (made.kind, made.name) == (kind, name)
    assert type(made) is lookup(kind, name)
    assert made.__doc__
    assert kind == "dataset" or (made.equation and made.reference)
    assert create(kind, name, made.fields()) == made
    assert hash(create(kind, name)) == hash(made)
    assert all(allowed.help for _, allowed, _ in made.declared.values())


@pytest.mark.parametrize(("kind", "name"), CHOICES)
def test_every_name_is_plain_enough_for_a_command_line(kind: str, name: str) -> None:
    assert name.isidentifier()
    assert name == name.lower()


def test_the_kinds_are_the_config_keys() -> None:
    expected = {"activation", "output", "cost", "init", "optimizer", "schedule", "backward"}
    assert expected <= set(kinds())


def refusal(kind: str, name: Any, fields: dict[str, Any] | None = None, key: str | None = None) -> str:
    with pytest.raises(InputError) as refused:
        create(kind, name, fields, key=key)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_a_misspelt_name_gets_the_nearest_and_all_that_are_allowed() -> None:
    assert refusal("init", "xavierr").startswith("init=xavierr: did you mean xavier_")
    assert refusal("activation", "tnah") == (
        f"activation=tnah: did you mean tanh? allowed: {', '.join(names('activation'))}"
    )
    assert refusal("backward", "on", key="backward.hidden").startswith("backward.hidden=on: did you mean one?")
    assert refusal("cost", None) == f"cost=null: allowed: {', '.join(names('cost'))}"


def test_a_wrong_field_or_value_names_its_key() -> None:
    assert refusal("init", "normal", {"scael": 1}) == (
        "init.scael=1: normal has no such field; did you mean scale? allowed: bias, bias_scale, scale"
    )
    assert refusal("activation", "relu", {"slope": 1}) == "activation.slope=1: relu has no such field; it has none"
    assert refusal("optimizer", "adam", {"beta1": 1.0}) == (
        "optimizer.beta1=1.0: must be a number at least 0 and below 1"
    )
    assert refusal("schedule", "step", {"every": 0}) == "schedule.every=0: must be a whole number at least 1"
    assert refusal("init", "zeros", {"bias": "norml"}).startswith(
        "init.bias=norml: did you mean normal? allowed: zeros,"
    )


def test_a_new_component_is_one_decorated_class(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)

    @component("square", equation="gain z^2", reference="nobody 1900")
    class Square(Activation):
        """f' = 2 gain z."""

        gain: float = setting(1.0, above=0.0, help="the factor")

    assert names("activation")[-1] == "square"
    assert create("activation", "square", {"gain": 2}) == Square(2.0)
    assert refusal("activation", "square", {"gain": 0}) == "activation.gain=0: must be a number above 0"
    with pytest.raises(ValueError, match="activation 'square' is registered twice"):

        @component("square")
        class Again(Activation):
            pass


def test_a_field_may_not_hide_a_method() -> None:
    class Shadowing(Activation):
        derivative: float = setting(1.0, help="not a field")

    with pytest.raises(TypeError, match="'derivative' has the name of a method"):
        component("shadowing", equation="z", reference="none")(Shadowing)
    assert "shadowing" not in names("activation")
