"""The error along gradient flow, where probes were kept: means over replicas, and bands of a standard deviation."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from ..experiment import Position
from . import labels, page, style
from .run import Run
from .starts import start_of
from .trajectories import held

_most_panels = 6
_points = 400  # of a curve


def applies(run: Run) -> bool:
    """Whether all of the run is gradient flow that was followed, of replicas that have an error."""
    flows = all(phase.get("optimizer") == "gradient-flow" for phase in run.experiment.table["phase"])
    name = "trajectory_unobserved_error"
    return flows and name in run.results and bool(np.isfinite(run.results[name].values).any())


def mean_and_deviation(run: Run, position: Position, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Over the replicas of a cell at each time; one that has stopped keeps its last value."""
    errors = held(run.values("trajectory_time", position), run.values("trajectory_unobserved_error", position), grid)
    return np.nanmean(errors, axis=0), np.nanstd(errors, axis=0)


def draw(run: Run) -> Figure:
    """A panel per depth, a line per further setting; times and errors on logarithmic axes."""
    cells = [(start_of(run, position), position) for position in run.experiment.positions()]
    depths = sorted({start.depth for start, _ in cells})[:_most_panels]
    scales = list(dict.fromkeys(start.label for start, _ in sorted(cells, key=lambda cell: -cell[0].scale)))
    shown = scales[:style.most_kinds]
    looks = dict(zip(shown, style.looks(len(shown), True)))
    legend = [Line2D([], [], color=look.colour, linestyle=look.dashes, label=label) for label, look in looks.items()]
    notes = ["Lines: means over replicas; bands: one standard deviation, cut where they would reach zero. A replica that "
             "has stopped keeps its last value."]
    if len(scales) > len(shown):
        notes.append(f"Not shown: {labels.counted(len(scales) - len(shown), 'more line')}.")
    entries = "all" if run.experiment.senses() else "unobserved"
    subtitle = ", ".join([f"RMS of W - T over {entries} entries", run.replicas_text(), *run.single_text()])
    figure, axes = page.panels(page.Page(run.title("error along gradient flow"), subtitle, notes + run.diverged_note(""),
                                         legend), len(depths))
    grid = _grid(run)
    for ax, depth in zip(axes, depths):
        page.title_panel(ax, f"depth $L$ = {depth}")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_xlim(grid[0], grid[-1])
        for start, position in cells:
            if start.depth == depth and start.label in looks:
                _draw(ax, grid, *mean_and_deviation(run, position, grid), looks[start.label])
    page.outer(axes, "time of the gradient flow", "error (RMS)")
    return figure


def _grid(run: Run) -> np.ndarray:
    times = run.results["trajectory_time"].values
    times = times[np.isfinite(times) & (times > 0.0)]
    return np.geomspace(times.min(), times.max(), _points)


def _draw(ax: Axes, grid: np.ndarray, mean: np.ndarray, deviation: np.ndarray, look: style.Look) -> None:
    low = np.maximum(mean - deviation, 0.03 * mean)
    ax.fill_between(grid, low, mean + deviation, color=look.colour, alpha=0.2, linewidth=0)
    ax.plot(grid, mean, color=look.colour, linestyle=look.dashes, label="mean")


