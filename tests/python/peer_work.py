"""A small workload for the peers of bench/peers, and the way to them."""

import dataclasses
import os
import sys
from pathlib import Path

import netCDF4
import numpy as np

harness_folder = Path(__file__).resolve().parents[2] / "bench" / "peers" / "harness"
sys.path.insert(0, str(harness_folder))

import native  # noqa: E402
import trainer  # noqa: E402
from workload import Workload  # noqa: E402

numpy_peer = trainer.peer_module("numpy")
if "RANKFALL_BINARY" in os.environ:
    os.environ[native.FOLDER] = str(Path(os.environ["RANKFALL_BINARY"]).parent / "bench")

STEPS, REPLICAS = 5, 3


def synthetic(operation="gd", depth=3, d=4, precision="float64"):
    """A workload whose final factors are the initial ones."""
    random = np.random.default_rng(8)
    weight = np.zeros((d, d))
    weight.flat[random.permutation(d * d)[:d + 2]] = 1.0
    rows, columns = np.nonzero(weight)
    drawn = random.integers(rows.size, size=(REPLICAS, STEPS))
    initial = random.normal(size=(REPLICAS, depth, d, d)) / np.sqrt(d)
    return Workload(operation, precision, learning_rate=0.03, ridge=0.2, loss_scale=1 / rows.size, initial=initial,
                    final=initial, weight=weight, target=weight * random.normal(size=(d, d)), drawn_row=rows[drawn],
                    drawn_column=columns[drawn])


def solved(work):
    """The workload with the final factors that NumPy finds; what NumPy does is tested by itself."""
    return dataclasses.replace(work, final=trainer.run(numpy_peer.NumpyLoop, work, STEPS, REPLICAS, exported_draws=True))


def write(path, work):
    with netCDF4.Dataset(path, "w") as file:
        count, depth, d, _ = work.initial.shape
        for name, size in (("replica", count), ("layer", depth), ("row", d), ("column", d), ("step", STEPS)):
            file.createDimension(name, size)
        for name, values, dimensions in (
                ("initial_factors", work.initial, ("replica", "layer", "row", "column")),
                ("final_factors", work.final, ("replica", "layer", "row", "column")),
                ("weight", work.weight, ("row", "column")), ("target", work.target, ("row", "column")),
                ("drawn_row", work.drawn_row, ("replica", "step")),
                ("drawn_column", work.drawn_column, ("replica", "step"))):
            file.createVariable(name, "i4" if "drawn" in name else "f8", dimensions)[:] = values
        for name in ("operation", "precision", "learning_rate", "ridge", "loss_scale"):
            file.setncattr(name, getattr(work, name))
    return path
