"""PyTorch: batched products, on a GPU in a CUDA graph, also compiled; and one replica after another with autograd."""

from __future__ import annotations

import numpy as np
import torch

from trainer import Trainer
from workload import Workload

GRAPH_STEPS = 100  # unrolled in one CUDA graph: launching it costs little per step

torch.backends.cuda.matmul.allow_tf32 = False  # the same precision for all


def gradient_step(factors, target, slope, rate: float, decay: float) -> None:
    """Full-batch step of all replicas; the update and its decay are part of the product (baddbmm)."""
    prefix = [factors[0]]
    for factor in factors[1:]:
        prefix.append(torch.bmm(factor, prefix[-1]))
    adjoint = slope * (prefix[-1] - target)
    for layer in range(len(factors) - 1, 0, -1):
        pulled = torch.bmm(factors[layer].mT, adjoint)
        factors[layer].baddbmm_(adjoint, prefix[layer - 1].mT, beta=decay, alpha=-rate)
        adjoint = pulled
    factors[0].mul_(decay).sub_(adjoint, alpha=rate)


def entry_step(factors, rows, columns, target, slope, rate: float, decay: float) -> None:
    """Step of every replica on an entry of its own, O(L d^2)."""
    replica = torch.arange(rows.numel(), device=rows.device)
    column, row = factors[0][replica, :, columns], factors[-1][replica, rows]
    forward = [column]
    for factor in factors[1:-1]:
        forward.append(torch.bmm(factor, forward[-1].unsqueeze(2)).squeeze(2))
    product = (row * forward[-1]).sum(1)
    error = (rate * slope[rows, columns] * (product - target[rows, columns])).unsqueeze(1)
    factors[-1].mul_(decay)
    factors[-1][replica, rows] = decay * row - error * forward[-1]
    backward = error * row
    for layer in range(len(factors) - 2, 0, -1):
        pulled = torch.bmm(factors[layer].mT, backward.unsqueeze(2)).squeeze(2)
        factors[layer].baddbmm_(backward.unsqueeze(2), forward[layer - 1].unsqueeze(1), beta=decay, alpha=-1.0)
        backward = pulled
    factors[0].mul_(decay)
    factors[0][replica, :, columns] = decay * column - backward


class TorchBatched(Trainer):
    """All replicas in one call of bmm; on a GPU many steps are one CUDA graph."""

    package = "torch"
    compiled = False

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        self.start = [self._tensor(layer) for layer in workload.start(n).swapaxes(0, 1)]
        self.weights = [layer.clone() for layer in self.start]
        self.target = self._tensor(workload.target.astype(workload.precision))
        self.slope = self._tensor(workload.slope.astype(workload.precision))
        self.observed = [self._tensor(index.astype(np.int64)) for index in workload.observed]
        self.gradient_step, self.entry_step = gradient_step, entry_step
        if self.compiled:
            self.gradient_step, self.entry_step = torch.compile(gradient_step), torch.compile(entry_step)
        self.graph = None
        if device == "cuda":
            self.granule = GRAPH_STEPS

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.array(array, order="C")).to(self.device)

    def _steps(self, rows, columns) -> None:
        work = self.workload
        for i, j in zip(rows, columns):
            if work.operation == "sgd":
                self.entry_step(self.weights, i, j, self.target, self.slope, work.learning_rate, work.decay)
            else:
                self.gradient_step(self.weights, self.target, self.slope, work.learning_rate, work.decay)

    def _drawn_steps(self, steps: int) -> None:
        if self.workload.operation == "gd":
            self._steps([None] * steps, [None] * steps)
            return
        drawn = torch.randint(self.observed[0].numel(), (steps, self.n), device=self.device)
        self._steps(self.observed[0][drawn], self.observed[1][drawn])

    def _capture(self, steps) -> torch.cuda.CUDAGraph:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            steps()  # libraries and compilers do their work before the capture
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            steps()
        self._restart()
        return graph

    def _restart(self) -> None:
        for weights, start in zip(self.weights, self.start):
            weights.copy_(start)

    @torch.no_grad()
    def advance(self, steps: int) -> None:
        if self.device == "cpu":
            self._drawn_steps(steps)
            return
        if self.graph is None:
            self.graph = self._capture(lambda: self._drawn_steps(GRAPH_STEPS))
        for _ in range(steps // GRAPH_STEPS):
            self.graph.replay()
        torch.cuda.synchronize()

    @torch.no_grad()
    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        i, j = self._tensor(rows.astype(np.int64)), self._tensor(columns.astype(np.int64))
        if self.device == "cpu":
            self._steps(i, j)
        else:
            self._capture(lambda: self._steps(i, j)).replay()
            torch.cuda.synchronize()

    def factors(self) -> np.ndarray:
        return torch.stack(self.weights, dim=1).cpu().numpy()


class TorchCompiled(TorchBatched):
    """The same through torch.compile."""

    compiled = True


class TorchLoop(Trainer):
    """One replica after another, with autograd and torch.optim, as most training scripts are written."""

    package = "torch"
    most_replicas = 16

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        self.replicas = [[torch.from_numpy(factor.copy()).to(device).requires_grad_() for factor in replica]
                         for replica in workload.start(n)]
        self.target = torch.from_numpy(workload.target.astype(workload.precision)).to(device)
        self.half_slope = torch.from_numpy((workload.slope / 2).astype(workload.precision)).to(device)
        self.random = np.random.default_rng(1)

    def _loss(self, factors, i: int, j: int):
        if self.workload.operation == "sgd":
            vector = factors[0][:, j]
            for factor in factors[1:-1]:
                vector = factor @ vector
            return self.half_slope[i, j] * (factors[-1][i] @ vector - self.target[i, j]) ** 2
        product = factors[0]
        for factor in factors[1:]:
            product = factor @ product
        return (self.half_slope * (product - self.target) ** 2).sum()

    def _train(self, factors, entries) -> None:
        work = self.workload
        optimizer = torch.optim.SGD(factors, lr=work.learning_rate, weight_decay=2 * work.ridge)
        for i, j in entries:
            optimizer.zero_grad()
            self._loss(factors, i, j).backward()
            optimizer.step()

    def advance(self, steps: int) -> None:
        rows, columns = (index.tolist() for index in self.workload.observed)
        for factors in self.replicas:
            drawn = self.random.integers(len(rows), size=steps).tolist()
            self._train(factors, [(rows[k], columns[k]) for k in drawn])
        if self.device == "cuda":
            torch.cuda.synchronize()

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        for replica, factors in enumerate(self.replicas):
            self._train(factors, zip(rows[:, replica].tolist(), columns[:, replica].tolist()))

    def factors(self) -> np.ndarray:
        return np.array([[factor.detach().cpu().numpy() for factor in replica] for replica in self.replicas])
