"""What a shallow network keeps of its rank: the smallest singular value of W along the last phase, above its bound."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import labels, page, style
from .run import Run
from .stable_rank import has_law

_law = "law_lock_in_predicted"
_most_replicas = 50  # of a cell


def curves(run: Run) -> list[tuple[str, float, list[tuple[np.ndarray, np.ndarray]]]]:
    """Of each cell that the law speaks of: its swept values, the bound (median over replicas), and per replica the smallest
    singular value against time (of flows, else steps) since the last phase began."""
    last = len(run.experiment.phase_names) - 1
    clock = "trajectory_time" if run.flows() else "trajectory_step"
    found = []
    for position in run.experiment.positions():
        bound = float(run.row(position).get(_law, np.nan))
        if not np.isfinite(bound):
            continue
        name = ", ".join(labels.tag(axis, position[axis.dimension]) for axis in run.experiment.axes if axis.size > 1)
        own = []
        for times, phases, values in zip(run.values(clock, position)[:_most_replicas], run.values("trajectory_phase", position),
                                         run.values("trajectory_singular_values", position)):
            here = np.isfinite(times) & (phases == last)
            if here.any():
                own.append((times[here] - times[here][0], values[here, -1]))
        found.append((name or "replicas", bound, own))
    return found


def applies(run: Run) -> bool:
    return has_law(run, ("lock_in",)) and "trajectory_singular_values" in run.results


def draw(run: Run) -> Figure:
    """A colour per cell: a line per replica, its bound dashed."""
    cells = curves(run)
    shown = cells[:style.most_kinds]
    looks = style.looks(len(shown), True)
    legend = [Line2D([], [], color=look.colour, label=name) for look, (name, _, _) in zip(looks, shown)]
    legend.append(Line2D([], [], color=style.grey, linestyle="--", linewidth=0.8, label=r"bound $\sigma_{min}(W_{pre}) - |e|$"))
    notes = ["A line per replica, dashed its cell's bound (median)."]
    if len(cells) > len(shown):
        notes.append(f"Not shown: {labels.counted(len(cells) - len(shown), 'more cell')}.")
    figure, (ax,) = page.panels(page.Page(run.title("rank that is kept"), run.replicas_text(), notes, legend, titled=False), 1)
    latest = 0.0
    for look, (name, bound, own) in zip(looks, shown):
        for times, values in own:
            ax.plot(times, values, color=look.colour, linewidth=0.9, label=name)
            settled = np.flatnonzero(np.abs(values - values[-1]) > 1e-3 * values[0])
            latest = max(latest, times[min(settled[-1] + 1, times.size - 1)] if settled.size else 0.0)
        ax.axhline(bound, color=look.colour, linestyle="--", linewidth=0.8)
    if latest > 0.0:
        ax.set_xlim(0.0, 1.2 * latest)  # what follows is at rest
    ax.set_ylim(bottom=0.0)
    unit = "time of the gradient flow" if run.flows() else "steps"
    page.outer([ax], f"{unit} since phase {run.experiment.phase_names[-1]} began", r"$\sigma_{min}(W)$")
    return figure
