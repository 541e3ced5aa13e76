"""The CuPy peer without a GPU: what it asks of cuBLAS, and its steps with NumPy in cuBLAS's place."""

import ctypes

import numpy as np
import pytest
from peer_work import REPLICAS, solved, synthetic

from trainer import peer_module  # isort: skip  (found once peer_work is imported)
from workload import verify  # isort: skip

cupy_peer = peer_module("cupy")


class OnHost(np.ndarray):
    """A NumPy array with CuPy's way to name its memory."""

    @property
    def data(self):
        return type("Memory", (), {"ptr": self.ctypes.data})


def column_major_gemm(_, flip_a, flip_b, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, count):
    """What BLAS's manual says of gemm, one number at a time."""
    def numbers(address):
        return (ctypes.c_double * 10_000).from_address(address)

    a, b, c, alpha, beta = numbers(a), numbers(b), numbers(c), numbers(alpha)[0], numbers(beta)[0]
    assert lda >= (k if flip_a else m) and ldb >= (n if flip_b else k) and ldc >= m
    for batch in range(count):
        for i, j in np.ndindex(m, n):
            total = 0.0
            for q in range(k):
                left = batch * stride_a + (q + i * lda if flip_a else i + q * lda)
                right = batch * stride_b + (j + q * ldb if flip_b else q + j * ldb)
                total += a[left] * b[right]
            at = batch * stride_c + i + j * ldc
            c[at] = alpha * total + (beta * c[at] if beta else 0.0)


def test_cublas_is_told_the_right_layouts():
    blas = cupy_peer.CublasBlas.__new__(cupy_peer.CublasBlas)
    blas.routine, blas.handle, blas.precision = column_major_gemm, None, "float64"
    random = np.random.default_rng(3)

    def stack(*shape):
        return random.normal(size=shape).view(OnHost)

    matrix, other, column, short = stack(2, 4, 4), stack(2, 4, 4), stack(2, 4, 1), stack(2, 4, 1)
    for a, b in ((matrix, other), (matrix.swapaxes(1, 2), other), (matrix, other.swapaxes(1, 2)),
                 (matrix, column), (matrix.swapaxes(1, 2), column), (column, short.swapaxes(1, 2))):
        out = stack(2, a.shape[1], b.shape[2])
        expected = 0.5 * np.matmul(np.array(a), np.array(b)) + 0.25 * np.array(out)
        blas.gemm(0.5, a, b, 0.25, out)
        np.testing.assert_allclose(np.array(out), expected, rtol=1e-13)


@pytest.mark.parametrize("operation", ["gd", "sgd"])
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_cupy_steps_on_the_host(operation, depth):
    work = solved(synthetic(operation, depth))
    training = cupy_peer.CupyBatched(work, REPLICAS, "cpu", cupy_peer.NumpyBlas())
    training.replay(*work.draws(REPLICAS))
    verify("cupy", work, training.factors())
    training.advance(2)
    assert np.isfinite(training.factors()).all()
