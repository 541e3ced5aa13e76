"""How far above the least nuclear norm flows on complete components of entries end, against the scale of the start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import page, style
from .run import Run
from .stable_rank import line_of
from .starts import start_of

_law = "law_nuclear_norm_limit"


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line (depth, and further swept values but which entries are observed): rows of scale of W(0), and the least,
    median and largest of the cells' medians of |W|_*/min - 1, by scale.
    """
    found: dict[str, dict[float, list[float]]] = {}
    for position in run.experiment.positions():
        row = run.row(position)
        predicted, measured = row.get(f"{_law}_predicted", np.nan), row.get(f"{_law}_measured", np.nan)
        if np.isfinite(predicted) and np.isfinite(measured) and predicted > 0.0:
            name = line_of(run, position, "initialization.scale")
            found.setdefault(name, {}).setdefault(start_of(run, position).scale, []).append(measured / predicted - 1.0)
    return {name: np.array([(scale, min(excess), float(np.median(excess)), max(excess))
                            for scale, excess in sorted(cells.items())])
            for name, cells in found.items() if len(cells) > 1}


def applies(run: Run) -> bool:
    return any((line[:, 2] > 0.0).sum() > 1 for line in points(run).values())


def draw(run: Run) -> Figure:
    """A line per depth, logarithmic in both directions; what is not above the minimum has no point."""
    lines = points(run)
    names = list(lines)[:style.most_kinds]
    looks = dict(zip(names, style.looks(len(names), False)))
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)
              for name, look in looks.items()]
    notes = ["Medians over replicas; bars: from the least to the largest of cells that differ in what is observed. What is "
             "left at the smallest scales is what the flow had yet to fit when it ended, and rounding."]
    figure, (ax,) = page.panels(page.Page(run.title("above the least nuclear norm"), run.replicas_text(), notes, legend,
                                          titled=False), 1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for name, look in looks.items():
        line = lines[name][lines[name][:, 2] > 0.0]
        ax.plot(line[:, 0], line[:, 2], color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)
        bars = line[line[:, 1] > 0.0]
        ax.vlines(bars[:, 0], bars[:, 1], bars[:, 3], color=look.colour, linewidth=1.6)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    page.outer([ax], "scale of W(0)", r"$\|W\|_*$ / minimum - 1")
    return figure
