"""Composing by memory gives what Hydra gives, and asks Hydra only once for each set of choices."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError

from chainrule.app.composing import Loader, MemoisingLoader
from chainrule.app.config_sources import search_path
from chainrule.app.hydra_internals import create_search_path
from chainrule.errors import InputError
from random_cases import cases

FILES = {
    # values alone; values that refer to others, to a choice, to a resolver; a value that asks Hydra's own node
    "plain": "a: 1\nb: text\n",
    "linked": "a: 1\nb: ${a}\nlinked: {list: '${c.g}', width: '${size.width}', twice: '${twice:${a}}', far: '${c}'}\n",
    "asking": "a: 1\nb: ${hydra:runtime.choices.size}\n",
    "size/small": "width: 2\ndeep: {names: [x, y]}\n",
    "size/large": "width: 64\nextra: null\n",
    "rule/small_rule": "factor: 0.5\nwidth: ${size.width}\n",
    "rule/large_rule": "factor: 2\n",
}
DEFAULTS = "defaults: [size: small, rule: '${size}_rule', _self_]\n"
SHARED = "c: {d: 1.5, e: null, f: '', g: [1, 2], h: {i: true}}\n"


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loader, dict[str, MemoisingLoader]]]:
    """Hydra's way, and by memory: a loader for each primary config, as it lives for one sweep."""
    folder = tmp_path_factory.mktemp("conf")
    for name, text in FILES.items():
        file = folder / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text if "/" in name else DEFAULTS + text + SHARED)
    version.setbase("1.3")
    setup_globals()
    OmegaConf.register_new_resolver("twice", lambda number: [number, number])
    path = create_search_path(folder)
    yield Loader(path), {name: MemoisingLoader(path) for name in ("plain", "linked", "asking")}
    OmegaConf.clear_resolver("twice")


@functools.cache
def master(loader: ConfigLoaderImpl, name: str) -> DictConfig:
    """The config of the sweep itself, which every job's is made from."""
    return loader.load_configuration(name, [], RunMode.MULTIRUN)


KEYS = ["a", "b", "c", "c.d", "c.e", "c.f", "c.g", "c.g.0", "c.h.i", "size.width", "size.deep.names", "size.extra"]
KEYS += ["rule.factor", "linked.list", "linked.width", "nowhere", "c.nowhere", "a.nowhere"]
SCALARS = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=True).map(str),
    st.sampled_from(["null", "true", "False", "NaN", "-inf", "word", "two words", "'quoted, with commas'", '"12"']),
    st.sampled_from(["${a}", "${c.g}", "${nowhere}", "'${twice:3}'", "???", "1e-3", "a/b.c:d", "", "'$'"]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS.filter(bool), max_size=3).map(lambda items: f"[{','.join(items)}]"))
VALUES |= st.sampled_from(["{j:1}", "{i:false}", "[[1,2],[]]", "[{k:1}]"])
OVERRIDES = st.one_of(
    st.builds("{}={}".format, st.sampled_from(KEYS), VALUES),
    st.sampled_from(
        ["size=small", "size=large", "rule=large_rule", "size=none_such", "size=null", "rule=[small_rule]"]
    ),
    st.sampled_from(["+new=1", "++a=2", "++c.h.new=3", "~c.e", "~rule", "+size.fresh=[1]", "hydra.job.name=other"]),
)


def composed(loader: Loader, name: str, job: list[str]) -> str:
    """The config with its types, or the one line that refuses it."""
    try:
        return repr(loader.compose(master(loader, name), job))
    except InputError as error:
        return f"refused: {error}"


@settings(max_examples=cases(40), deadline=None)
@given(name=st.sampled_from(["plain", "linked", "asking"]), job=st.lists(OVERRIDES, max_size=4))
def test_by_memory_is_hydras_own(loaders, name, job):
    exact, by_memory = loaders
    assert composed(by_memory[name], name, job) == composed(exact, name, job)


def test_jobs_do_not_disturb_each_other(loaders):
    _, by_memory = loaders
    loader = by_memory["linked"]
    config = master(loader, "linked")
    before = loader.compose(config, ["a=1"])
    changed = loader.compose(config, ["c.g=[9]", "c.h.i=false", "a=7"])
    assert changed["linked"]["list"] == [9]
    assert changed["linked"]["twice"] == [7, 7]
    assert changed["c"]["h"] == {"i": False}
    assert loader.compose(config, ["a=1"]) == before


def test_hydra_composes_each_set_of_choices_once(monkeypatch):
    loader = MemoisingLoader(search_path())
    config = master(loader, "config")
    asked: list[list[str]] = []
    hydras_own = ConfigLoaderImpl.load_sweep_config

    def counted(self: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        asked.append(sweep_overrides)
        return hydras_own(self, master_config, sweep_overrides)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counted)
    rates, inits = [f"learning_rate={0.01 * n}" for n in range(1, 26)], ["init=zeros", "init=he_normal"]
    jobs = [list(job) for job in itertools.product(rates, inits, ["seed=0", "seed=1", "seed=2"])]
    for job in jobs:  # the sweeper's pass
        loader.load_sweep_config(config, job)
    configs = [loader.compose(config, job) for job in jobs]
    assert asked == [["init=zeros"], ["init=he_normal"]]
    assert [(c["learning_rate"], c["init"]["name"], c["seed"]) for c in configs] == [
        (0.01 * n, init, seed) for n in range(1, 26) for init in ("zeros", "he_normal") for seed in range(3)
    ]


def test_the_projects_own_jobs_are_hydras_own():
    by_memory, exact = MemoisingLoader(search_path()), Loader(search_path())
    config = master(exact, "config")
    for job in (
        ["dataset=digits", "hidden=[32]", "batch_size=64", "output=softmax", "cost=cross_entropy"],
        ["init=normal", "init.scale=3", "init.bias=constant", "backward.hidden=one", "tracking.uri=null"],
        ["study=learning_rate_by_initialization", "optimizer=adam", "optimizer.beta1=0.5", "schedule=cosine"],
    ):
        assert repr(by_memory.compose(config, job)) == repr(exact.compose(config, job))


def test_what_the_sweeper_gets_says_that_it_is_empty():
    loader = MemoisingLoader(search_path())
    config = loader.load_sweep_config(master(loader, "config"), ["seed=1"])
    with pytest.raises(ConfigAttributeError):
        _ = config.seed


def test_the_working_directory_does_not_matter(tmp_path: Path, monkeypatch):
    here = Loader(search_path())
    first = here.compose(master(here, "config"), ["seed=1"])
    monkeypatch.chdir(tmp_path)
    elsewhere = Loader(search_path())
    assert elsewhere.compose(master(elsewhere, "config"), ["seed=1"]) == first
