"""What figures of singular values share: which are shown, and the tolerance by which ranks are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..experiment import Position
from . import labels, style
from .run import Run

Range = tuple[float, float]

_band_grey = "0.88"
_tolerance_line: dict[str, Any] = {"color": "black", "linestyle": (0, (3, 1.5)), "linewidth": 0.9}
# Of the largest singular value: below, single precision leaves nothing to see; what was computed in double-double is meant to be.
_depth, _depth_of_double_double = 1e-7, 1e-30


def floor_of(values: np.ndarray, precision: str = "float32") -> float:
    """The lowest singular value that is drawn at its place."""
    finite = values[np.isfinite(values)]
    if finite.size == 0 or finite.max() <= 0.0:
        return 1e-16
    depth = _depth_of_double_double if precision == "double-double" else _depth
    return float(max(depth * finite.max(), finite[finite > 0.0].min()))


def shown_numbers(values: np.ndarray, floor: float) -> list[int]:
    """Places of the singular values (last axis) that some replica has above the floor, at most as many as looks."""
    above = np.nan_to_num(values, nan=0.0).reshape(-1, values.shape[-1]).max(axis=0) > floor
    return [int(place) for place in np.flatnonzero(above)][:style.most_kinds]


def tolerance_ranges(run: Run) -> dict[int, Range]:
    """By cell, between which bounds the rank tolerance lies, for cells where that is known.

    Equal bounds where the experiment says it. Else what the replicas show of a target that they share: it separates the
    singular values that were counted from those that were not, in all cells with the same target and tolerance.
    """
    ranges: dict[int, Range] = {}
    groups: dict[tuple, list[int]] = {}
    for position in run.experiment.positions():
        cell = run.cell(position)
        known = run.experiment.rank_tolerance(position)
        if known is None and "rank_threshold" in run.rows.get(cell, {}):
            known = float(run.rows[cell]["rank_threshold"])
        if known is not None:
            ranges[cell] = (known, known)
        elif run.experiment.value("problem.instances", position, "shared") == "shared":
            ranges[cell] = _separation(run.values("singular_values", position), run.values("numerical_rank", position))
            groups.setdefault(_target_of(run, position), []).append(cell)
    for cells in groups.values():
        low, high = max(ranges[cell][0] for cell in cells), min(ranges[cell][1] for cell in cells)
        for cell in cells:
            ranges[cell] = (low, high)
    return {cell: (low, high) for cell, (low, high) in ranges.items() if 0.0 < low <= high < np.inf}


def _separation(values: np.ndarray, rank: np.ndarray) -> Range:
    """The largest singular value that was not counted, and the smallest that was."""
    finite = np.isfinite(values) & np.isfinite(rank)[:, None]
    counted = np.arange(values.shape[1]) < rank[:, None]
    return (float(values[finite & ~counted].max(initial=0.0)), float(values[finite & counted].min(initial=np.inf)))


def _target_of(run: Run, position: Position) -> tuple:
    """What decides a shared target of the last phase and its tolerance, as far as it is swept."""
    own = tuple(f"phase.{run.experiment.phase_names[-1]}.{key}" for key in ("target", "rank", "spectrum"))
    return tuple(position[axis.dimension] for axis in run.experiment.axes if any(
        key in own or key.startswith(("problem.", "probe.rank_tolerance", "model.symmetric"))
        and not key.startswith(("problem.observed", "problem.noise", "problem.blocks")) for key in axis.keys))


def is_band(tolerance: Range) -> bool:
    """Bounds too far apart for a line between them."""
    return tolerance[1] > 1.2 * tolerance[0]


def draw_tolerance(ax: Axes, tolerance: Range, ends: tuple[float, float]) -> None:
    """At its height, from one end along x to the other."""
    if is_band(tolerance):
        ax.fill_between(ends, *tolerance, color=_band_grey, linewidth=0, zorder=0)
    else:
        ax.plot(ends, [np.sqrt(tolerance[0] * tolerance[1])] * 2, **_tolerance_line)


def tolerance_legend(tolerances: Sequence[Range | None]) -> list:
    known = [tolerance for tolerance in tolerances if tolerance]
    handles: list = []
    if not all(is_band(tolerance) for tolerance in known):
        handles.append(Line2D([], [], label="rank tolerance", **_tolerance_line))
    if any(is_band(tolerance) for tolerance in known):
        handles.append(Patch(facecolor=_band_grey, edgecolor="none", label="range of the rank tolerance"))
    return handles


def tolerance_note(tolerances: Sequence[Range | None]) -> list[str]:
    if any(tolerance and is_band(tolerance) for tolerance in tolerances):
        return ["The rank tolerance lies between the singular values that were counted and those that were not."]
    return []


def names(numbers: Sequence[int]) -> dict[int, str]:
    """σ with its number, counted from 1."""
    return {number: rf"$\sigma_{{{number + 1}}}$" for number in numbers}


def floor_text(floor: float, values: np.ndarray, shown: Sequence[int]) -> list[str]:
    """What became of the singular values (last axis of `values`) below the floor."""
    limit = labels.scientific(float(f"{floor:.2g}"))
    low = np.nan_to_num(values, nan=np.inf).reshape(-1, values.shape[-1]).min(axis=0) < floor * (1 - 1e-9)
    notes = [f"Values below {limit} are drawn at it."] if low[list(shown)].any() else []
    hidden = values.shape[-1] - len(shown)
    if hidden:
        notes.append(f"Not shown: {labels.counted(hidden, 'smaller singular value')}" +
                     (f", below {limit} in all replicas." if len(shown) < style.most_kinds else "."))
    return [" ".join(notes)] if notes else []
