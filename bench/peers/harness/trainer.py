"""What every peer offers, so that all are verified and timed by the same few lines."""

from __future__ import annotations

import importlib.util
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from workload import Workload


class Trainer(ABC):
    """n replicas of a workload in training, on a device ("cpu" or "cuda"), in one program's idiom."""

    package: str  # that is imported
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

    @classmethod
    def version(cls) -> str:
        """Of the library that does the work."""
        return sys.modules[cls.package].__version__


def peer_module(folder: str, file: str = "peer") -> ModuleType:
    """FOLDER/FILE.py beside this one. Its folder is not on the path: `numpy` there would stand before NumPy."""
    name = f"{folder}_{file}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).resolve().parents[1] / folder / f"{file}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]


@dataclass(frozen=True)
class Peer:
    """A program to compare with, as the table calls it."""

    name: str
    folder: str
    trainer: str
    needs: str  # what to install
    operations: tuple[str, ...] = ("gd", "sgd")
    devices: tuple[str, ...] = ("cpu", "cuda")
    file: str = "peer"

    def load(self) -> type[Trainer]:
        """The trainer's class. ImportError where what it needs is missing."""
        return getattr(peer_module(self.folder, self.file), self.trainer)


CPU, SGD = ("cpu",), ("sgd",)
PEERS = (
    Peer("NumPy, loop over replicas", "numpy", "NumpyLoop", "numpy", devices=CPU),
    Peer("Eigen", "eigen", "Eigen", "libeigen3-dev when built", devices=CPU),
    Peer("Eigen, lazy decay", "eigen", "EigenLazy", "libeigen3-dev when built", operations=SGD, devices=CPU),
    Peer("OpenBLAS", "openblas", "OpenBlas", "libopenblas-dev when built", devices=CPU),
    Peer("OpenBLAS, lazy decay", "openblas", "OpenBlasLazy", "libopenblas-dev when built", operations=SGD, devices=CPU),
    Peer("JAX, loop over replicas", "jax", "JaxLoop", "jax"),
    Peer("JAX vmap", "jax", "JaxVmap", "jax"),
    Peer("JAX batch-minor", "jax", "JaxBatchMinor", "jax", file="batch_minor"),
    Peer("JAX batch-minor, lazy decay", "jax", "JaxLazyDecay", "jax", operations=SGD, file="batch_minor"),
    Peer("PyTorch, loop over replicas", "torch", "TorchLoop", "torch"),
    Peer("PyTorch bmm", "torch", "TorchBatched", "torch"),
    Peer("PyTorch bmm, compiled", "torch", "TorchCompiled", "torch"),
    Peer("CuPy, cuBLAS strided batched", "cupy", "CupyBatched", "cupy", devices=("cuda",)),
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
