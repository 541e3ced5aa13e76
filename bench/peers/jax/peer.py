"""JAX: vmap over one replica's step, and batch-minor arrays as somebody writes them who knows the compiler."""

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


def multiply_by_columns(a, b):
    """a b for (row, column, replica) arrays as a loop over rank-one updates: on a CPU each is one vector loop."""
    def update(k, total):
        return total + lax.dynamic_index_in_dim(a, k, 1) * lax.dynamic_index_in_dim(b, k, 0)

    return lax.fori_loop(0, a.shape[1], update, jnp.zeros((a.shape[0], b.shape[1], a.shape[2]), b.dtype))


def multiply_at_once(a, b):
    """The same as one fused reduction of broadcast products: on a GPU a loop would be launched piece by piece."""
    return jnp.sum(a[:, :, None] * b[None], axis=1)


def transposed(a):
    return a.swapaxes(0, 1)


class JaxBatchMinor(JaxTrainer):
    """Arrays (row, column, replica), so that every operation is a vector operation over replicas."""

    def __init__(self, workload: Workload, n: int, device: str):
        self._multiply = multiply_by_columns if device == "cpu" else multiply_at_once
        super().__init__(workload, n, device)

    def _pack(self, start):
        return tuple(np.ascontiguousarray(layer) for layer in start.transpose(1, 2, 3, 0))

    def _step(self, constants, state, rows, columns):
        target, slope = constants[:2]
        if self.workload.operation == "gd":
            return self._gradient_step(state, target[..., None], slope[..., None])
        return self._entry_step(state, rows, columns, target, slope)

    def _gradient_step(self, factors, target, slope):
        rate, decay, multiply = self.workload.learning_rate, self.workload.decay, self._multiply
        prefix = [factors[0]]
        for factor in factors[1:]:
            prefix.append(multiply(factor, prefix[-1]))
        adjoint = slope * (prefix[-1] - target)
        new = [None] * len(factors)
        for layer in range(len(factors) - 1, 0, -1):
            new[layer] = decay * factors[layer] - rate * multiply(adjoint, transposed(prefix[layer - 1]))
            adjoint = multiply(transposed(factors[layer]), adjoint)
        new[0] = decay * factors[0] - rate * adjoint
        return tuple(new)

    def _entry_step(self, factors, rows, columns, target, slope):
        """One-hot vectors select and update the drawn row and column: no gathers, no scatters."""
        rate, decay, multiply = self.workload.learning_rate, self.workload.decay, self._multiply
        index = jnp.arange(factors[0].shape[0])[:, None]
        in_row = (index == rows).astype(target.dtype)[:, None]  # a column vector of every replica
        in_column = (index == columns).astype(target.dtype)[:, None]
        forward = [multiply(factors[0], in_column)]
        for factor in factors[1:-1]:
            forward.append(multiply(factor, forward[-1]))
        row = multiply(transposed(factors[-1]), in_row)
        error = rate * slope[rows, columns] * (jnp.sum(row * forward[-1], axis=(0, 1)) - target[rows, columns])
        new = [None] * len(factors)
        new[-1] = decay * factors[-1] - in_row * transposed(error * forward[-1])
        backward = error * row
        for layer in range(len(factors) - 2, 0, -1):
            new[layer] = decay * factors[layer] - backward * transposed(forward[layer - 1])
            backward = multiply(transposed(factors[layer]), backward)
        new[0] = decay * factors[0] - backward * transposed(in_column)
        return tuple(new)

    def factors(self) -> np.ndarray:
        return np.stack([np.asarray(layer) for layer in self.state]).transpose(3, 0, 1, 2)


class JaxLazyDecay(JaxBatchMinor):
    """SGD with the decay in one scalar, W_l = scale factor_l: then a step touches one row, one column, and a rank-one
    update. The scalar is common to all replicas because their rates are; it returns to 1 once it has halved."""

    def _pack(self, start):
        return super()._pack(start), np.array(1, dtype=start.dtype)

    def _step(self, constants, state, rows, columns):
        target, slope = constants[:2]
        factors, scale = state
        depth, decay = len(factors), self.workload.decay
        # decay scale (F - x) = decay (scale F) - rate g, where g carries scale^(depth - 1) and the product scale^depth
        rate = self.workload.learning_rate / decay * scale ** (depth - 2)
        factors = self._undecayed_step(factors, rows, columns, target, slope, rate, scale ** depth)
        scale = scale * decay
        return lax.cond(scale < 0.5, lambda all, s: (tuple(s * f for f in all), jnp.ones_like(s)),
                        lambda all, s: (all, s), factors, scale)

    def _undecayed_step(self, factors, rows, columns, target, slope, rate, to_product):
        multiply, replica = self._multiply, jnp.arange(rows.size)
        forward = [factors[0][:, columns, replica][:, None]]
        for factor in factors[1:-1]:
            forward.append(multiply(factor, forward[-1]))
        row = factors[-1][rows, :, replica].T[:, None]
        product = to_product * jnp.sum(row * forward[-1], axis=(0, 1))
        error = rate * slope[rows, columns] * (product - target[rows, columns])
        new = list(factors)
        new[-1] = factors[-1].at[rows, :, replica].set((row - error * forward[-1])[:, 0].T)
        backward = error * row
        for layer in range(len(factors) - 2, 0, -1):
            new[layer] = factors[layer] - backward * transposed(forward[layer - 1])
            backward = multiply(transposed(factors[layer]), backward)
        new[0] = factors[0].at[:, columns, replica].set((forward[0] - backward)[:, 0])
        return tuple(new)

    def factors(self) -> np.ndarray:
        layers, scale = self.state
        return np.stack([np.asarray(layer) for layer in layers]).transpose(3, 0, 1, 2) * np.asarray(scale)
