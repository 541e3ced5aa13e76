"""How far from the last solution of greedy low-rank learning flows end, against the scale of their start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import page, style
from .run import Run
from .starts import start_of

_column = "median_greedy_end_distance"


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line (depth, and further swept values): rows of scale of W(0) and median distance, by scale."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for position in run.experiment.positions():
        distance = run.row(position).get(_column, np.nan)
        if isinstance(distance, (int, float)) and distance > 0.0:
            start = start_of(run, position)
            others = start.label.partition(", ")[2]
            name = f"depth $L$ = {start.depth}" + (f", {others}" if others else "")
            lines.setdefault(name, []).append((start.scale, float(distance)))
    return {name: np.array(sorted(line)) for name, line in lines.items()}


def applies(run: Run) -> bool:
    return any(len(line) > 1 for line in points(run).values())


def draw(run: Run) -> Figure:
    """A line per depth; a slope of 1 is drawn beside them."""
    lines = points(run)
    names = list(lines)[:style.most_kinds]
    looks = dict(zip(names, style.looks(len(names), False)))
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)
              for name, look in looks.items()]
    legend.append(Line2D([], [], color=style.grey, linewidth=0.6, linestyle=":", label="slope 1"))
    notes = ["Medians over replicas of the Frobenius distance of W at its last probe."]
    if len(lines) > len(names):
        notes.append(f"Not shown: {len(lines) - len(names)} more lines.")
    figure, (ax,) = page.panels(page.Page(run.title("distance from the greedy solution"), run.replicas_text(), notes, legend,
                                          titled=False), 1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for name, look in looks.items():
        ax.plot(*lines[name].T, color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)
    drawn = np.concatenate([lines[name] for name in names])
    low, high = drawn[:, 0].min(), drawn[:, 0].max()
    ax.set_ylim(drawn[:, 1].min() / 2.0, drawn[:, 1].max() * 2.0)
    ax.plot([low, high], [drawn[:, 1].max() * low / high, drawn[:, 1].max()], color=style.grey, linewidth=0.6, linestyle=":")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    page.outer([ax], "scale of W(0)", "distance at the end")
    return figure
