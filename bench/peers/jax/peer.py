"""JAX: vmap over one replica's step, and a loop over replicas."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from trainer import Trainer
from workload import Workload

BLOCK = 32  # steps whose entries are drawn by one call

jax.config.update("jax_default_matmul_precision", "highest")  # no TF32: the same precision for all


class JaxTrainer(Trainer):
    """Steps in one compiled loop whose buffers are donated; draws a block at a time."""

    package = "jax"

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        jax.config.update("jax_enable_x64", workload.precision == "float64")
        self.device_of_all = jax.devices("gpu" if device == "cuda" else "cpu")[0]
        self.state = self._put(self._pack(workload.start(n)))
        self.key = self._put(jax.random.key(1))
        self.granule = BLOCK
        constants = self._put((workload.target.astype(workload.precision), workload.slope.astype(workload.precision),
                               *(index.astype(np.int32) for index in workload.observed)))
        self._advance = jax.jit(partial(self._blocks, constants), donate_argnums=0)
        self._replay = jax.jit(partial(self._entries, constants), donate_argnums=0)

    def _put(self, tree):
        return jax.device_put(tree, self.device_of_all)

    def _pack(self, start: np.ndarray):
        """Factors as this trainer keeps them, from (replica, layer, row, column)."""
        raise NotImplementedError

    def _step(self, constants, state, rows, columns):
        raise NotImplementedError

    def _entries(self, constants, state, rows, columns):
        def step(carried, entries):
            return self._step(constants, carried, *entries), None

        return lax.scan(step, state, (rows, columns))[0]

    def _blocks(self, constants, state, key, count):
        observed_rows, observed_columns = constants[2:]

        def sgd_block(block, carried):
            drawn = jax.random.randint(jax.random.fold_in(key, block), (BLOCK, self.n), 0, observed_rows.size)
            return self._entries(constants, carried, observed_rows[drawn], observed_columns[drawn])

        def gd_block(_, carried):
            return lax.fori_loop(0, BLOCK, lambda _, now: self._step(constants, now, None, None), carried)

        return lax.fori_loop(0, count, sgd_block if self.workload.operation == "sgd" else gd_block, state)

    def advance(self, steps: int) -> None:
        self.key, now = jax.random.split(self.key)
        self.state = jax.block_until_ready(self._advance(self.state, now, steps // BLOCK))

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        self.state = self._replay(self.state, *self._put((rows, columns)))


def replica_step(workload: Workload, constants, factors, *entry):
    """One replica's step with jax.grad, on an entry (i, j) if there is one."""
    target, slope = constants[:2]

    def loss(factors):
        product = factors[0]
        for factor in factors[1:]:
            product = factor @ product
        return 0.5 * jnp.sum(slope * (product - target) ** 2)

    def entry_loss(factors, i, j):
        vector = factors[0][:, j]
        for factor in factors[1:-1]:
            vector = factor @ vector
        return 0.5 * slope[i, j] * (factors[-1][i] @ vector - target[i, j]) ** 2

    gradient = jax.grad(entry_loss if entry else loss)(factors, *entry)
    return tuple(workload.decay * w - workload.learning_rate * g for w, g in zip(factors, gradient))


class JaxVmap(JaxTrainer):
    """One replica's step, vmapped, under scan."""

    def _pack(self, start):
        return tuple(start.swapaxes(0, 1).copy())

    def _step(self, constants, state, rows, columns):
        step = jax.vmap(partial(replica_step, self.workload, constants))
        return step(state, rows, columns) if self.workload.operation == "sgd" else step(state)

    def factors(self) -> np.ndarray:
        return np.stack([np.asarray(layer) for layer in self.state], axis=1)


class JaxLoop(Trainer):
    """One seed after another, a compiled step called from Python, as most sweeps are written."""

    package = "jax"
    most_replicas = 16

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        jax.config.update("jax_enable_x64", workload.precision == "float64")
        self.device_of_all = jax.devices("gpu" if device == "cuda" else "cpu")[0]
        self.replicas = [jax.device_put(tuple(replica), self.device_of_all) for replica in workload.start(n)]
        constants = jax.device_put((workload.target.astype(workload.precision), workload.slope.astype(workload.precision)),
                                   self.device_of_all)
        self.step = jax.jit(partial(replica_step, workload, constants), donate_argnums=0)
        self.random = np.random.default_rng(1)

    def _train(self, entries_of) -> None:
        for replica, factors in enumerate(self.replicas):
            for entry in entries_of(replica):
                factors = self.step(factors, *entry) if self.workload.operation == "sgd" else self.step(factors)
            self.replicas[replica] = jax.block_until_ready(factors)

    def advance(self, steps: int) -> None:
        rows, columns = self.workload.observed

        def drawn(_):
            return ((rows[k], columns[k]) for k in self.random.integers(rows.size, size=steps))

        self._train(drawn)

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        self._train(lambda replica: zip(rows[:, replica], columns[:, replica]))

    def factors(self) -> np.ndarray:
        return np.array([[np.asarray(factor) for factor in replica] for replica in self.replicas])
