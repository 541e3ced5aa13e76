"""What the experiment file in the attributes of results.nc says of each cell."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

Position = Mapping[str, int]  # place on each sweep axis, by the name of its dimension
label_key = "label"  # of texts that name the places of an axis of several keys


@dataclass(frozen=True)
class Axis:
    """One dimension of the sweep: one key, or several that vary together."""

    dimension: str
    keys: tuple[str, ...]             # full key paths, e.g. "phase.noise.learning_rate"
    values: tuple[np.ndarray, ...]    # one array of `size` values per key

    @property
    def size(self) -> int:
        return len(self.values[0])

    @property
    def told(self) -> list[tuple[str, np.ndarray]]:
        """The keys, with their values, that a person is shown: where labels name the places, these alone."""
        pairs = list(zip(self.keys, self.values))
        return [(key, values) for key, values in pairs if key == label_key] or pairs

    @property
    def is_numeric(self) -> bool:
        return len(self.values) == 1 and self.values[0].dtype.kind in "fiu"


class Experiment:
    """The settings of every cell: the file's own, or the sweep's where a key is swept."""

    def __init__(self, results: xr.Dataset) -> None:
        self.table: dict[str, Any] = tomllib.loads(results.attrs["experiment"])
        self.axes = tuple(_axis(results, str(dimension)) for dimension in results["cell"].dims)
        self._swept = {key: (axis.dimension, values)
                       for axis in self.axes for key, values in zip(axis.keys, axis.values)}
        phases = self.table["phase"]
        self.phase_names = [phase.get("name", f"phase{number}") for number, phase in enumerate(phases, start=1)]

    @property
    def name(self) -> str:
        return str(self.table.get("name", ""))

    @property
    def confidence(self) -> float:
        return float(self.table.get("estimate", {}).get("confidence", 0.95))

    @property
    def interval_name(self) -> str:
        kind = self.table.get("estimate", {}).get("interval", "clopper-pearson")
        return {"clopper-pearson": "Clopper-Pearson", "wilson": "Wilson", "jeffreys": "Jeffreys"}[kind]

    def positions(self) -> Iterator[dict[str, int]]:
        """Every cell's place on the axes, in the order of the cells."""
        dimensions = [axis.dimension for axis in self.axes]
        for place in np.ndindex(*(axis.size for axis in self.axes)):
            yield dict(zip(dimensions, place))

    def value(self, key: str, position: Position, default: Any = None) -> Any:
        """The value of a full key, e.g. "phase.noise.stop.rank_at_most", in one cell."""
        if key in self._swept:
            dimension, values = self._swept[key]
            return values[position[dimension]].item()
        node: Any = self.table
        parts = key.split(".")
        if parts[0] == "phase":
            node = self.table["phase"][self.phase_names.index(parts[1])]
            parts = parts[2:]
        for part in parts:
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return node

    def of_last_phase(self, key: str, position: Position, default: Any = None) -> Any:
        return self.value(f"phase.{self.phase_names[-1]}.{key}", position, default)

    def horizon(self, position: Position) -> int:
        """Most steps of the last phase."""
        return int(self.of_last_phase("steps", position))

    def lowest_start_rank(self, position: Position) -> int:
        """The rank below which the last phase follows nobody further down."""
        return max(int(self.of_last_phase("stop.rank_at_most", position, 0)), 0)

    def asks_for_jumps(self) -> bool:
        """Whether all cells ask for jumps: their last phase is SGD that starts from a minimum or awaits a rank."""
        return all(
            self.of_last_phase("optimizer", position) == "sgd"
            and (
                self.trains_before_last(position)
                or self.value("initialization.kind", position) == "file"
                or self.of_last_phase("stop.rank_at_most", position) is not None
            )
            for position in self.positions()
        )

    def trains_before_last(self, position: Position) -> bool:
        """Whether a phase before the last has a length in this cell; of a cold start none has."""
        if self.value("compare.cold_start", position) == "cold":
            return False
        lengths = [[self.value(f"phase.{name}.{key}", position) for key in ("steps", "time")] for name in self.phase_names[:-1]]
        return any(any(own) or own == [None, None] for own in lengths)  # greedy low-rank learning ends by itself

    def senses(self) -> bool:
        """Whether the last phase of every cell observes measurements, so that errors are over all entries."""
        keys = ("observed", "observed_count", "observed_fraction", "blocks")

        def observed(position: Position) -> Any:
            if any(self.of_last_phase(key, position) is not None for key in keys):
                return self.of_last_phase("observed", position)
            return self.value("problem.observed", position)

        return all(observed(position) == "gaussian" for position in self.positions())

    def rank_tolerance(self, position: Position) -> float | None:
        """The singular value from which a direction counts, or None where the file does not determine it.

        "auto" is found by the run (rank_threshold in its results). Relative tolerances refer to the largest singular value of
        the last phase's target, which the file does not say of a random target of rank above 1, nor of one in a data file.
        """
        absolute = self.value("probe.rank_tolerance.absolute", position)
        if absolute is not None:
            return float(absolute)
        relative = self.value("probe.rank_tolerance", position, 4e-3)
        if relative == "auto":
            return None
        largest = self._largest_of_target(position)
        return None if largest is None else float(relative) * largest

    def owner_of_target(self, position: Position) -> str:
        """Whose keys say what the last phase recovers: "problem", or "phase.NAME" where it has a target of its own."""
        own = any(self.of_last_phase(key, position) is not None for key in ("target", "rank", "spectrum"))
        return f"phase.{self.phase_names[-1]}" if own else "problem"

    def target_rank(self, position: Position) -> int | None:
        """The target's rank, or None where it is in a data file."""
        owner = self.owner_of_target(position)
        target = self.value(f"{owner}.target", position)
        if isinstance(target, list):
            return int(np.linalg.matrix_rank(np.array(target, dtype=float)))
        if target is not None:
            return None
        spectrum = self.value(f"{owner}.spectrum", position)
        if isinstance(spectrum, list):
            return sum(value > 0.0 for value in spectrum)
        return int(self.value(f"{owner}.rank", position, 1))

    def _largest_of_target(self, position: Position) -> float | None:
        owner = self.owner_of_target(position)
        target = self.value(f"{owner}.target", position)
        if isinstance(target, list):
            return float(np.linalg.norm(np.array(target, dtype=float), 2))
        spectrum = self.value(f"{owner}.spectrum", position)
        if isinstance(spectrum, list):
            return float(max(spectrum))
        if target is None and spectrum is None and self.value(f"{owner}.rank", position) == 1:
            rows = self.value("problem.rows", position)
            return math.sqrt(rows * self.value("problem.columns", position, rows))  # entries of root-mean-square 1
        return None


def _is_key(name: str) -> bool:
    """Whether a coordinate's long name is that of a swept key."""
    return "." in name or name == label_key


def _axis(results: xr.Dataset, dimension: str) -> Axis:
    labels = [name for name in results.variables
              if results[name].dims == (dimension,) and _is_key(str(results[name].attrs.get("long_name", "")))]
    if not labels:
        raise ValueError(f"the axis {dimension} has no coordinate")
    keys = tuple(str(results[name].attrs["long_name"]) for name in labels)
    columns = (results[name].values for name in labels)
    return Axis(dimension, keys, tuple(column.astype(str) if column.dtype == object else column for column in columns))
