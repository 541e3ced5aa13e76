"""Where factors of hidden width 1 end: on the hyperbola that they began on, where it meets what is observed."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import labels, page, style
from .run import Choice, Run, at, choose_along
from .stable_rank import has_law

_most_points = 400  # of a cell


def applies(run: Run) -> bool:
    return has_law(run, ("hyperbola",))


def draw(run: Run) -> Figure:
    """A point per replica, by the values of the first axis; the curve of the median product, hyperbolas of some starts."""
    axis = run.layout.x
    places = choose_along(axis, style.most_kinds) if axis else Choice()
    looks = style.looks(len(places.places), False)
    fixed = {other.dimension: 0 for other in run.experiment.axes}
    norms = [run.values("factor_norm", fixed | at(axis, place))[:_most_points] for place in places.places]
    names = [labels.tag(axis, place) if axis else "replicas" for place in places.places]
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
