"""Sets B_r of Wang & Jacot: exits seen, or how rare they are at most, and the singular value that keeps replicas inside."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from ..experiment import Position
from . import labels, page, scales, style
from .run import Run
from .trajectories import held

_most_replicas = 5000  # that quantiles are taken over


def applies(run: Run) -> bool:
    return any(sets_of(run, position) for position in run.experiment.positions())


def pages(run: Run) -> dict[str, Figure]:
    """`exits` of every set; `modes`, where trajectories were kept: s_(r+1) of the layers for the set that most come into."""
    figures = {"exits": draw_exits(run)}
    if "trajectory_layer_value_largest" in run.results:
        figures["modes"] = draw_modes(run)
    return figures


def sets_of(run: Run, position: Position) -> list[int]:
    """The r of the sets B_r in which probes followed replicas of a cell."""
    row = run.row(position)
    found, r = [], 0
    while f"absorbing_{r}_steps" in row:
        if row[f"absorbing_{r}_steps"] > 0:
            found.append(r)
        r += 1
    return found


def main_set(run: Run) -> int:
    """The smallest r such that half of all replicas or more came into B_r; else the largest that any came into."""
    total = sum(int(row["n"]) for row in run.rows.values())
    seen = sorted({r for position in run.experiment.positions() for r in sets_of(run, position)})
    for r in seen:
        if 2 * sum(row.get(f"absorbing_{r}_replicas", 0.0) for row in run.rows.values()) >= total:
            return r
    return seen[-1]


def draw_exits(run: Run) -> Figure:
    """A group of marks per set, one per cell: rates with their intervals, or open marks at the bound of none."""
    cells = _cells(run)
    looks = style.looks(len(cells), False)
    sets = sorted({r for position in cells for r in sets_of(run, position)})
    percent = f"{100 * run.experiment.confidence:g} %"
    notes = [f"Exits per step between a probe inside and the next, of all replicas of a cell; bars: exact {percent} Poisson "
             f"intervals. Open marks with an arrow: none was seen; one-sided {percent} upper bound."]
    figure, (ax,) = page.panels(_page(run, "exits from absorbing sets", cells, looks, notes), 1)
    ends = []
    for place, (position, look) in enumerate(zip(cells, looks)):
        shift = 0.5 * ((place + 0.5) / len(cells) - 0.5)
        for r in sets_of(run, position):
            ends += _mark(ax, sets.index(r) + shift, run.row(position), r, look)
    ax.set_yscale("log")
    ax.set_ylim(min(ends) / 20.0, max(ends) * 5.0)
    ax.set_xlim(-0.6, len(sets) - 0.4)
    ax.xaxis.set_major_locator(FixedLocator(range(len(sets))))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"$B_{{{r}}}$" for r in sets])
    ax.grid(axis="y", color="0.9", linewidth=0.5)
    page.outer([ax], "set", "exits per replica-step")
    return figure


def _mark(ax: Axes, x: float, row: dict, r: int, look: style.Look) -> list[float]:
    rate, low, high, bound = (float(row[f"absorbing_{r}_exit_rate{end}"]) for end in ("", "_low", "_high", "_bound"))
    if row[f"absorbing_{r}_exits"] > 0:
        ax.vlines(x, low, high, color=look.colour, linewidth=1.0)
        ax.plot([x], [rate], color=look.colour, marker=look.marker, linestyle="none")
        return [low, high]
    ax.annotate("", (x, bound / 4.0), (x, bound), arrowprops={"arrowstyle": "->", "color": look.colour, "linewidth": 0.8})
    ax.plot([x], [bound], color=look.colour, marker=look.marker, markerfacecolor="white", linestyle="none")
    return [bound / 4.0, bound]


def draw_modes(run: Run) -> Figure:
    """A line per cell: the median, and a band, of max_l s_(r+1)(W_l) along the last phase."""
    r, cells = main_set(run), _cells(run)
    looks = style.looks(len(cells), False)
    notes = ["Medians and 5-95 % bands over replicas; replicas that have stopped keep their last value."]
    thresholds = {float(run.experiment.value("probe.monitor.singular_value", position, np.nan)) for position in cells}
    thresholds = {value for value in thresholds if np.isfinite(value)}
    if thresholds:
        notes.append(f"Grey: the threshold of $B_{{{r}}}$.")
    figure, (ax,) = page.panels(_page(run, f"mode {r + 1} of the layers", cells, looks, notes), 1)
    horizon = 1.0
    for position, look in zip(cells, looks):
        steps, values = _modes(run, position, r)
        grid = np.unique(steps[np.isfinite(steps)])
        if grid.size == 0:
            continue
        horizon = max(horizon, grid[-1])
        low, middle, high = np.nanquantile(held(steps, values, grid), [0.05, 0.5, 0.95], axis=0)
        ax.fill_between(grid, low, high, color=look.colour, alpha=0.22, linewidth=0)
        ax.plot(grid, middle, color=look.colour, linestyle=look.dashes, label="median")
    for value in thresholds:
        ax.axhline(value, color="0.6", linewidth=0.7, zorder=0)
    unit = scales.scale_steps(ax, horizon)
    ax.set_yscale("log")
    page.outer([ax], f"{unit} since phase {run.experiment.phase_names[-1]} began", f"largest $s_{{{r + 1}}}(W_l)$ of a layer")
    return figure


def _modes(run: Run, position: Position, r: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps since the last phase began, and singular value r + 1 of the layers (replicas, probes); NaN before that phase."""
    steps = run.values("trajectory_step", position)[:_most_replicas].astype(float)
    phases = run.values("trajectory_phase", position)[:_most_replicas]
    start = run.values("start_step", position)[:_most_replicas].astype(float)
    values = run.values("trajectory_layer_value_largest", position)[:_most_replicas, :, r]
    last = phases == len(run.experiment.phase_names) - 1
    return np.where(last, steps - start[:, None], np.nan), np.where(last & (values > 0.0), values, np.nan)


def _cells(run: Run) -> list[Position]:
    return [position for position in run.experiment.positions() if sets_of(run, position)][:style.most_kinds]


def _page(run: Run, what: str, cells: list[Position], looks: list[style.Look], notes: list[str]) -> page.Page:
    axes = [axis for axis in run.experiment.axes if axis.size > 1]
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes,
                     label=", ".join(labels.tag(axis, position[axis.dimension]) for axis in axes))
              for position, look in zip(cells, looks)] if axes else []
    others = sum(1 for position in run.experiment.positions() if sets_of(run, position)) - len(cells)
    if others > 0:
        notes = [*notes, f"Not shown: {labels.counted(others, 'more cell')}."]
    return page.Page(run.title(what), ", ".join([run.replicas_text(), *run.single_text()]), notes, legend, left=0.68, titled=False)
