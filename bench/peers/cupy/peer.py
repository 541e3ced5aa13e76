"""CuPy: cuBLAS's strided batched products, launched from a loop on the host."""

from __future__ import annotations

import numpy as np

from trainer import Trainer
from workload import Workload


class NumpyBlas:
    """The operations below on the host, for tests on machines without a GPU."""

    xp = np

    @staticmethod
    def gemm(alpha, a, b, beta, c) -> None:
        """c <- alpha a b + beta c, for stacks of matrices; a and b may be transposed views."""
        np.add(alpha * (a @ b), beta * c if beta else 0.0, out=c)

    @staticmethod
    def synchronize() -> None:
        pass


class CublasBlas:
    """The same by cublas<t>gemmStridedBatched."""

    def __init__(self, precision: str):
        import cupy
        from cupy.cuda import cublas, device

        self.xp = cupy
        self.precision = precision
        self.routine = cublas.sgemmStridedBatched if precision == "float32" else cublas.dgemmStridedBatched
        self.handle = device.get_cublas_handle()

    @staticmethod
    def _layout(stack):
        """Whether cuBLAS, whose matrices are column-major, must transpose the last two axes; leading dimension."""
        rows, columns = stack.shape[1:]
        row, column = (stride // stack.itemsize for stride in stack.strides[1:])
        if rows == 1:
            return 0, columns
        return (0, row) if columns == 1 or column == 1 else (1, column)

    def gemm(self, alpha, a, b, beta, c) -> None:
        """c <- alpha a b + beta c. Row-major c is column-major c^T = b^T a^T."""
        scalars = np.array([alpha, beta], dtype=self.precision)
        rows, inner, columns = a.shape[1], a.shape[2], b.shape[2]
        (flip_a, lead_a), (flip_b, lead_b) = self._layout(a), self._layout(b)
        item = c.itemsize
        self.routine(self.handle, flip_b, flip_a, columns, rows, inner, scalars.ctypes.data, b.data.ptr, lead_b,
                     b.strides[0] // item, a.data.ptr, lead_a, a.strides[0] // item, scalars.ctypes.data + item,
                     c.data.ptr, self._layout(c)[1], c.strides[0] // item, c.shape[0])

    def synchronize(self) -> None:
        self.xp.cuda.get_current_stream().synchronize()


class CupyBatched(Trainer):
    """Updates and their decay are part of the products (alpha, beta); no buffer is allocated in a step of GD."""

    package = "cupy"

    def __init__(self, workload: Workload, n: int, device: str, blas=None):
        super().__init__(workload, n, device)
        self.blas = blas or CublasBlas(workload.precision)
        self.xp = self.blas.xp
        start = workload.start(n)
        self.weights = [self.xp.array(start[:, layer], order="C") for layer in range(workload.depth)]
        self.prefix = [self.xp.empty_like(self.weights[0]) for _ in self.weights[1:]]
        self.adjoints = [self.xp.empty_like(self.weights[0]) for _ in range(2)]
        self.vectors = [self.xp.empty((n, workload.dimension, 1), dtype=start.dtype) for _ in self.weights]
        self.target = self.xp.asarray(workload.target.astype(workload.precision))
        self.slope = self.xp.asarray(workload.slope.astype(workload.precision))
        self.observed = [self.xp.asarray(index) for index in workload.observed]
        self.replica = self.xp.arange(n)

    def _gradient_step(self) -> None:
        work, weights, gemm = self.workload, self.weights, self.blas.gemm
        prefix = [weights[0], *self.prefix]
        for layer in range(1, work.depth):
            gemm(1.0, weights[layer], prefix[layer - 1], 0.0, prefix[layer])
        adjoint, pulled = self.adjoints
        self.xp.subtract(prefix[-1], self.target, out=adjoint)
        self.xp.multiply(adjoint, self.slope, out=adjoint)
        for layer in range(work.depth - 1, 0, -1):
            gemm(1.0, weights[layer].swapaxes(1, 2), adjoint, 0.0, pulled)
            gemm(-work.learning_rate, adjoint, prefix[layer - 1].swapaxes(1, 2), work.decay, weights[layer])
            adjoint, pulled = pulled, adjoint
        adjoint *= work.learning_rate
        weights[0] *= work.decay
        weights[0] -= adjoint

    def _entry_step(self, rows, columns) -> None:
        work, weights, replica = self.workload, self.weights, self.replica
        column, row = weights[0][replica, :, columns], weights[-1][replica, rows]
        forward = [column[..., None]]
        for layer in range(1, work.depth - 1):
            self.blas.gemm(1.0, weights[layer], forward[-1], 0.0, self.vectors[layer])
            forward.append(self.vectors[layer])
        product = (row * forward[-1][..., 0]).sum(axis=1)
        error = (work.learning_rate * self.slope[rows, columns] * (product - self.target[rows, columns]))[:, None]
        weights[-1] *= work.decay
        weights[-1][replica, rows] = work.decay * row - error * forward[-1][..., 0]
        backward = (error * row)[..., None]
        for layer in range(work.depth - 2, 0, -1):
            pulled = self.xp.empty_like(backward)
            self.blas.gemm(1.0, weights[layer].swapaxes(1, 2), backward, 0.0, pulled)
            self.blas.gemm(-1.0, backward, forward[layer - 1].swapaxes(1, 2), work.decay, weights[layer])
            backward = pulled
        weights[0] *= work.decay
        weights[0][replica, :, columns] = work.decay * column - backward[..., 0]

    def _steps(self, rows, columns) -> None:
        for i, j in zip(rows, columns):
            if self.workload.operation == "sgd":
                self._entry_step(i, j)
            else:
                self._gradient_step()
        self.blas.synchronize()

    def advance(self, steps: int) -> None:
        if self.workload.operation == "gd":
            self._steps(range(steps), range(steps))
            return
        drawn = self.xp.random.randint(0, self.observed[0].size, size=(steps, self.n))
        self._steps(self.observed[0][drawn], self.observed[1][drawn])

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        self._steps(self.xp.asarray(rows), self.xp.asarray(columns))

    def factors(self) -> np.ndarray:
        stacked = self.xp.stack(self.weights, axis=1)
        return stacked if self.xp is np else stacked.get()
