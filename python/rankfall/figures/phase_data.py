"""What a phase diagram shows: its two axes, and a number with its interval for every cell."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..experiment import Axis, Position
from . import final_rank
from .run import Run, distance_from_continuous

_most_loaded = 25_000_000  # numbers
unknown = 2  # the side of a cell without an interval
_seeds = ("problem.instance_seed",)  # numbers without an order


@dataclass(frozen=True)
class Quantity:
    """Estimates with intervals (low and high are NaN where there are none), by position."""

    name: str                  # of the file: phase_diagram_NAME.png
    title: str
    is_probability: bool
    estimate: Callable[[Position], tuple[float, float, float]]
    remarks: list[str] = field(default_factory=list)  # for a subtitle
    known: dict[tuple[int, ...], tuple[float, float, float]] = field(default_factory=dict)

    def of(self, position: Position) -> tuple[float, float, float]:
        key = tuple(place for _, place in sorted(position.items()))
        if key not in self.known:
            self.known[key] = self.estimate(position)
        return self.known[key]


def axes_of(run: Run) -> tuple[Axis, Axis] | None:
    """(x, y): the two longest axes of numbers, the earlier in the file where two are as long; seeds are none. Along x lies
    that of real numbers, else the earlier.
    """
    numeric = [axis for axis in run.experiment.axes if axis.size > 1 and _is_of_numbers(axis)]
    longest = sorted(numeric, key=lambda axis: -axis.size)[:2]
    if len(longest) < 2:
        return None
    x, y = sorted(longest, key=lambda axis: (distance_from_continuous(axis), run.experiment.axes.index(axis)))
    return x, y


def _is_of_numbers(axis: Axis) -> bool:
    """Of one key or of several that vary together, none of them a seed."""
    return all(values.dtype.kind in "fiu" for values in axis.values) and not set(axis.keys) & set(_seeds)


def ordered(axis: Axis) -> list[int]:
    """Places of an axis by its values, ascending; several keys that vary together by the first that tells."""
    return sorted(range(axis.size), key=lambda place: tuple(float(values[place]) for values in axis.values))


def quantities(run: Run) -> list[Quantity]:
    """Those that differ between cells."""
    rank = diagram_rank(run)
    every = [Quantity("final_rank", f"P(final rank = {rank})", True, lambda at: _proportion(run, at, f"p_rank_{rank}"))]
    if run.experiment.asks_for_jumps():
        every.append(Quantity("jump", "P(rank falls)", True, lambda at: _proportion(run, at, "p_jump")))
    entries = "all" if run.experiment.senses() else "unobserved"
    error = "median error" if run.experiment.senses() else "median unobserved error"
    for name, words in (("effective_rank", "median effective rank"), ("stable_rank", "median stable rank"),
                        ("unobserved_error", error)):
        if name in run.results:
            remarks = [f"RMS of W - T over {entries} entries"] if name == "unobserved_error" else []
            every.append(Quantity(name, words, False, _median_of(run, name), remarks))
    return [quantity for quantity in every if _varies(run, quantity)]


def _varies(run: Run, quantity: Quantity) -> bool:
    values = np.array([quantity.of(position)[0] for position in run.experiment.positions()])
    known = values[np.isfinite(values)]
    return known.size > 1 and float(np.ptp(known)) > 1e-9 * float(np.abs(known).max())


def diagram_rank(run: Run) -> int:
    """The target's rank where the file says it, all cells have the same and a replica ends with it; else the lowest seen."""
    seen = final_rank.ranks_of(run)
    ranks = {run.experiment.target_rank(position) for position in run.experiment.positions()}
    target = ranks.pop() if len(ranks) == 1 else None
    return target if target is not None and target in seen else min(seen, default=0)


def _proportion(run: Run, position: Position, name: str) -> tuple[float, float, float]:
    row = run.row(position)
    if int(row.get(f"{name}_trials", 0)) == 0:
        return math.nan, math.nan, math.nan
    return float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"])


def _median_of(run: Run, name: str) -> Callable[[Position], tuple[float, float, float]]:
    """Medians of a variable by cell; it is read at once unless it is too large."""
    axes = [axis.dimension for axis in run.experiment.axes]
    done = run.results["replicas_done"].transpose(*axes).values.astype(int)
    every = run.results[name].transpose(*axes, "replica").values if run.results[name].size <= _most_loaded else None

    def median(position: Position) -> tuple[float, float, float]:
        place = tuple(position[axis] for axis in axes)
        values = run.values(name, position) if every is None else every[place][:done[place]]
        return median_with_interval(values[np.isfinite(values)], run.experiment.confidence)

    return median


def median_with_interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """The median and order statistics that hold it with at least that probability, whatever the distribution; NaN where
    the values are too few for any.
    """
    if values.size == 0:
        return math.nan, math.nan, math.nan
    values, k = np.sort(values), _order(values.size, confidence)
    return float(np.median(values)), *((float(values[k - 1]), float(values[-k])) if k else (math.nan, math.nan))


@functools.cache
def _order(n: int, confidence: float) -> int:
    """The largest k so that fewer than k of n values lie below their median with a chance of at most (1 - confidence) / 2."""
    below, k = 0.0, 0
    while k <= n // 2:
        below += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2.0))
        if below > (1.0 - confidence) / 2.0:
            break
        k += 1
    return k


def grid(quantity: Quantity, position: Position, x: Axis, y: Axis, places: tuple[list[int], list[int]]) -> np.ndarray:
    """(3, y, x): estimate, low, high of the cells of one panel."""
    cells = [[quantity.of(dict(position) | {x.dimension: i, y.dimension: j}) for i in places[0]] for j in places[1]]
    return np.moveaxis(np.array(cells, dtype=float), -1, 0)


def sides(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """+1 where an interval lies above 1/2, -1 below, 0 where it holds it; `unknown` where there is none."""
    return np.where(np.isfinite(low), np.where(low > 0.5, 1, np.where(high < 0.5, -1, 0)), unknown)


def borders(side: np.ndarray, differ: Callable[[int, int], bool]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Edges, in cells counted from the lower left, between neighbours whose sides are known and differ in that way."""
    rows, columns = side.shape

    def parted(a: int, b: int) -> bool:
        return unknown not in (a, b) and differ(a, b)

    edges = []
    for j in range(rows):
        for i in range(columns):
            if i + 1 < columns and parted(side[j, i], side[j, i + 1]):
                edges.append(((i + 0.5, j - 0.5), (i + 0.5, j + 0.5)))
            if j + 1 < rows and parted(side[j, i], side[j + 1, i]):
                edges.append(((i - 0.5, j + 0.5), (i + 0.5, j + 0.5)))
    return edges
