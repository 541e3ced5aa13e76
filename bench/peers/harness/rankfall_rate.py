"""rankfall's side of the comparison: its work as a file, and its rate."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One row of work, as `rankfall bench --case` names it."""

    operation: str
    precision: str
    depth: int
    dimension: int

    def __str__(self) -> str:
        return f"{self.operation}:{self.precision}:{self.depth}:{self.dimension}"

    @property
    def useful_operations(self) -> float:
        """Floating-point operations of a step that a minimal algorithm needs (docs/performance.md)."""
        d, interior = self.dimension, self.depth - 2
        return 6 * (self.depth - 1) * d ** 3 if self.operation == "gd" else 6 * interior * d ** 2 + 8 * d


@dataclass(frozen=True)
class Rate:
    """Replica-steps per second, and multiply-add operations per second of all that was used."""

    replica_steps: float
    peak: float


class RankfallError(Exception):
    """The program did not do what it was asked for."""


def _check(binary: str) -> None:
    if not os.access(binary, os.X_OK):
        raise RankfallError(f"{binary} is not a program; --rankfall names the built one")


def export(binary: str, case: Case, path: Path) -> None:
    """Write the case's replicas to a file."""
    _check(binary)
    told = subprocess.run([binary, "bench", "--case", str(case), "--export", str(path)], capture_output=True, text=True,
                          check=False)
    if told.returncode != 0:
        raise RankfallError(told.stderr.strip())


def usable_cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def _start(binary: str, case: Case, record: Path, *options: str, core: int | None = None) -> subprocess.Popen:
    pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
    return subprocess.Popen([binary, "bench", "--case", str(case), "--json", str(record), *options],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=pin)


def _start_all(binary: str, case: Case, n: int, device: str, folder: Path) -> dict[Path, subprocess.Popen]:
    if device == "cuda":
        return {folder / "0.json": _start(binary, case, folder / "0.json", "--backend", "cuda", "--replicas", str(n))}
    records = {core: folder / f"{core}.json" for core in usable_cores()}
    return {record: _start(binary, case, record, core=core) for core, record in records.items()}


def rankfall_rate(binary: str, case: Case, n: int, device: str) -> Rate:
    """Median rate of rankfall with n replicas on all of a device.

    A core trains 16 replicas at a time until their next probe, so its rate is that of 16 whatever n; every core is
    measured while all others work, and the rates are added. A GPU trains all n at once.
    """
    _check(binary)
    with tempfile.TemporaryDirectory() as folder:
        running = _start_all(binary, case, n, device, Path(folder))
        for process in running.values():
            _, complaint = process.communicate()
            if process.returncode != 0:
                raise RankfallError(complaint.strip())
        rows = [json.loads(record.read_text())["rows"][0] for record in running]
    return Rate(sum(row["median_replica_steps_per_second"] for row in rows), sum(row["peak_gflops"] for row in rows) * 1e9)
