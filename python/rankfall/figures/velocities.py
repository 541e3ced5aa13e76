"""How fast the singular values of W move, beside the law for balanced factors, where that was read at probes."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import modes, page, style
from .run import Run

_law: dict = {"color": "black", "linestyle": (0, (3, 1.5)), "linewidth": 0.8}


def applies(run: Run) -> bool:
    return "trajectory_mode_velocity" in run.results


def draw(run: Run) -> Figure:
    """A panel per cell: ds/dt of the largest singular values of its first replica, and what the law has for it."""
    panels, shown = modes.panels_of(run), modes.shown(run)
    looks = style.looks(len(shown), True)
    legend = modes.legend_of(looks, shown) + [Line2D([], [], label="law for balanced factors", **_law)]
    notes = ["Of the first replica, at every probe. Lines: the gradient flow of its factors, ds/dt = <dW/dt, u v^T>.",
             "Law: ds/dt = -L s^(2-2/L) <grad C(W), u v^T> - 2 ridge L s, where factors are balanced."]
    figure, axes = page.panels(modes.page_of(run, "velocities of singular values", legend, notes, panels),
                               len(panels.positions), panels.columns)
    for ax, title, position in zip(axes, panels.titles, panels.positions):
        page.title_panel(ax, title)
        measured, law = (run.values(f"trajectory_{name}", position)[0]
                         for name in ("mode_velocity", "mode_velocity_balanced"))
        for look, mode in zip(looks, shown):
            ax.plot(modes.along(run, position), measured[:, mode], color=look.colour, linewidth=1.6, label="measured")
            ax.plot(modes.along(run, position), law[:, mode], label="law", **_law)
    page.outer(axes, modes.scale_along(run, axes, panels), "velocity $ds/dt$")
    return figure
