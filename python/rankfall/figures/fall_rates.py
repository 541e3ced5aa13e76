"""Rates of first falls once they have settled, against a swept number; over 1/learning rate with the Arrhenius law."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..reading import SummaryRow
from . import labels, page, scales, style
from .run import Choice, Panels, Run, cells_of, choose_along, split

_most_panels = 9


def applies(run: Run) -> bool:
    x = run.layout.x
    return (run.experiment.asks_for_jumps() and x is not None and x.is_numeric
            and any(row.get("settled_rate_events", 0) > 0 for row in run.rows.values()))


def draw(run: Run) -> Figure:
    """A panel per value of the third and further axes, a line per value of the second."""
    x_axis = run.layout.x
    assert x_axis is not None
    inverse = is_last_learning_rate(run)
    panels = split(run, run.layout.panels, _most_panels)
    series = choose_along(run.layout.series, style.most_kinds)
    ordered = run.layout.series is not None and run.layout.series.is_numeric
    looks = dict(zip(series.places, style.looks(len(series.places), ordered)))
    figure, axes = page.panels(_page(run, panels, series, looks, inverse), len(panels.positions), panels.columns)
    at = scales.positions_along(x_axis)
    at = 1.0 / at if inverse else at
    lines: dict[tuple[int, int], list[tuple[float, SummaryRow]]] = {}
    for panel, line, place, position in cells_of(run, panels, series, Choice(tuple(range(x_axis.size)))):
        row = run.row(position)
        if row["settled_rate_exposure"] > 0:
            lines.setdefault((panel, line), []).append((at[place], row))
    for ax, title in zip(axes, panels.titles):
        ax.set_yscale("log")
        if not inverse:
            scales.scale_x(ax, x_axis)
        ax.grid(axis="y", color="0.9", linewidth=0.5)
        page.title_panel(ax, title)
    rows = [row for points in lines.values() for _, row in points]
    ends = [row["settled_rate_low"] for row in rows if row["settled_rate_events"] > 0] + [row["settled_rate_high"] for row in rows]
    axes[0].set_ylim(min(ends) / 5.0, max(ends) * 5.0)  # laws may lead far below what can be seen
    for (panel, line), points in lines.items():
        _draw_line(axes[panel], sorted(points, key=lambda point: point[0]), looks[line], inverse)
    label = labels.axis_label(x_axis, run.experiment)
    page.outer(axes, f"1 / {label}" if inverse else label, "first falls per step")
    return figure


def is_last_learning_rate(run: Run) -> bool:
    """Whether the learning rate of the last phase alone lies along x."""
    x = run.layout.x
    return x is not None and x.keys == (f"phase.{run.experiment.phase_names[-1]}.learning_rate",)


def _page(run: Run, panels: Panels, series: Choice, looks: dict[int, style.Look], inverse: bool) -> page.Page:
    legend = []
    if run.layout.series is not None:
        legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes,
                         label=labels.tag(run.layout.series, line)) for line, look in looks.items()]
    notes = [f"Events per replica and step at risk, behind the dead time; bars: {100 * run.experiment.confidence:g} % exact "
             "Poisson intervals; open markers: their upper ends where nothing fell."]
    if inverse and any(_has_barrier(row) for row in run.rows.values()):
        notes.append("Lines: ln(rate) = a - V / learning rate, by Poisson regression; V and its interval are in summary.csv.")
    notes += run.left_out_note(panels, (run.layout.series, series))
    subtitle = [run.replicas_text(), *labels.by(run.layout.series), *run.single_text()]
    return page.Page(run.title("rate of rank falls"), ", ".join(subtitle), notes, legend, left=0.68, titled=any(panels.titles))


def _has_barrier(row: SummaryRow) -> bool:
    return isinstance(row.get("barrier"), float) and bool(np.isfinite(row["barrier"]))


def _draw_line(ax: Axes, points: list[tuple[float, SummaryRow]], look: style.Look, inverse: bool) -> None:
    x = np.array([at for at, _ in points])
    rate, low, high, events = (np.array([row[f"settled_rate{end}"] for _, row in points], dtype=float)
                               for end in ("", "_low", "_high", "_events"))
    seen = events > 0
    ax.vlines(x[seen], low[seen], high[seen], color=look.colour, linewidth=1.0)
    ax.plot(x[seen], rate[seen], color=look.colour, marker=look.marker, linestyle="none", label="rates")
    ax.plot(x[~seen], high[~seen], color=look.colour, marker=look.marker, markerfacecolor="white", linestyle="none",
            label="upper bounds")
    row = points[0][1]
    if inverse and _has_barrier(row):
        along = np.linspace(x.min(), x.max(), 50)
        ax.plot(along, np.exp(row["barrier_intercept"] - row["barrier"] * along), color=look.colour, linestyle=look.dashes,
                linewidth=0.9, label="law")
    elif seen.sum() > 1:
        ax.plot(x[seen], rate[seen], color=look.colour, linestyle=look.dashes, linewidth=0.9, label="joined")
