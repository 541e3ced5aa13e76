"""What every peer offers, so that all are verified and timed by the same few lines."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from workload import Workload


class Trainer(ABC):
    """n replicas of a workload in training, on a device ("cpu" or "cuda"), in one program's idiom."""

    most_replicas: int | None = None  # a loop over replicas is as fast with few: it need not train more

    def __init__(self, workload: Workload, n: int, device: str):
        self.workload = workload
        self.n = n
        self.device = device
        self.granule = 1  # steps that are taken as one; advance takes multiples of it

    @abstractmethod
    def advance(self, steps: int) -> None:
        """Take steps, SGD with entries drawn here; return when they are done."""

    @abstractmethod
    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        """Take one step per row of (step, replica): on the entry given if the operation is sgd."""

    @abstractmethod
    def factors(self) -> np.ndarray:
        """(replica, layer, row, column)."""


@dataclass(frozen=True)
class Peer:
    """A program to compare with, as the table calls it."""

    name: str
    package: str
    module: str
    trainer: str
    operations: tuple[str, ...] = ("gd", "sgd")
    devices: tuple[str, ...] = ("cpu", "cuda")

    def load(self) -> type[Trainer]:
        """The trainer's class. ImportError where the package is missing."""
        importlib.import_module(self.package)
        return getattr(importlib.import_module(self.module), self.trainer)


PEERS = (
    Peer("NumPy, loop over replicas", "numpy", "numpy_peer", "NumpyLoop", devices=("cpu",)),
    Peer("PyTorch, loop over replicas", "torch", "torch_peer", "TorchLoop"),
    Peer("PyTorch bmm", "torch", "torch_peer", "TorchBatched"),
    Peer("PyTorch bmm, compiled", "torch", "torch_peer", "TorchCompiled"),
    Peer("JAX vmap", "jax", "jax_peer", "JaxVmap"),
    Peer("JAX batch-minor", "jax", "jax_peer", "JaxBatchMinor"),
    Peer("JAX batch-minor, lazy decay", "jax", "jax_peer", "JaxLazyDecay", operations=("sgd",)),
    Peer("CuPy, cuBLAS strided batched", "cupy", "cupy_peer", "CupyBatched", devices=("cuda",)),
)


def run(trainer: type[Trainer], workload: Workload, steps: int, n: int, device: str = "cpu",
        exported_draws: bool = False) -> np.ndarray:
    """Factors of n replicas after `steps` steps from their start, on rankfall's drawn entries or on own ones."""
    training = trainer(workload, n, device)
    if exported_draws:
        rows, columns = workload.draws(n)
        training.replay(rows[:steps], columns[:steps])
    else:
        training.advance(steps)
    return training.factors()
