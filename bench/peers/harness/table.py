"""The comparison as text."""

from __future__ import annotations

import math
import statistics

HEADING = ("case", "N", "program", "replica-steps/s", "rankfall is", "% peak", "")


def median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan


def times(ratio: float) -> str:
    """A ratio of rates: two digits are all that timings are good for."""
    if not math.isfinite(ratio):
        return "-"
    return f"{ratio:.2g} x" if ratio < 100 else f"{round(ratio, 1 - int(math.log10(ratio))):.0f} x"


def row(result: dict) -> tuple[str, ...]:
    """Cells of one result: a program's rate in a case, or why it has none."""
    name, n = result["case"], str(result["n"])
    if result.get("status", "ok") != "ok":
        return name, n, result["program"], "-", "-", "-", result["status"]
    peak = result.get("fraction_of_peak")
    ratio = result.get("rankfall_ratio")
    notes = [f"{result['replicas']} replicas"] if result.get("replicas", result["n"]) != result["n"] else []
    if not result.get("quiet", True):
        notes.append("machine was busy")
    return (name, n, result["program"], f"{result['rate']:.3g}", "-" if ratio is None else times(ratio),
            "-" if peak is None else f"{100 * peak:.2g}", ", ".join(notes))


def text_table(results: list[dict]) -> str:
    """All results, columns aligned, numbers to the right."""
    rows = [HEADING, *map(row, results)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADING))]
    right = {1, 3, 4, 5}
    lines = []
    for cells in rows:
        padded = (cell.rjust(width) if column in right else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths)))
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
