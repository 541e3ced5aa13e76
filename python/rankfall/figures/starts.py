"""From how large a W a cell starts: depth and scale of its initialization, made comparable between depths."""

from __future__ import annotations

from dataclasses import dataclass

from ..experiment import Position
from . import labels
from .run import Run

_of_entries = ("gaussian", "absolute-gaussian", "uniform")  # scale is of entries: a factor's norm grows with its width


@dataclass(frozen=True)
class Start:
    depth: int
    scale: float  # of W(0): (scale of a factor)^depth
    label: str    # e.g. "W(0) of scale 10⁻⁵", and further swept values


def start_of(run: Run, position: Position) -> Start:
    """W(0) is of the size of scale^depth, times columns^(depth/2) where scale is that of independent entries."""
    experiment = run.experiment
    symmetric = bool(experiment.value("model.symmetric", position, False))
    depth = 2 if symmetric else int(experiment.value("model.depth", position, 2))
    factor = float(experiment.value("initialization.scale", position, 1.0))
    if experiment.value("initialization.kind", position, "gaussian") in _of_entries:
        factor *= run.results.sizes["singular_value"] ** 0.5
    scale = factor ** depth
    others = [labels.setting(key, values[position[axis.dimension]].item())
              for axis in experiment.axes if axis.size > 1 for key, values in axis.told
              if key not in ("model.depth", "initialization.scale")]
    return Start(depth, scale, ", ".join([f"W(0) of scale {labels.scientific(float(f'{scale:.2g}'))}", *others]))
