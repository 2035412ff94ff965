"""Every trainer of the comparison ends where this project's does; one that doesn't is not timed."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import train
from chainrule.sweep.execute import train as train_stack
from chainrule.sweep.plan import make_plan
from experiments.benchmark.peers.numpy_loop import NumpyNetwork
from experiments.benchmark.task import Task, evenly
from experiments.benchmark.training import PEERS, Peer, in_own_process, prepare_chainrule, require_agreement
from experiments.benchmark.workloads import BARE, QUICK, Workload


@pytest.mark.parametrize("workload", [QUICK.moons, QUICK.digits], ids=lambda workload: workload.name)
@pytest.mark.parametrize("peer", [p for p in PEERS if p.installed and not p.environment], ids=lambda peer: peer.name)
def test_a_peer_ends_at_our_costs(peer: Peer, workload: Workload) -> None:
    task = Task.of(workload.changed({**BARE, **peer.agrees}).settings())
    expected = prepare_chainrule(task, workers=1)()
    np.testing.assert_allclose(peer.prepare(task)(), expected, rtol=1e-9)
    assert len(set(expected.round(12))) == workload.runs  # runs that all end alike would hide a mix-up


def test_a_peer_in_its_own_process_trains_the_runs_it_was_given() -> None:
    workload = QUICK.moons.changed(BARE)
    (peer,) = (peer for peer in PEERS if peer.name == "plain NumPy loop")
    with in_own_process(peer, workload, sample=3) as trainer:
        assert trainer.run_steps == 3 * 8
        assert trainer.rate() > 0
    everything = prepare_chainrule(Task.of(workload.settings()), workers=1)()
    np.testing.assert_allclose(trainer.costs, everything[evenly(workload.runs, 3)], rtol=1e-9)


def test_a_peer_whose_process_ends_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    broken = QUICK.moons.changed({"hidden": "nonsense"})
    with pytest.raises(RuntimeError, match="its error stands above"), in_own_process(PEERS[0], broken, sample=1):
        pass
    assert "hidden" in capfd.readouterr().err


def test_other_costs_are_refused() -> None:
    require_agreement("a peer", np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    with pytest.raises(RuntimeError, match="a peer ends at other costs"):
        require_agreement("a peer", np.array([1.0, 2.0]), np.array([1.0, 2.001]))


def test_the_numpy_loop_has_the_curves_that_the_sweep_records() -> None:
    (settings,) = QUICK.moons.first(learning_rate=1, init=1, seed=1).settings()
    (result,) = train_stack(make_plan([settings], workers=1)[0])
    assert result.history is not None
    task = Task.of([settings])
    network = NumpyNetwork(task.weights[0], task.biases[0])
    for epoch in range(settings.epochs):
        for X, Y in task.batches(0, epoch):
            network.step(X, Y, settings.learning_rate)
    curves = network.curves((task.X, task.Y), task.test)
    assert set(curves) == set(result.history.metrics)
    np.testing.assert_allclose([curves[key] for key in result.history.metrics], result.history.values[0, -1], rtol=1e-9)


def test_numpy_steps_by_hand() -> None:
    """One input 1, one unit, w = b = 0, target 1, rate 4: a = 1/2, dC/dw = dC/db = (1/2 - 1) 1/4 = -1/8."""
    network = NumpyNetwork([np.zeros((1, 1))], [np.zeros(1)])
    X, Y = np.ones((1, 1)), np.ones((1, 1))
    assert network.cost(X, Y) == 0.125
    network.step(X, Y, 4.0)
    assert (network.W[0][0, 0], network.b[0][0]) == (0.5, 0.5)
    expected = train([np.zeros((1, 1))], [np.zeros(1)], X, Y, learning_rate=4.0, epochs=2)
    network.step(X, Y, 4.0)
    np.testing.assert_allclose(network.W[0], expected.weights[0], rtol=1e-14)
