"""Changes the code a little at a time and reports every change that no test notices: `make mutate`.

The work is mutmut's. What is here chooses the modules and the tests of their folders, reaches into decorated functions,
which mutmut leaves alone, and does not try the changes that `not_tried.toml` gives a reason for.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import resource
import shutil
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
import mutmut.__main__ as mutmut
from mutmut import configuration
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key
from mutmut.workers.isolation import ForkServerRunner

ROOT = Path(__file__).parents[2]
COPY = Path("mutants")  # mutmut's name for the changed checkout
REASONS = Path(__file__).with_name("not_tried.toml")
KILLED = ("killed", "timeout", "segfault", "suspicious")  # noticed: a test failed, hung, or ended in some other way

MOST_MEMORY = 8 << 30  # a mutant that asks for more fails
SKIPPED = 34  # mutmut's code of a mutant that was not to be tried

# What is mutated, with the tests that must notice.
MATHEMATICS = ("tests/components", "tests/core")
TABLES = tuple(f"tests/reading/test_{name}.py" for name in ("noise", "points", "sweep_keys", "tables", "terminal"))
STORES = tuple(f"tests/reading/test_{name}.py" for name in ("curves", "odd_runs", "parameters", "runs"))
TESTS = {
    "src/chainrule/components/*.py": MATHEMATICS,
    "src/chainrule/core/*.py": MATHEMATICS,
    "src/chainrule/sweep/plan.py": ("tests/sweep/test_plan.py",),
    "src/chainrule/sweep/run_records.py": ("tests/sweep/test_run_records.py",),
    "src/chainrule/record/run_record.py": ("tests/record/test_run_record.py", "tests/record/test_writers.py"),
    "src/chainrule/record/client_writer.py": ("tests/record/test_writers.py",),
    "src/chainrule/record/database_writer.py": ("tests/record/test_writers.py",),
    "src/chainrule/record/parquet_files.py": ("tests/record/test_parquet_files.py", "tests/reading/test_curves.py"),
    **{f"src/chainrule/reading/{name}.py": TABLES for name in ("noise", "points", "sweep_keys", "tables", "terminal")},
    **{f"src/chainrule/reading/{name}.py": STORES for name in ("curves", "parameters", "runs", "source", "*_source")},
}


@dataclass(frozen=True)
class Mutant:
    """One change to one function: its name in mutmut, the lines taken away and put in their place."""

    name: str
    module: Path
    function: str
    removed: str
    added: str

    @classmethod
    def named(cls, name: str, module: Path) -> Mutant:
        function, owner = orig_function_and_class_names_from_key(name)
        lines = [line for line in get_diff_for_mutant(name, path=module).splitlines()[2:] if line[:1] in "+-"]
        removed, added = ("\n".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
        return cls(name, module, f"{owner}.{function}" if owner else function, removed, added)

    def __str__(self) -> str:
        before, after = (text.replace("\n", f"\n{'':6}") for text in (self.removed, self.added))
        return f"{self.module}, {self.function}\n    - {before}\n    + {after}"


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 if every change was noticed or has its reason, else 1."""
    parser = argparse.ArgumentParser(prog="make mutate ARGS=...", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="files or folders under src; by default all that TESTS names")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N changes a module, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument("--only", metavar="NAME", default="", help="only functions whose name contains NAME")
    chosen = parser.parse_args(arguments)

    os.chdir(ROOT)
    modules = _modules(chosen.modules)
    if not modules:
        parser.error(f"no module to change in {' '.join(chosen.modules)}; TESTS in {Path(__file__).name} names them")
    started = time.monotonic()
    _configure(modules)
    mutants = [each for each in _changed_copy(modules) if chosen.only in each.function]
    is_left_out = _reasons()
    left_out = [each for each in mutants if is_left_out(each)]
    tried = _sample([each for each in mutants if each not in left_out], chosen.sample, chosen.seed)
    _skip_others(modules, {each.name for each in tried})
    mutmut._run((), max_children=1)
    return _report(tried, left_out, time.monotonic() - started)


def _modules(paths: Sequence[str]) -> dict[Path, tuple[str, ...]]:
    """The modules below `paths`, by default all, each with the tests that must notice a change."""
    wanted = [Path(path).resolve() for path in paths] or [ROOT]
    return {
        file: tests
        for pattern, tests in TESTS.items()
        for file in sorted(Path().glob(pattern))
        if any(file.resolve().is_relative_to(path) for path in wanted)
    }


