"""Peers written in C++: libraries with the functions of interface.cpp, called from the same harness as the others."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np

from trainer import Trainer
from workload import Workload

FOLDER = "RANKFALL_PEER_LIBRARIES"  # the environment variable that says where the built libraries are


def _pointer(kind):
    return np.ctypeslib.ndpointer(dtype=kind, flags="C_CONTIGUOUS")


class Job(ctypes.Structure):
    """peers::Job of replicas.hpp."""

    _fields_ = [*((name, ctypes.c_int32) for name in ("is_double", "is_sgd", "is_lazy", "depth", "dimension", "threads",
                                                      "observed")),
                *((name, ctypes.c_int64) for name in ("replicas", "starts")),
                *((name, ctypes.c_double) for name in ("learning_rate", "decay")),
                *((name, ctypes.c_void_p) for name in ("start", "slope", "target", "rows", "columns"))]


def load(name: str) -> ctypes.CDLL:
    """The built library of a peer. ImportError where there is none."""
    path = Path(os.environ.get(FOLDER, "build/release/bench")) / f"libpeer_{name}.so"
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(f"{path} is not built: {error}") from error
    library.peer_open.argtypes, library.peer_open.restype = [ctypes.POINTER(Job)], ctypes.c_void_p
    library.peer_advance.argtypes = [ctypes.c_void_p, ctypes.c_int64]
    library.peer_replay.argtypes = [ctypes.c_void_p, _pointer(np.int32), _pointer(np.int32), ctypes.c_int64]
    library.peer_factors.argtypes = [ctypes.c_void_p, _pointer(np.float64)]
    library.peer_close.argtypes = [ctypes.c_void_p]
    library.peer_version.restype = ctypes.c_char_p
    return library


class NativeTrainer(Trainer):
    """Replicas of a library, on all cores that this process may use."""

    name: str  # of the library
    lazy = False  # SGD keeps the weight decay in one number per replica

    def __init__(self, workload: Workload, n: int, device: str):
        super().__init__(workload, n, device)
        self.handle = None
        self.library = load(self.name)
        rows, columns = workload.observed
        arrays = [np.ascontiguousarray(array, dtype=kind) for array, kind in (
            (workload.initial, np.float64), (workload.slope, np.float64), (workload.target, np.float64),
            (rows, np.int32), (columns, np.int32))]  # the library copies them
        threads = min(n, len(os.sched_getaffinity(0)))
        job = Job(workload.precision == "float64", workload.operation == "sgd", self.lazy, workload.depth,
                  workload.dimension, threads, rows.size, n, len(workload.initial), workload.learning_rate,
                  workload.decay, *(array.ctypes.data for array in arrays))
        self.handle = self.library.peer_open(ctypes.byref(job))

    def __del__(self):
        if self.handle:
            self.library.peer_close(self.handle)

    @classmethod
    def version(cls) -> str:
        return load(cls.name).peer_version().decode()

    def advance(self, steps: int) -> None:
        self.library.peer_advance(self.handle, steps)

    def replay(self, rows: np.ndarray, columns: np.ndarray) -> None:
        self.library.peer_replay(self.handle, rows, columns, len(rows))

    def factors(self) -> np.ndarray:
        work = self.workload
        out = np.empty((self.n, work.depth, work.dimension, work.dimension))
        self.library.peer_factors(self.handle, out)
        return out
