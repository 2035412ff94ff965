"""The shape of the house, read from its imports: arrows point one way, and heavy packages come late."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"

# From the ground up. A part may import the parts of lower storeys and itself; parts of one storey do not know each
# other. What is not named here (the commands, the Hydra app, explain, ...) stands above all of it.
STOREYS = (
    ("errors", "paths", "formats", "markdown", "terminal", "html"),
    ("components",),
    ("core", "datasets"),
    ("arrays",),
    ("settings", "single"),
    ("build",),
    ("study",),
    ("record",),
    ("reading",),
    ("figures",),
    ("report",),
    ("sweep",),
)
FLOOR = {part: floor for floor, parts in enumerate(STOREYS) for part in parts}
TOP = len(STOREYS)
MATHEMATICS = {"errors", "components", "core", "datasets", "arrays", "settings", "single", "build"}
TRACKERS = {"hydra", "omegaconf", "mlflow", "sqlalchemy"}
HEAVY = TRACKERS | {"pandas", "sklearn", "scipy", "matplotlib", "joblib", "rich", "pyarrow"}


@dataclass(frozen=True)
class Import:
    """One import of `module` in `importer`, dotted; `late` if it waits in a function, `typing` if only for types."""

    importer: str
    module: str
    late: bool
    typing: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imports_of(name: str) -> Iterator[Import]:
    """All imports of a module; `from package import module` counts as the module's, not the package's."""

    def visit(node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(name, alias.name, late, typing) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{name} has a relative import"
                source = child.module or ""
                for alias in child.names:
                    inner = f"{source}.{alias.name}"
                    yield Import(name, inner if inner in MODULES else source, late, typing)
            elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                yield from visit(ast.Module(child.body, []), late, True)
            else:
                waits = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from visit(child, late or waits, typing)

    yield from visit(ast.parse(MODULES[name].read_text(encoding="utf-8")), False, False)


IMPORTS = [found for name in MODULES for found in imports_of(name)]


def part_of(module: str) -> str:
    """The part of chainrule a module belongs to; "" for the package itself."""
    return module.split(".")[1] if "." in module else ""


def floor_of(part: str) -> int:
    return FLOOR.get(part, TOP)


def test_all_modules_were_read() -> None:
    assert {"chainrule", "chainrule.core.network", "chainrule.single", "chainrule.cli"} <= set(MODULES)
    assert len(IMPORTS) > 300
    assert any(found.late for found in IMPORTS)
    assert any(found.typing for found in IMPORTS)


def inner_imports() -> list[Import]:
    """Imports from one part of chainrule to another."""
    inside = [f for f in IMPORTS if f.importer.split(".")[0] == f.module.split(".")[0] == "chainrule"]
    return [f for f in inside if part_of(f.importer) and part_of(f.module) not in {"", part_of(f.importer)}]


def test_every_arrow_points_down() -> None:
    wrong = [
        f"{found.importer} imports {found.module}"
        for found in inner_imports()
        if floor_of(part_of(found.importer)) <= floor_of(part_of(found.module))
        and floor_of(part_of(found.importer)) < TOP
    ]
    assert not wrong


def test_the_mathematics_stands_on_itself_alone() -> None:
    wrong = [
        f"{found.importer} imports {found.module}"
        for found in inner_imports()
        if part_of(found.importer) in MATHEMATICS and part_of(found.module) not in MATHEMATICS
    ]
    assert not wrong


def test_nothing_imports_the_command_line_but_the_package_itself() -> None:
    importers = {found.importer for found in IMPORTS if found.module == "chainrule.cli"}
    assert importers <= {"chainrule.__main__"}


def outer(names: set[str], *, mathematics: bool, at_the_top: bool) -> list[str]:
    return [
        f"{found.importer} imports {found.module}"
        for found in IMPORTS
        if found.module.split(".")[0] in names
        and (not mathematics or part_of(found.importer) in MATHEMATICS)
        and not (at_the_top and (found.late or found.typing))
    ]


def test_the_mathematics_knows_no_tracker_and_no_configuration_tool() -> None:
    assert not outer(TRACKERS, mathematics=True, at_the_top=False)


def test_the_mathematics_loads_nothing_heavy_at_the_top() -> None:
    assert not outer(HEAVY, mathematics=True, at_the_top=True)


@pytest.mark.parametrize(
    ("package", "parts"),
    [("hydra", {"app", "explain"}), ("omegaconf", {"app", "explain"}), ("mlflow", {"record", "reading"})],
)
def test_each_tool_is_known_to_its_own_part_only(package: str, parts: set[str]) -> None:
    """Hydra's plugin shell is not part of chainrule."""
    importers = {
        part_of(found.importer)
        for found in IMPORTS
        if found.module.split(".")[0] == package and found.importer.startswith("chainrule")
    }
    assert importers <= parts


def insides_of_tools(name: str) -> list[str]:
    """What a module that knows Hydra or OmegaConf uses of their private packages and attributes."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    if not {"hydra", "omegaconf"} & {found.module.split(".")[0] for found in IMPORTS if found.importer == name}:
        return []
    imported = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    attributes = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and ast.unparse(node.value) not in ("self", "cls")
    ]
    return [text for text in imported if "._" in text] + attributes


def test_what_leans_on_hydras_insides_stands_in_one_module() -> None:
    used = {name: insides_of_tools(name) for name in MODULES}
    assert "config._get_flag" in used["chainrule.app.hydra_internals"]
    assert "hydra._internal.hydra.Hydra" in used["chainrule.app.hydra_internals"]
    assert {name for name, insides in used.items() if insides} == {"chainrule.app.hydra_internals"}


def test_no_module_needs_itself_to_load() -> None:
    graph: dict[str, set[str]] = {}
    for found in IMPORTS:
        if not found.late and not found.typing and found.module in MODULES:
            graph.setdefault(found.importer, set()).add(found.module)
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) > 50  # raises CycleError, naming the cycle


@pytest.mark.parametrize(
    ("program", "forbidden"),
    [
        ("import chainrule", HEAVY | {"numpy"}),
        ("import chainrule.cli", HEAVY | {"numpy"}),
        ("import chainrule.components, chainrule.datasets", HEAVY),
        ("import chainrule; chainrule.backprop([[[1.0]]], [[0.0]], [[1.0]], [[0.0]])", HEAVY),
        ("import chainrule.settings", HEAVY),
        ("import chainrule; chainrule.load_dataset('moons')", TRACKERS | {"matplotlib"}),
    ],
)
def test_what_a_fresh_python_loads(program: str, forbidden: set[str]) -> None:
    listing = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); {program}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    loaded = {module.split(".")[0] for module in done.stdout.split()}
    assert "chainrule" in loaded
    assert not loaded & forbidden
