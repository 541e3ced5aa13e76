"""The work that rankfall and its peers do: what `rankfall bench --export` writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

TOLERANCE = {"float32": 1e-4, "float64": 1e-11}


class Disagreement(Exception):
    """A peer computes something else than rankfall."""


@dataclass(frozen=True)
class Workload:
    """Exported replicas of one case. Factors are (replica, layer, row, column), draws (replica, step)."""

    operation: str
    precision: str
    learning_rate: float
    ridge: float
    loss_scale: float
    initial: np.ndarray
    final: np.ndarray
    weight: np.ndarray
    target: np.ndarray
    drawn_row: np.ndarray
    drawn_column: np.ndarray

    @property
    def depth(self) -> int:
        return self.initial.shape[1]

    @property
    def dimension(self) -> int:
        return self.initial.shape[2]

    @property
    def steps(self) -> int:
        """Steps between `initial` and `final`."""
        return self.drawn_row.shape[1]

    @property
    def decay(self) -> float:
        """What a step of the ridge alone multiplies the factors by."""
        return 1.0 - 2.0 * self.learning_rate * self.ridge

    @property
    def observed(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the observed entries."""
        return np.nonzero(self.weight)

    @property
    def slope(self) -> np.ndarray:
        """The loss's derivative by an entry of the product is slope * (product - target).

        A drawn entry stands for all observed ones: its slope is larger by their number.
        """
        slope = 2.0 * self.loss_scale * self.weight
        return slope * self.observed[0].size if self.operation == "sgd" else slope

    def start(self, n: int) -> np.ndarray:
        """Initial factors of n replicas, the exported ones over and over, in the case's precision."""
        return np.ascontiguousarray(self.initial[np.arange(n) % len(self.initial)], dtype=self.precision)

    def draws(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns that n replicas draw, both (step, replica)."""
        chosen = np.arange(n) % len(self.initial)
        return (np.ascontiguousarray(self.drawn_row[chosen].T, dtype=np.int32),
                np.ascontiguousarray(self.drawn_column[chosen].T, dtype=np.int32))


def read_workload(path: str | Path) -> Workload:
    """The workload in an exported file, by netCDF4 or, where that is not installed, by SciPy."""
    names = {"initial": "initial_factors", "final": "final_factors", "weight": "weight", "target": "target",
             "drawn_row": "drawn_row", "drawn_column": "drawn_column"}
    wanted = ("operation", "precision", "learning_rate", "ridge", "loss_scale")
    try:
        import netCDF4
    except ImportError:
        from scipy.io import netcdf_file

        with netcdf_file(path, "r", mmap=False) as file:
            arrays = {field: file.variables[name][...].astype(file.variables[name].data.dtype.newbyteorder("="))
                      for field, name in names.items()}
            attributes = {name: getattr(file, name) for name in wanted}
    else:
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            arrays = {field: np.asarray(file[name][...]) for field, name in names.items()}
            attributes = {name: file.getncattr(name) for name in wanted}
    words = {name: attributes[name] for name in ("operation", "precision")}
    words = {name: word.decode() if isinstance(word, bytes) else str(word) for name, word in words.items()}
    numbers = {name: float(np.ravel(attributes[name])[0]) for name in ("learning_rate", "ridge", "loss_scale")}
    return Workload(**words, **numbers, **arrays)


def relative_error(workload: Workload, factors: np.ndarray) -> float:
    """Largest relative distance, in the Frobenius norm, of a replica's factors to rankfall's."""
    if factors.shape[1:] != workload.final.shape[1:]:
        return float("inf")
    worst = 0.0
    count = len(workload.final)
    for first in range(0, len(factors), count):  # a tile at a time: a float64 copy of all replicas may not fit
        tile = np.asarray(factors[first:first + count], dtype=np.float64)
        expected = workload.final[:len(tile)]
        distance = np.sqrt(((tile - expected) ** 2).sum(axis=(1, 2, 3)))
        relative = distance / np.sqrt((expected ** 2).sum(axis=(1, 2, 3)))
        if not np.isfinite(relative).all():
            return float("inf")
        worst = max(worst, float(relative.max()))
    return worst


def verify(name: str, workload: Workload, factors: np.ndarray) -> float:
    """The error of a peer's factors after the exported steps; Disagreement if it is more than rounding."""
    error, allowed = relative_error(workload, factors), TOLERANCE[workload.precision]
    if not error <= allowed:
        raise Disagreement(f"{name}: factors after {workload.steps} steps of {workload.operation} differ from "
                           f"rankfall's by {error:.1e}, more than {allowed:.0e} ({workload.precision})")
    return error
