"""JAX with batch-minor arrays, as somebody writes them who knows the compiler."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from trainer import peer_module
from workload import Workload

JaxTrainer = peer_module("jax").JaxTrainer


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
