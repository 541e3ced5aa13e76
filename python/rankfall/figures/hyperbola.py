"""Where factors of hidden width 1 end: on the hyperbola that they began on, where it meets what is observed."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..experiment import Position
from . import labels, page, style
from .run import Run, choose
from .stable_rank import has_law

_most_points = 400  # of a cell


def applies(run: Run) -> bool:
    return has_law(run, ("hyperbola",))


def cells(run: Run) -> list[Position]:
    """Where the law holds: the first cell at each value of the first axis."""
    axis = run.layout.x
    first: dict[int, Position] = {}
    for position in run.experiment.positions():
        if np.isfinite(run.row(position).get("law_hyperbola_predicted", np.nan)):
            first.setdefault(position[axis.dimension] if axis else 0, position)
    places = sorted(first)
    return [first[places[chosen]] for chosen in choose(len(places), style.most_kinds).places]


def draw(run: Run) -> Figure:
    """A point per replica, by the values of the first axis; the curve of the median product, hyperbolas of some starts."""
    axis, shown = run.layout.x, cells(run)
    looks = style.looks(len(shown), False)
    norms = [run.values("factor_norm", position)[:_most_points, :2] for position in shown]
    names = [labels.tag(axis, position[axis.dimension]) if axis else "replicas" for position in shown]
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle="none", label=name)
              for look, name in zip(looks, names)]
    legend.append(Line2D([], [], color=style.grey, linewidth=0.8, label=r"$|W_1||W_2|$ = median"))
    legend.append(Line2D([], [], color=style.grey, linewidth=0.6, linestyle=":", label=r"$|W_2|^2 - |W_1|^2$ kept"))
    every = np.concatenate(norms)
    every = every[np.isfinite(every).all(axis=1)]
    figure, (ax,) = page.panels(
        page.Page(run.title("factors at the end"), run.replicas_text(), [], legend, titled=False, height=2.4), 1)
    largest = 1.05 * float(np.quantile(every, 0.999))
    along = np.linspace(1e-3 * largest, largest, 400)
    for imbalance in np.quantile(every[:, 1] ** 2 - every[:, 0] ** 2, [0.02, 0.15, 0.5, 0.85, 0.98]):
        square = along ** 2 + imbalance
        ax.plot(along[square > 0], np.sqrt(square[square > 0]), color=style.grey, linewidth=0.6, linestyle=":")
    ax.plot(along, np.median(every[:, 0] * every[:, 1]) / along, color=style.grey, linewidth=0.8)
    for look, own in sorted(zip(looks, norms), key=lambda each: -np.nanstd(each[1])):  # the widest first
        ax.plot(own[:, 0], own[:, 1], color=look.colour, marker=look.marker, linestyle="none", markersize=2.5)
    ax.set_xlim(0.0, largest)
    ax.set_ylim(0.0, largest)
    page.outer([ax], r"$|W_1|$", r"$|W_2|$")
    return figure
