"""Which derivative the backward pass multiplies with: the true one, or a stand-in to see what it is for."""

from __future__ import annotations

from typing import ClassVar

from chainrule.components.registry import Component, component


class Backward(Component):
    """The factor keep * f'(z) + add, in the place where the chain rule has f'(z)."""

    kind: ClassVar[str] = "backward"
    keep: ClassVar[float]
    add: ClassVar[float]

    @property
    def is_exact(self) -> bool:
        """Whether the factor is the derivative itself."""
        return self.keep == 1.0 and self.add == 0.0


@component("exact", equation="f'(z)", reference="Rumelhart, Hinton & Williams 1986, eq. 6")
class Exact(Backward):
    """The chain rule as it is."""

    keep, add = 1.0, 0.0


@component("one", equation="1", reference="Nielsen 2015, ch. 3")
class One(Backward):
    """The derivative left out."""

    keep, add = 0.0, 1.0


@component("quarter", equation="1/4", reference="Nielsen 2015, ch. 5")
class Quarter(Backward):
    """The sigmoid's largest derivative, everywhere."""

    keep, add = 0.0, 0.25


@component("offset", equation="f'(z) + 0.1", reference="Fahlman 1988, sec. 3")
class Offset(Backward):
    """A derivative that never dies."""

    keep, add = 1.0, 0.1
