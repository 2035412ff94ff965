"""How the templates of a page are read: everything put into them is escaped."""

from __future__ import annotations

import functools

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def environment(package: str) -> Environment:
    """For the folder `templates` of `package`, and what all pages share; a name that is not given is an error."""
    own = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("chainrule.html")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own.filters |= {"px": "{:.1f}".format}
    own.globals |= {"zip": functools.partial(zip, strict=True)}
    return own
