"""How far from the last solution of greedy low-rank learning flows end, against the scale of their start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import lines, page, style
from .run import Run
from .starts import start_of

_column = "median_greedy_end_distance"


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line (depth, and further swept values): rows of scale of W(0) and median distance, by scale."""
    found: dict[str, list[tuple[float, float]]] = {}
    for position in run.experiment.positions():
        distance = run.row(position).get(_column, np.nan)
        if isinstance(distance, (int, float)) and distance > 0.0:
            start = start_of(run, position)
            others = start.label.partition(", ")[2]
            name = f"depth $L$ = {start.depth}" + (f", {others}" if others else "")
            found.setdefault(name, []).append((start.scale, float(distance)))
    return {name: np.array(sorted(line)) for name, line in found.items()}


def applies(run: Run) -> bool:
    return any(len(line) > 1 for line in points(run).values())


def draw(run: Run) -> Figure:
    """A line per depth; a slope of 1 is drawn beside them."""
    found = points(run)
    slope = {"color": style.grey, "linewidth": 0.6, "linestyle": ":"}
    figure, ax, looks = lines.panel(run, "distance from the greedy solution", list(found),
                                    "Medians over replicas of the Frobenius distance of W at its last probe.",
                                    (Line2D([], [], label="slope 1", **slope),))
    lines.logarithmic(ax, "both")
    for name, look in looks.items():
        lines.draw(ax, name, look, *found[name].T)
    drawn = np.concatenate([found[name] for name in looks])
    low, high = drawn[:, 0].min(), drawn[:, 0].max()
    ax.set_ylim(drawn[:, 1].min() / 2.0, drawn[:, 1].max() * 2.0)
    ax.plot([low, high], [drawn[:, 1].max() * low / high, drawn[:, 1].max()], **slope)
    page.outer([ax], "scale of W(0)", "distance at the end")
    return figure
