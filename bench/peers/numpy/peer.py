"""Plain NumPy, one replica after another: what a script without any of this looks like."""

from __future__ import annotations

import numpy as np

from trainer import Trainer
from workload import Workload


def gradient_step(factors: list[np.ndarray], target: np.ndarray, slope: np.ndarray, rate: float, decay: float) -> None:
    """W_l <- decay W_l - rate dLoss/dW_l for all layers, in place."""
    prefix = [factors[0]]
    for factor in factors[1:]:
        prefix.append(factor @ prefix[-1])
    adjoint = slope * (prefix[-1] - target)
    for layer in range(len(factors) - 1, 0, -1):
        gradient = adjoint @ prefix[layer - 1].T
        adjoint = factors[layer].T @ adjoint
        factors[layer] = decay * factors[layer] - rate * gradient
    factors[0] = decay * factors[0] - rate * adjoint


def entry_step(factors: list[np.ndarray], i: int, j: int, target: np.ndarray, slope: np.ndarray, rate: float,
               decay: float) -> None:
    """The same for the loss of entry (i, j) alone: vectors instead of matrices, O(L d^2)."""
    forward = [factors[0][:, j].copy()]
    for factor in factors[1:-1]:
        forward.append(factor @ forward[-1])
    row = factors[-1][i].copy()
    error = rate * slope[i, j] * (row @ forward[-1] - target[i, j])
    factors[-1] *= decay
    factors[-1][i] -= error * forward[-1]
    backward = error * row
    for layer in range(len(factors) - 2, 0, -1):
        update = np.outer(backward, forward[layer - 1])
        backward = factors[layer].T @ backward
        factors[layer] *= decay
        factors[layer] -= update
    factors[0] *= decay
    factors[0][:, j] -= backward


class NumpyLoop(Trainer):
    """A Python loop over replicas, in it a loop over steps."""

    package = "numpy"
    most_replicas = 16

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        self.replicas = [[factor.copy() for factor in replica] for replica in workload.start(n)]
        self.slope = workload.slope.astype(workload.precision)
        self.target = workload.target.astype(workload.precision)
        self.random = np.random.default_rng(1)

    def _step(self, factors: list[np.ndarray], i: int, j: int) -> None:
        work = self.workload
        if work.operation == "sgd":
            entry_step(factors, i, j, self.target, self.slope, work.learning_rate, work.decay)
        else:
            gradient_step(factors, self.target, self.slope, work.learning_rate, work.decay)

    def advance(self, steps: int) -> None:
        rows, columns = self.workload.observed
        for factors in self.replicas:
            for drawn in self.random.integers(rows.size, size=steps):
                self._step(factors, rows[drawn], columns[drawn])

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        for replica, factors in enumerate(self.replicas):
            for i, j in zip(rows[:, replica], columns[:, replica]):
                self._step(factors, i, j)

    def factors(self) -> np.ndarray:
        return np.array(self.replicas)
