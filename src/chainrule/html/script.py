"""A page's JavaScript: modules of a package's folder `static`, joined into one that stands in the page."""

from __future__ import annotations

import functools
import re
from importlib import resources


@functools.cache
def script(package: str, *names: str) -> str:
    """The modules `names` of `package` as one, each after those it imports and in a scope of its own.

    What a module exports is held under `modules.NAME`: two modules may use one name for different things. Known are
    the forms `import { a, b } from "./name.js";` and `export function|const|class`.
    """
    return "const modules = {};\n" + "".join(_scoped(name, static(package, f"{name}.js")) for name in names)


def _scoped(name: str, module: str) -> str:
    exported = re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", module, re.MULTILINE)
    body = re.sub(r'^import (\{[^}]*\}) from "\./(\w+)\.js";', r"const \1 = modules.\2;", module, flags=re.MULTILINE)
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE)
    return f"modules.{name} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"


@functools.cache
def static(package: str, name: str) -> str:
    """The text of another file of that folder."""
    return (resources.files(package) / "static" / name).read_text(encoding="utf-8")
