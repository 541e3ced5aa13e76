"""The probability that the rank falls within the horizon, against a swept value, with intervals from summary.csv."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation

from ..experiment import Axis
from ..reading import SummaryRow
from . import labels, page, scales, style
from .run import Choice, Panels, Run, cells_of, choose_along, split

_most_panels = 12
_shift = 0.055  # inches between the lines at one x, where they would hide one another
_much = 0.1     # share of diverged replicas from which a point is marked


def applies(run: Run) -> bool:
    return (run.experiment.asks_for_jumps() and run.layout.x is not None
            and any(row["p_jump_trials"] > 0 for row in run.rows.values()))


def draw(run: Run) -> Figure:
    """A panel per value of the third and further axes, a line per value of the second, the first along x."""
    x_axis = run.layout.x
    assert x_axis is not None
    panels = split(run, run.layout.panels, _most_panels)
    series = choose_along(run.layout.series, style.most_kinds if x_axis.size <= 10 else 4)
    x = Choice(tuple(range(x_axis.size)))
    looks = dict(zip(series.places, style.looks(len(series.places), _is_ordered(run.layout.series))))
    figure, axes = page.panels(_page(run, panels, series, looks), len(panels.positions), panels.columns)
    lines: dict[tuple[int, int], list[tuple[float, SummaryRow]]] = {}
    at = scales.positions_along(x_axis)
    for panel, line, place, position in cells_of(run, panels, series, x):
        lines.setdefault((panel, line), []).append((at[place], run.row(position)))
    lowest, highest = _limits([row for points in lines.values() for _, row in points])
    for ax, title in zip(axes, panels.titles):
        scales.scale_x(ax, x_axis)
        scales.scale_probability(ax, lowest, highest)
        ax.grid(axis="y", color="0.9", linewidth=0.5)
        ax.set_axisbelow(True)
        page.title_panel(ax, title)
    shifts = _shifts(axes[0], at, len(series.places))
    for (panel, line), points in lines.items():
        shift = shifts[series.places.index(line)]
        _draw_line(axes[panel], sorted(points, key=lambda point: point[0]), looks[line], shift, x_axis.is_numeric)
    page.outer(axes, labels.axis_label(x_axis, run.experiment), "P(rank falls), logit scale")
    return figure


def _shifts(ax: Axes, at: np.ndarray, lines: int) -> np.ndarray:
    """Inches sideways per line; all lines at one x stay nearer to it than to the next."""
    pixels = np.sort(ax.transData.transform([(x, 0.5) for x in at])[:, 0])
    nearest = np.diff(pixels).min() / ax.figure.dpi
    return min(_shift, 0.6 * nearest / lines) * (np.arange(lines) - (lines - 1) / 2)


def _is_ordered(axis: Axis | None) -> bool:
    return axis is not None and axis.is_numeric


def _page(run: Run, panels: Panels, series: Choice, looks: dict[int, style.Look]) -> page.Page:
    experiment = run.experiment
    horizons = [experiment.horizon(position) for position in experiment.positions()]
    subtitle = [f"within {labels.range_of_counts(horizons)} steps", run.replicas_text(), *labels.by(run.layout.series),
                *run.single_text()]
    legend = []
    if run.layout.series is not None:
        legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes,
                         label=labels.tag(run.layout.series, line)) for line, look in looks.items()]
    texts = [] if run.layout.x is None else scales.tick_texts(run.layout.x, range(run.layout.x.size))
    percent = f"{100 * experiment.confidence:g} %"
    notes = [f"Bars: {percent} {experiment.interval_name} intervals. Open markers with an arrow: the interval's end, "
             "where no replica (down) or every replica (up) jumped."
             + (" Lines are offset sideways for legibility." if legend else ""), _upward(run)]
    notes += run.diverged_note(f"and are censored there; grey crosses: more than {100 * _much:g} % of the cell")
    notes += run.left_out_note(panels, (run.layout.series, series))
    return page.Page(run.title("probability of a rank jump"), ", ".join(subtitle), notes, legend, left=0.68,
                     titled=any(panels.titles), tick_texts=texts)


def _upward(run: Run) -> str:
    events = sum(int(row["p_jump_up_events"]) for row in run.rows.values())
    trials = sum(int(row["p_jump_up_trials"]) for row in run.rows.values())
    return f"Upward jumps: {labels.count(events)} in {labels.counted(trials, 'replica')} over all cells."


def _limits(rows: list[SummaryRow]) -> tuple[float, float]:
    """The lowest and the highest probability that is drawn, of bars too, and never a narrower range than 0.1 to 0.9."""
    known = [row for row in rows if row["p_jump_trials"] > 0]
    lows = [row["p_jump_high"] if row["p_jump_events"] == 0 else row["p_jump_low"] for row in known]
    highs = [row["p_jump_low"] if row["p_jump_events"] == row["p_jump_trials"] else row["p_jump_high"] for row in known]
    return min([0.1, *lows, *highs]), max([0.9, *lows, *highs])


def _draw_line(ax: Axes, points: list[tuple[float, SummaryRow]], look: style.Look, shift: float, joined: bool) -> None:
    """One series; `shift` inches sideways, so that equal points of several series stay visible."""
    moved = ax.transData + ScaledTranslation(shift, 0, ax.figure.dpi_scale_trans)
    points = [point for point in points if point[1]["p_jump_trials"] > 0]
    x = np.array([at for at, _ in points])
    p, low, high, events, trials = (np.array([row[name] for _, row in points], dtype=float) for name in (
        "p_jump", "p_jump_low", "p_jump_high", "p_jump_events", "p_jump_trials"))
    inside = (events > 0) & (events < trials)
    if joined:
        ax.plot(x, np.where(inside, p, np.nan), color=look.colour, linestyle=look.dashes, linewidth=0.9,
                transform=moved)
    ax.vlines(x[inside], low[inside], high[inside], color=look.colour, linewidth=1.0, transform=moved)
    ax.plot(x[inside], p[inside], color=look.colour, marker=look.marker, linestyle="none", transform=moved,
            label="estimates")
    ends = np.where(inside, p, np.where(events == 0, high, low))
    gone = np.array([row["n_diverged"] > _much * row["n"] for _, row in points], dtype=bool)
    ax.plot(x[gone], ends[gone], marker="x", markersize=9, color="0.5", linestyle="none", transform=moved, zorder=4,
            label="diverged")
    for which, bound, arrow, label in ((events == 0, high, _arrow_down, "upper bounds"),
                                       ((events == trials), low, _arrow_up, "lower bounds")):
        ax.plot(x[which], bound[which], marker=arrow, markersize=22, markerfacecolor="none", linestyle="none",
                color=look.colour, markeredgewidth=0.8, transform=moved)
        ax.plot(x[which], bound[which], marker=look.marker, markerfacecolor="white", linestyle="none",
                color=look.colour, transform=moved, label=label)


def _arrow(direction: int) -> Path:
    """A marker; matplotlib scales its longest side to half the marker size."""
    corners = [(0, 0), (0, direction), (-0.2, 0.7 * direction), (0, direction), (0.2, 0.7 * direction)]
    return Path(corners, [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO])


_arrow_down, _arrow_up = _arrow(-1), _arrow(1)
