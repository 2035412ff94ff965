"""JAX: all runs as one compiled float64 program, steps by `scan`, runs by `vmap`, the gradient written out.

The gradient by hand and the unrolled scan were the fastest of the forms tried (`jax.grad` takes a tenth longer).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.benchmark.task import Array, Task, Trainer

TWO_DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}  # each core a device of its own
_UNROLLED = 4
_BLOCK = 20  # runs a block, to stay in a core's cache: the fastest on both nets


def prepare(task: Task) -> Trainer:
    """One `jit(vmap)` over all runs; XLA's threads use every core. Compiles here."""
    jax = _jax()
    return _compiled(task, jax.vmap(_one_run(task)))


def prepare_blocked(task: Task) -> Trainer:
    """The same by an expert: blocks of runs that fit the cache, half of them on each of two devices."""
    jax = _jax()
    one_run = jax.vmap(_one_run(task))
    mesh = jax.make_mesh((2,), ("devices",))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("devices"))
    half = len(task.rates) // 2
    block = next(size for size in range(min(_BLOCK, half), 0, -1) if half % size == 0)

    def half_of_the_runs(*runs: Any) -> Any:
        blocks = jax.tree.map(lambda x: x.reshape(-1, block, *x.shape[1:]), runs)
        costs = jax.lax.map(lambda each: one_run(*each), blocks)
        return costs.reshape(-1)

    specs = {"in_specs": sharding.spec, "out_specs": sharding.spec}
    return _compiled(task, jax.shard_map(half_of_the_runs, mesh=mesh, **specs, check_vma=False), sharding)


def _jax() -> Any:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def _compiled(task: Task, program: Callable[..., Any], sharding: Any = None) -> Trainer:
    jax = _jax()
    layers = [np.stack(layer) for layer in zip(*task.weights, strict=True)]
    biases = [np.stack(layer)[:, :, None] for layer in zip(*task.biases, strict=True)]
    runs = [list(zip(layers, biases, strict=True)), task.rates, *([] if task.orders is None else [task.orders])]
    held = jax.tree.map(lambda x: jax.device_put(x, sharding), runs)
    compiled = jax.jit(program)

    def run() -> Array:
        return np.asarray(compiled(*held))

    run()
    return run


def _one_run(task: Task) -> Callable[..., Any]:
    """A function of one run's parameters, rate and orders (with mini-batches) to its final cost."""
    jax = _jax()
    X, Y = jax.numpy.asarray(task.X), jax.numpy.asarray(task.Y)
    step = _step(jax)

    def full_batch(parameters: Any, rate: Any) -> Any:
        trained, _ = jax.lax.scan(
            lambda w, _: (step(w, X.T, Y.T, rate), None), parameters, None, length=task.epochs, unroll=_UNROLLED
        )
        return _cost(jax, trained, X.T, Y.T)

    def mini_batches(parameters: Any, rate: Any, orders: Any) -> Any:
        size = task.batch_size
        whole = len(task.X) // size * size

        def batch(w: Any, chosen: Any) -> tuple[Any, None]:
            return step(w, X[chosen].T, Y[chosen].T, rate), None

        def epoch(w: Any, order: Any) -> tuple[Any, None]:
            w, _ = jax.lax.scan(batch, w, order[:whole].reshape(-1, size), unroll=_UNROLLED)
            return batch(w, order[whole:]) if whole < len(task.X) else (w, None)

        trained, _ = jax.lax.scan(epoch, parameters, orders)
        return _cost(jax, trained, X.T, Y.T)

    return full_batch if task.orders is None else mini_batches


def _forward(jax: Any, parameters: Any, X: Any) -> list[Any]:
    a = [X]
    for W, b in parameters:
        a.append(1.0 / (1.0 + jax.numpy.exp(-(W @ a[-1] + b))))
    return a


def _cost(jax: Any, parameters: Any, X: Any, Y: Any) -> Any:
    return 0.5 * jax.numpy.sum((_forward(jax, parameters, X)[-1] - Y) ** 2) / X.shape[1]


def _step(jax: Any) -> Callable[..., Any]:
    """One step of gradient descent on X (features, samples) and Y (outputs, samples)."""

    def step(parameters: Any, X: Any, Y: Any, rate: Any) -> Any:
        a = _forward(jax, parameters, X)
        delta = (a[-1] - Y) * a[-1] * (1.0 - a[-1]) / X.shape[1]
        new = []
        for layer in range(len(parameters) - 1, -1, -1):
            W, b = parameters[layer]
            new.append((W - rate * (delta @ a[layer].T), b - rate * delta.sum(axis=1, keepdims=True)))
            if layer:
                delta = (W.T @ delta) * a[layer] * (1.0 - a[layer])
        return new[::-1]

    return step
