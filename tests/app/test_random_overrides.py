"""Whatever is typed, and whatever a file holds: valid settings reach the engine, or one line and exit code 2."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.app import sweep_size
from chainrule.cli import main
from chainrule.components import registry
from chainrule.datasets import load_dataset
from chainrule.datasets.split import standardized
from chainrule.errors import InputError
from chainrule.settings import Settings
from random_cases import cases

SECRET = "correct-horse-battery-staple"
MOST_RUNS = 300  # a million would be checked too, but not in a test

KINDS = [kind for kind in registry.kinds() if kind != "backward"]
NAMES = [name for kind in registry.kinds() for name in registry.names(kind)]
FIELDS = [
    f"{kind}.{field}" for kind in KINDS for n in registry.names(kind) for field in registry.lookup(kind, n).declared
]
KEYS = [
    *("hidden", "learning_rate", "epochs", "batch_size", "l2", "train_biases", "seed", "dtype", "backward"),
    *("backward.hidden", "backward.output", "check.method", "check.step", "check.directions", "check.slip", "check"),
    *("record.points", "record.curves", "record.parameters", "record", "study", "study.name", "study.question"),
    *("study.parts", "study.part", "tracking", "hydra.sweeper.params.seed", "hydra.sweeper.max_batch_size"),
    *("hydra.launcher.pictures", "hydra.launcher.exact", "hydra.callbacks.x._target_", "hydra.job.name", "hydra.mode"),
    *("hydra.run.dir", "hydra", "hydra/sweeper", "hydra.sweeper", "hydra.launcher", "hydra.searchpath", "defaults"),
    *("_target_", "init._target_", "record.curves.0", "hidden.0", "", ".", "a b", "init@x", "hydra.job.env_copy"),
]
WORDS = [
    *(
        "null",
        "true",
        "no",
        "nan",
        "inf",
        "-inf",
        "???",
        "''",
        "'1'",
        "text",
        "''' '",
        "1e308",
        "-1e308",
        "1e-320",
        "-0.0",
    ),
    *(
        "0",
        "1",
        "2",
        "-1",
        "0x10",
        "1_0",
        "99999999999999999999",
        "1" * 400,
        "0.5",
        "os.system",
        "all",
        "cost",
        "exact",
    ),
    *(
        "${seed}",
        "${oc.env:TOKEN}",
        "${oc.decode:'1'}",
        "'${oc.create:[1]}'",
        "${hydra:job.name}",
        "${now:%Y}",
        "${nowhere}",
    ),
    *(
        "${.}",
        "${..seed}",
        "$",
        "${",
        "}",
        "[",
        "]",
        "{",
        ",",
        "=",
        "\\",
        "\\,",
        "'",
        '"',
        "\x1b[31m",
        "\n",
        "\x00",
        "\ud800",
    ),
    *(
        "🙂",
        "é",
        "|",
        "<script>",
        "../..",
        "%41",
        "glob(*)",
        "glob(x*)",
        "x" * 5000,
        "[" * 300,
        "a: b",
        "  ",
        "{}",
        "[]",
    ),
]
WORD = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(NAMES),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.text(max_size=8),
)
CALLS = [
    "range",
    "choice",
    "interval",
    "shuffle",
    "sort",
    "glob",
    "tag",
    "int",
    "float",
    "str",
    "bool",
    "json_str",
    "f",
]


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(inner, max_size=3).map(",".join)
    return st.one_of(
        items.map("[{}]".format),
        items,
        st.builds("{}({})".format, st.sampled_from(CALLS), items),
        st.builds("{{{}:{}}}".format, st.sampled_from(["name", "scale", "_target_", "1"]), inner),
        st.builds("'{}'".format, inner),
    )


VALUE = st.recursive(WORD, _nested, max_leaves=6)
KEY = st.one_of(st.sampled_from(KEYS), st.sampled_from(KINDS), st.sampled_from(FIELDS))
# what is right more often than not, so that whole sweeps come about
PLAUSIBLE = st.one_of(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st.lists(st.sampled_from(registry.names(kind)), min_size=1, max_size=3).map(
            lambda names: f"{kind}={','.join(names)}"
        )
    ),
    st.sampled_from(
        ["seed=range(3)", "hidden=[4],[2,2],[]", "learning_rate=0.1,1", "epochs=2", "l2=0,1e-3", "seed=1,2"]
    ),
    st.sampled_from(
        [
            "batch_size=8",
            "dtype=float32,float64",
            "record.points=9",
            "backward.hidden=one",
            "-m",
            "hydra/launcher=basic",
        ]
    ),
)
JUNK = st.one_of(
    st.builds("{}{}={}".format, st.sampled_from(["", "", "", "+", "++", "~"]), KEY, VALUE),
    st.builds("{}{}".format, st.sampled_from(["~", "", "+"]), KEY),
    st.text(max_size=12).filter(lambda text: not text.startswith("-")),
)
ARGUMENTS = st.lists(st.one_of(PLAUSIBLE, JUNK, JUNK), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def nothing_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A secret in the environment, and a folder where nothing is lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", SECRET)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db")
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        patch.setattr(sweep_size, "MOST_RUNS", MOST_RUNS)
        yield


# the fixtures are set back by the test itself
@settings(max_examples=cases(160), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(word=st.sampled_from(["train", "sweep"]), arguments=ARGUMENTS)
def test_random_overrides_train_or_are_refused_in_one_line(asked, nothing_outside, capsys, word, arguments):
    asked.settings, asked.events = [], []
    # Hydra warns of folders that don't exist and of what is deprecated: on standard error, beside the line
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = main([word, *arguments])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    if code == 2:
        assert asked.events == []
        assert err.startswith("chainrule: ")
        assert err.count("\n") == 1
        assert err[:-1].isprintable()
        return
    assert code == 0
    assert asked.events
    assert 1 <= len(asked.settings) <= MOST_RUNS
    assert all(isinstance(each, Settings) and SECRET not in str(each.params()) for each in asked.settings)


CELL = st.one_of(
    st.sampled_from(
        ["1", "1.0", "2", "-3e5", "cat", "dog", "", "nan", "inf", "1e400", '"', '"a,b"', " 1", "1_0", "\ufeff"]
    ),
    st.floats().map(repr),
    st.text(max_size=4),
)
LINES = st.lists(st.lists(CELL, max_size=3), max_size=30)
TABLE = st.builds(
    lambda header, lines, comma, end: (header + end.join(comma.join(cells) for cells in lines)).encode(
        errors="replace"
    ),
    st.sampled_from(["", "a,kind\n", "a,b,kind\r\n", "a;kind\n", "kind\n", "\x1b[31m,kind\n", "<script>,kind\n"]),
    LINES,
    st.sampled_from([",", ",", ",", ";", "\t", ", "]),
    st.sampled_from(["\n", "\n", "\r\n", "\r", "\x00"]),
)
SOUND = st.lists(st.tuples(st.floats(-1e6, 1e6), st.sampled_from(["cat", "dog", "1", "2.5"])), max_size=30).map(
    lambda rows: ("a,kind\n" + "".join(f"{a!r},{kind}\n" for a, kind in rows)).encode()
)


@settings(max_examples=cases(400))
@given(
    content=st.one_of(st.binary(max_size=200), TABLE, SOUND),
    test_size=st.sampled_from([0.0, 0.25]),
    task=st.sampled_from(["auto", "classification", "regression"]),
)
def test_random_bytes_are_a_dataset_or_are_refused_in_one_line(nothing_outside, content, test_size, task):
    Path("table.csv").write_bytes(content)
    try:
        data = load_dataset("csv", path="table.csv", target="kind", test_size=test_size, task=task)
    except InputError as error:
        refused = str(error)
        assert refused.isprintable()
        return
    assert len(data.X_train) == len(data.y_train) > 0
    assert abs(standardized(data.X_train, data.X_test)[0]).max() < 1e6
    assert data.n_outputs == 1 if data.task == "regression" else len(set(data.y_train.tolist())) == data.n_classes > 1
    os.unlink("table.csv")
