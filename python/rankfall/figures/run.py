"""A finished run as figures see it: results, summary, and which axis is drawn how."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import xarray as xr

from ..errors import ResultsError
from ..experiment import Axis, Experiment, Position
from ..reading import SummaryRow, open_results, read_summary
from . import labels


@dataclass(frozen=True)
class Layout:
    """The roles of the sweep axes: along x, as lines or colours within a panel, and a panel per value of the rest.

    x is the first axis of real numbers, else of integers, else of texts.
    """

    x: Axis | None
    series: Axis | None
    panels: tuple[Axis, ...]
    single: tuple[Axis, ...]  # of one value


@dataclass(frozen=True)
class Choice:
    """Places on an axis that are drawn, and how many are not."""

    places: tuple[int, ...] = (0,)
    left_out: int = 0


@dataclass
class Run:
    """Everything one result directory holds. Positions are places on the sweep axes, by dimension."""

    results: xr.Dataset
    rows: dict[int, SummaryRow]  # of summary.csv, by cell
    experiment: Experiment = field(init=False)
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.experiment = Experiment(self.results)
            self.layout = layout_of(self.experiment.axes)
        except (KeyError, TypeError, ValueError) as error:
            raise ResultsError("results.nc", "its experiment cannot be understood", str(error),
                               "it was written by another version: run the experiment again") from None
        missing = [cell for cell in self.results["cell"].values.ravel() if int(cell) not in self.rows]
        if missing:
            raise ResultsError("summary.csv", f"has no row for cell {missing[0]} of results.nc", "",
                               "run the same `rankfall run` command again: it writes both anew")

    def row(self, position: Position) -> SummaryRow:
        return self.rows[self.cell(position)]

    def cell(self, position: Position) -> int:
        return int(self.results["cell"].isel(position).item())

    def values(self, name: str, position: Position) -> np.ndarray:
        """A variable of one cell, its first axis the replicas; those that are missing are left out."""
        done = int(self.results["replicas_done"].isel(position).item())
        return self.results[name].isel(position).values[:done]

    def flows(self) -> bool:
        """Whether all of the run is gradient flow: then its time says more than the steps of its integrator."""
        return all(phase.get("optimizer") == "gradient-flow" for phase in self.experiment.table["phase"])

    def title(self, what: str) -> str:
        return f"{self.experiment.name}: {what}" if self.experiment.name else what

    def replicas_text(self) -> str:
        """E.g. "n = 4 096 replicas per cell"."""
        numbers = [int(row["n"]) for row in self.rows.values()]
        return f"n = {labels.range_of_counts(numbers)} replicas" + (" per cell" if len(numbers) > 1 else "")

    def single_text(self) -> list[str]:
        return [labels.tag(axis, 0) for axis in self.layout.single]

    def diverged_note(self, consequence: str) -> list[str]:
        diverged = sum(int(row["n_diverged"]) for row in self.rows.values())
        total = sum(int(row["n"]) for row in self.rows.values())
        if diverged == 0:
            return []
        return [f"{labels.count(diverged)} of {labels.count(total)} replicas diverged {consequence}."]


    def left_out_note(self, panels: Panels, *chosen: tuple[Axis | None, Choice]) -> list[str]:
        """E.g. "Not shown: 3 more panels, 1 more value of ridge."."""
        parts = [f"{labels.counted(panels.left_out, 'more panel')}"] if panels.left_out else []
        parts += [f"{labels.counted(choice.left_out, 'more value')} of {labels.axis_name(axis)}"
                  for axis, choice in chosen if axis is not None and choice.left_out]
        return [f"Not shown: {', '.join(parts)}."] if parts else []


def load(directory: str | os.PathLike[str]) -> Run:
    """Raises ResultsError where the directory holds no finished run."""
    results = open_results(directory)
    return Run(results, {int(row["cell"]): row for row in read_summary(directory)})


def layout_of(axes: Sequence[Axis]) -> Layout:
    rest = [axis for axis in axes if axis.size > 1]
    single = tuple(axis for axis in axes if axis.size == 1)
    if not rest:
        return Layout(None, None, (), single)
    x = min(rest, key=distance_from_continuous)
    rest.remove(x)
    return Layout(x, rest[0] if rest else None, tuple(rest[1:]), single)


def distance_from_continuous(axis: Axis) -> int:
    """0 for real numbers, 1 for integers, 2 for texts and keys that vary together."""
    if not axis.is_numeric:
        return 2
    values = axis.values[0].astype(float)
    return 1 if np.array_equal(values, np.round(values)) else 0


def choose(size: int, most: int) -> Choice:
    """At most `most` of `size` places, evenly spread, with both ends."""
    if size <= most:
        return Choice(tuple(range(size)))
    places = np.unique(np.round(np.linspace(0, size - 1, most)).astype(int))
    return Choice(tuple(int(place) for place in places), size - len(places))


def choose_along(axis: Axis | None, most: int) -> Choice:
    return choose(axis.size, most) if axis else Choice()


def at(axis: Axis | None, place: int) -> dict[str, int]:
    return {axis.dimension: place} if axis else {}


@dataclass(frozen=True)
class Panels:
    """One panel per position on some axes, row by row."""

    positions: list[dict[str, int]]
    titles: list[str]
    left_out: int
    columns: int | None  # so that a row holds the values of the last axis; None if that would be too few or too many


def split(run: Run, axes: Sequence[Axis], most: int) -> Panels:
    """A panel for every combination of values of `axes`, or for a grid of at most `most`; one without axes."""
    sizes = [axis.size for axis in axes]
    while math.prod(sizes) > most:
        sizes[sizes.index(max(sizes))] -= 1
    chosen = [choose(axis.size, size).places for axis, size in zip(axes, sizes)]
    fixed = {axis.dimension: 0 for axis in run.layout.single}
    positions, titles = [], []
    for places in product(*chosen):
        positions.append(fixed | {axis.dimension: place for axis, place in zip(axes, places)})
        tag = labels.tag if len(axes) > 1 else labels.long_tag
        titles.append(", ".join(tag(axis, place) for axis, place in zip(axes, places)))
    columns = sizes[-1] if len(sizes) > 1 and 2 <= sizes[-1] <= 4 else None
    return Panels(positions, titles, math.prod(axis.size for axis in axes) - len(positions), columns)


def cells_of(run: Run, panels: Panels, series: Choice, x: Choice) -> Iterator[tuple[int, int, int, dict[str, int]]]:
    """(panel, series place, x place, position) of every chosen cell. Where a panel holds an axis, that place stands."""
    for number, position in enumerate(panels.positions):
        for line, place in product(series.places, x.places):
            yield number, line, place, at(run.layout.series, line) | at(run.layout.x, place) | position
