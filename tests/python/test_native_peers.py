"""The peers in C++ against rankfall itself, on what it exports; and that another result is refused."""

import dataclasses
import json
import os
import subprocess

import numpy as np
import pytest
from peer_work import REPLICAS, STEPS, solved, synthetic, write

import compare  # isort: skip  (found once peer_work is imported)
import native  # isort: skip
import trainer  # isort: skip
import worker  # isort: skip
from workload import read_workload, verify  # isort: skip

SIZES = ((2, 4), (4, 5), (3, 7), (3, 8), (2, 10), (3, 10), (3, 16), (4, 20), (3, 32))  # depth, d
NATIVE = [peer for peer in trainer.PEERS if peer.folder in ("eigen", "openblas")]
OFFERS = [(peer, operation) for peer in NATIVE for operation in peer.operations]
CASES = [(peer, f"{operation}:{precision}:{depth}:{d}") for peer, operation in OFFERS
         for precision in ("float32", "float64") for depth, d in SIZES]


def named(value):
    return value.name if isinstance(value, trainer.Peer) else value


def built(peer):
    """The trainer of a peer whose library was built."""
    try:
        native.load(peer.folder)
    except ImportError as error:
        pytest.skip(str(error))
    return peer.load()


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """The workload of a case, written by rankfall."""
    if "RANKFALL_BINARY" not in os.environ:
        pytest.skip("RANKFALL_BINARY does not say where rankfall was built")
    folder, read = tmp_path_factory.mktemp("exported"), {}

    def workload(case):
        if case not in read:
            path = folder / f"{len(read)}.nc"
            subprocess.run([os.environ["RANKFALL_BINARY"], "bench", "--case", case, "--export", str(path)], check=True,
                           capture_output=True)
            read[case] = read_workload(path)
        return read[case]

    return workload


@pytest.mark.parametrize("peer, case", CASES, ids=named)
def test_agrees_with_rankfall(peer, case, exported):
    work = exported(case)
    verify(peer.name, work, trainer.run(built(peer), work, work.steps, len(work.initial) + 3, exported_draws=True))


@pytest.mark.parametrize("peer, operation", OFFERS, ids=named)
def test_strong_decay(peer, operation):
    """So strong that the one number of a lazy decay returns to 1 in between."""
    work = solved(dataclasses.replace(synthetic(operation), ridge=4.0))
    assert work.decay ** STEPS < 0.5
    verify(peer.name, work, trainer.run(built(peer), work, STEPS, REPLICAS, exported_draws=True))


@pytest.mark.parametrize("peer, operation", OFFERS, ids=named)
def test_own_draws_train(peer, operation):
    """With entries of its own SGD ends elsewhere than with the exported ones; GD draws nothing."""
    work = solved(synthetic(operation))
    factors = trainer.run(built(peer), work, STEPS, REPLICAS)
    assert np.isfinite(factors).all()
    assert np.allclose(factors, work.final, rtol=1e-10) == (operation == "gd")


@pytest.mark.parametrize("peer, operation", OFFERS, ids=named)
def test_worker_refuses_another_result(peer, operation, tmp_path, capsys):
    built(peer)
    worker.serve(peer, str(write(tmp_path / "wrong.nc", synthetic(operation))), REPLICAS, "cpu")
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert compare.status_of(told).startswith(f"DISAGREES: {peer.name}: factors after {STEPS} steps")


def test_library_that_is_not_built_is_said_to_be(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(native.FOLDER, str(tmp_path))
    worker.serve(NATIVE[0], str(write(tmp_path / "work.nc", synthetic())), REPLICAS, "cpu")
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert compare.status_of(told) == f"not installed ({NATIVE[0].needs})"
