"""What a comparison was made on, and whether it was alone there."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import time
from pathlib import Path


def cpu_model() -> str:
    """As the kernel names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")


def gpu_model() -> str | None:
    """As its driver names it; None without one."""
    try:
        told = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True,
                              text=True, check=False)
    except OSError:
        return None
    return told.stdout.strip().splitlines()[0] if told.returncode == 0 and told.stdout.strip() else None


def describe() -> dict:
    """Machine and date, for the record."""
    return {"cpu": cpu_model(), "cores": len(os.sched_getaffinity(0)), "gpu": gpu_model(),
            "python": platform.python_version(), "load_average": os.getloadavg()[0],
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}


def _busy_and_total() -> tuple[int, int]:
    fields = [int(word) for word in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)  # all but idle and waiting for disks


def busy_fraction(seconds: float) -> float:
    """Part of all cores' time that somebody uses."""
    busy, total = _busy_and_total()
    time.sleep(seconds)
    busy_later, total_later = _busy_and_total()
    return (busy_later - busy) / max(1, total_later - total)


def wait_until_quiet(patience: float, most: float = 0.15) -> bool:
    """Wait until others use little; False if they never did within `patience` seconds.

    Thread pools that meet at barriers lose a factor of ten or more when one core is taken from them, single threads
    only their share: timing beside somebody else's work would flatter rankfall.
    """
    end = time.monotonic() + patience
    while busy_fraction(0.2) > most:
        if time.monotonic() > end:
            return False
    return True
