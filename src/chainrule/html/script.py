"""A page's JavaScript: modules of a package's folder `static`, joined into one that stands in the page."""

from __future__ import annotations

import functools
import re
from importlib import resources


@functools.cache
def script(package: str, *names: str) -> str:
    """The modules `names` of `package` as one: each after those it imports, whose names are there already then."""
    folder = resources.files(package) / "static"
    text = "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in names)
    text = re.sub(r"^import .*?;\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^export ", "", text, flags=re.MULTILINE)


@functools.cache
def static(package: str, name: str) -> str:
    """The text of another file of that folder."""
    return (resources.files(package) / "static" / name).read_text(encoding="utf-8")
