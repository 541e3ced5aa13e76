"""The peers of bench/peers: that they take the steps they claim to, and that one which does not is found."""

import dataclasses

import numpy as np
import pytest
from peer_work import REPLICAS, STEPS, numpy_peer, solved, synthetic, write

import trainer  # isort: skip  (found once peer_work is imported)
from workload import Disagreement, read_workload, relative_error, verify  # isort: skip


def objective(work, factors, entry=None):
    """The mean of squared errors, or N times the part of one entry in it, plus the ridge."""
    product = factors[0]
    for factor in factors[1:]:
        product = factor @ product
    errors = work.loss_scale * work.weight * (product - work.target) ** 2
    loss = errors.sum() if entry is None else np.count_nonzero(work.weight) * errors[entry]
    return loss + work.ridge * (factors ** 2).sum()


def finite_differences(work, factors, entry=None, h=1e-6):
    gradient = np.zeros_like(factors)
    for index in np.ndindex(factors.shape):
        ahead, behind = factors.copy(), factors.copy()
        ahead[index] += h
        behind[index] -= h
        gradient[index] = (objective(work, ahead, entry) - objective(work, behind, entry)) / (2 * h)
    return gradient


def numpy_step(work, factors, entry=None):
    stepped = [factor.copy() for factor in factors]
    arguments = (work.target, work.slope, work.learning_rate, work.decay)
    if entry is None:
        numpy_peer.gradient_step(stepped, *arguments)
    else:
        numpy_peer.entry_step(stepped, *entry, *arguments)
    return np.array(stepped)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_gradient_step_descends_the_objective(depth):
    work = synthetic("gd", depth)
    factors = work.initial[0]
    moved = (factors - numpy_step(work, factors)) / work.learning_rate
    np.testing.assert_allclose(moved, finite_differences(work, factors), atol=1e-8)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_entry_step_descends_the_objective_of_its_entry(depth):
    work = synthetic("sgd", depth)
    factors, entry = work.initial[1], (work.drawn_row[0, 0], work.drawn_column[0, 0])
    moved = (factors - numpy_step(work, factors, entry)) / work.learning_rate
    np.testing.assert_allclose(moved, finite_differences(work, factors, entry), atol=1e-8)


def test_entry_steps_are_unbiased():
    sgd, gd = synthetic("sgd"), synthetic("gd")
    factors = sgd.initial[0]
    mean = np.mean([numpy_step(sgd, factors, entry) for entry in zip(*sgd.observed)], axis=0)
    np.testing.assert_allclose(mean, numpy_step(gd, factors), rtol=1e-12, atol=1e-14)


def test_scalars_follow_the_closed_form():
    """Of 1 x 1 factors a, b: a' = decay a - rate * 2 (a b - t) b, and likewise b'."""
    work = dataclasses.replace(synthetic("gd", 2, 4), initial=np.array([[[[0.5]], [[1.5]]]]), weight=np.ones((1, 1)),
                               target=np.full((1, 1), 2.0), loss_scale=1.0)
    a, b = numpy_step(work, work.initial[0]).ravel()
    assert a == pytest.approx((1 - 2 * 0.03 * 0.2) * 0.5 - 0.03 * 2 * (0.75 - 2) * 1.5)
    assert b == pytest.approx((1 - 2 * 0.03 * 0.2) * 1.5 - 0.03 * 2 * (0.75 - 2) * 0.5)


def test_reader_and_tiling(tmp_path):
    work = synthetic("sgd", precision="float32")
    read = read_workload(write(tmp_path / "work.nc", work))
    assert (read.operation, read.precision, read.depth, read.dimension, read.steps) == ("sgd", "float32", 3, 4, STEPS)
    np.testing.assert_array_equal(read.initial, work.initial)
    start = read.start(7)
    assert start.dtype == np.float32 and start.shape == (7, 3, 4, 4)
    np.testing.assert_array_equal(start[5], work.initial[2].astype(np.float32))
    rows, columns = read.draws(4)
    np.testing.assert_array_equal(rows[:, 3], work.drawn_row[0])
    np.testing.assert_array_equal(columns[2], work.drawn_column[[0, 1, 2, 0], 2])


@pytest.mark.parametrize("operation", ["gd", "sgd"])
@pytest.mark.parametrize("depth", [2, 4])
@pytest.mark.parametrize("name", [peer.trainer for peer in trainer.PEERS if peer.folder in ("torch", "jax")])
def test_batched_peers_agree_with_the_loop(name, operation, depth):
    peer = next(peer for peer in trainer.PEERS if peer.trainer == name)
    pytest.importorskip(peer.folder)
    if operation not in peer.operations or name == "TorchCompiled":  # a minute of compiling for the same steps
        pytest.skip("not an operation of this peer")
    work = solved(synthetic(operation, depth))
    verify(name, work, trainer.run(peer.load(), work, STEPS, 2 * REPLICAS + 1, exported_draws=True))


def test_another_result_is_a_disagreement():
    work = solved(synthetic("gd"))
    assert verify("exact", work, work.final) == 0.0
    wrong = work.final.copy()
    wrong[2] *= 1 + 1e-9
    with pytest.raises(Disagreement, match="someone: factors after 5 steps of gd differ"):
        verify("someone", work, wrong)
    wrong[2, 0, 0, 0] = np.nan
    assert relative_error(work, wrong) == np.inf
    with pytest.raises(Disagreement):
        verify("someone", work, wrong[:, :2])