def _configure(modules: dict[Path, tuple[str, ...]]) -> None:
    """A new copy of the checkout, which the tests and the processes they start import, and nothing else."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    os.environ["PYTHONPATH"] = str(COPY.resolve() / "src")
    config = configuration.config()
    config.only_mutate = [str(module) for module in modules]
    config.pytest_add_cli_args_test_selection = list(dict.fromkeys(t for tests in modules.values() for t in tests))
    file_mutation.MutationVisitor._skip_node_and_children = _skip(file_mutation.MutationVisitor._skip_node_and_children)
    file_mutation.function_trampoline_arrangement = _arrangement(file_mutation.function_trampoline_arrangement)
    PytestRunner.run_tests = _file_by_file(PytestRunner.run_tests)
    ForkServerRunner.run_clean_tests = lambda runner, tests: 0  # to find what reaches what, they have just been run


def _file_by_file(original: Callable[..., int]) -> Callable[..., int]:
    """The module's own test file, then the quickest, and none after a failure: to collect all takes seconds."""

    def run_tests(runner: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))  # in the mutant's own process
        own = f"/test_{mutant_name.split('.')[-2]}.py" if mutant_name else ""
        files: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            files[test.partition("::")[0]].append(test)
        durations = state().duration_by_test

        def rank(file: str) -> tuple[bool, float]:
            return not file.endswith(own), sum(durations.get(test, 0.0) for test in files[file])

        if not files:
            return original(runner, mutant_name=mutant_name, tests=())
        codes = (original(runner, mutant_name=mutant_name, tests=files[file]) for file in sorted(files, key=rank))
        return next(filter(None, codes), 0)

    return run_tests


def _skip(original: Callable[..., bool]) -> Callable[..., bool]:
    """Functions under `@property` or `@curve(...)` are mutated as others are, their decorators are not."""

    def skip(visitor: Any, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return original(visitor, node.with_changes(decorators=()))
        return original(visitor, node)

    return skip


def _arrangement(original: Callable[..., Any]) -> Callable[..., Any]:
    """Only what chooses among a function's mutants keeps its decorators: no curve is registered twice."""

    def arrangement(function: cst.FunctionDef, mutants: Iterable[Any], class_name: str | None) -> Any:
        if any(getattr(each.decorator, "value", "") in ("staticmethod", "classmethod") for each in function.decorators):
            return original(function, mutants, class_name)
        before, (trampoline, *copies), after, names = original(
            function.with_changes(decorators=()), mutants, class_name
        )
        trampoline = trampoline.with_changes(decorators=[*function.decorators, *trampoline.decorators])
        return before, [trampoline, *copies], after, names

    return arrangement


def _changed_copy(modules: Iterable[Path]) -> list[Mutant]:
    """Copy the checkout with all mutants in it, asleep."""
    with contextlib.redirect_stdout(io.StringIO()):
        mutmut.copy_src_dir()
        mutmut.create_mutants(1)
    return [Mutant.named(name, module) for module in modules for name in _codes(module).exit_code_by_key]


def _codes(module: Path) -> SourceFileMutationData:
    """What became of each of the module's mutants, as mutmut keeps it."""
    data = SourceFileMutationData(path=module)
    data.load()
    return data


def _skip_others(modules: Iterable[Path], tried: set[str]) -> None:
    """Have mutmut believe that the mutants not in `tried` are done with."""
    for module in modules:
        data = _codes(module)
        data.exit_code_by_key = {name: None if name in tried else SKIPPED for name in data.exit_code_by_key}
        data.save()


def _reasons() -> Callable[[Mutant], bool]:
    """Tells the changes that are not tried; `not_tried.toml` says what its tables hold."""
    held = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    functions = {(each["module"], each["function"]) for each in held["function"]}
    changes = {
        (each["module"], each["function"], before, after) for each in held["change"] for before, after in each["lines"]
    }
    detail = re.compile("|".join(each["pattern"] for each in held["detail"]))

    def is_left_out(mutant: Mutant) -> bool:
        place = str(mutant.module), mutant.function
        if place in functions or (*place, mutant.removed, mutant.added) in changes:
            return True
        before, after = (re.sub(r",? *(?=\))", "", detail.sub("", text)) for text in (mutant.removed, mutant.added))
        return before == after

    return is_left_out


def _sample(mutants: Sequence[Mutant], size: int | None, seed: int) -> list[Mutant]:
    by_module: dict[Path, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_module[mutant.module].append(mutant)
    rng = random.Random(seed)
    return [m for own in by_module.values() for m in (own if size is None else rng.sample(own, min(size, len(own))))]


def _report(tried: Sequence[Mutant], left_out: Sequence[Mutant], seconds: float) -> int:
    codes = [_codes(module).exit_code_by_key for module in {mutant.module for mutant in tried}]
    outcome = {name: status_by_exit_code[code] for own in codes for name, code in own.items()}
    survivors = [mutant for mutant in tried if outcome[mutant.name] not in KILLED]
    print("\nNot noticed:\n" if survivors else "\nEvery change was noticed.\n")
    for mutant in survivors:
        print(f"  {mutant}  ({outcome[mutant.name]})\n")
    for module in sorted({mutant.module for mutant in tried}):
        own = [mutant for mutant in tried if mutant.module == module]
        noticed = sum(outcome[mutant.name] in KILLED for mutant in own)
        others = sum(mutant.module == module for mutant in left_out)
        print(f"  {noticed:5} of {len(own):5} noticed, {others:3} not tried  {module}")
    print(f"  {len(tried) - len(survivors):5} of {len(tried):5} in {seconds / 60:.0f} min")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
