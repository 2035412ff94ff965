"""Every trainer of the comparison ends where this project's does; one that doesn't is not timed."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from chainrule import train
from chainrule.bench.composed import settings_of
from chainrule.bench.parts.training import PEERS, Entry, require_agreement
from chainrule.bench.peers import ours
from chainrule.bench.peers.remote import Peer
from chainrule.bench.plain import PlainNetwork, train_plain
from chainrule.bench.scale import QUICK
from chainrule.bench.task import Task, evenly
from chainrule.bench.workloads import BARE, Workload
from chainrule.sweep.execute import train as train_stack
from chainrule.sweep.plan import make_plan

INSTALLED = [entry for entry in PEERS if importlib.util.find_spec(entry.library)]


@pytest.mark.parametrize("workload", QUICK.training, ids=lambda workload: workload.name)
@pytest.mark.parametrize("entry", [e for e in INSTALLED if not e.environment], ids=lambda entry: entry.name)
def test_a_peer_ends_at_our_costs(entry: Entry, workload: Workload) -> None:
    task = Task.of(settings_of(workload.sharing(BARE).sharing(entry.agrees)))
    expected = ours.prepare(task, workers=1)()
    np.testing.assert_allclose(entry.prepare(task)(), expected, rtol=1e-9)
    assert len(set(expected.round(12))) == workload.runs  # runs that all end alike would hide a mix-up


def test_a_peer_in_its_own_process_trains_the_runs_it_was_given() -> None:
    workload = QUICK.training[0].sharing(BARE)
    (entry,) = (entry for entry in PEERS if entry.name == "plain NumPy loop")
    with Peer(entry.prepare, workload, sample=3, environment={"SOME_FLAG": "1"}) as peer:
        assert peer.run_steps == 3 * 8
        assert peer.rate() > 0
    everything = ours.prepare(Task.of(settings_of(workload)), workers=1)()
    np.testing.assert_allclose(peer.costs, everything[evenly(workload.runs, 3)], rtol=1e-9)


def test_other_costs_are_refused() -> None:
    require_agreement("a peer", np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    with pytest.raises(RuntimeError, match="a peer ends at other costs"):
        require_agreement("a peer", np.array([1.0, 2.0]), np.array([1.0, 2.001]))


def test_plain_curves_are_the_ones_the_sweep_records() -> None:
    (settings,) = settings_of(QUICK.W1.first(learning_rate=1, init=1, seed=1))
    (stack,) = make_plan([settings], workers=1)
    (result,) = train_stack(stack)
    assert result.history is not None
    task = Task.of([settings])
    network = PlainNetwork(task.weights[0], task.biases[0])
    train_plain(network, task.epochs_of(0), settings.learning_rate)
    parts = [(part.inputs[:, :-1], part.targets) for part in (stack.data.train, stack.data.test) if part]
    curves = network.curves(*parts)
    assert set(curves) == set(result.history.metrics)
    recorded = result.history.values[0, -1]
    np.testing.assert_allclose([curves[key] for key in result.history.metrics], recorded, rtol=1e-9)


def test_plain_training_of_two_steps_by_hand() -> None:
    """One input 1, one unit, w = b = 0, target 1, rate 4: a = 1/2, dC/dw = dC/db = (1/2 - 1) 1/4 = -1/8."""
    network = PlainNetwork([np.zeros((1, 1))], [np.zeros(1)])
    X, Y = np.ones((1, 1)), np.ones((1, 1))
    assert network.cost(X, Y) == 0.125
    network.step(X, Y, 4.0)
    assert (network.W[0][0, 0], network.b[0][0]) == (0.5, 0.5)
    expected = train([np.zeros((1, 1))], [np.zeros(1)], X, Y, learning_rate=4.0, epochs=2)
    network.step(X, Y, 4.0)
    np.testing.assert_allclose(network.W[0], expected.weights[0], rtol=1e-14)


def test_mini_batches_cover_every_sample_once_an_epoch() -> None:
    task = Task.of(settings_of(QUICK.training[1].first(learning_rate=1, init=1, seed=2)))
    assert task.orders is not None
    assert not np.array_equal(task.orders[0, 0], task.orders[1, 0])
    sizes = [len(X) for X, _ in next(task.epochs_of(0))]
    assert sizes == [64] * (len(task.X) // 64) + [len(task.X) % 64]
    assert task.run_steps == 2 * task.epochs * len(sizes)
