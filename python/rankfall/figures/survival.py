"""Kaplan-Meier curves of the first fall in rank, with the number of replicas at risk below."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..survival import SurvivalCurve, first_passages, kaplan_meier
from . import labels, page, scales, style
from .run import Choice, Panels, Run, cells_of, choose_along, split

_most_panels = 9
_most_curves = 6
_most_bands = 4        # curves in a panel whose intervals are shaded
_table_top = 0.46      # inches from the panel to the table
_row = 0.125           # height of a line of it


def applies(run: Run) -> bool:
    return run.experiment.asks_for_jumps() and any(row["p_jump_trials"] > 0 for row in run.rows.values())


def draw(run: Run) -> Figure:
    """A panel per value of the second and further axes, a curve per value along the first."""
    layout = run.layout
    rest = ((layout.series,) if layout.series else ()) + layout.panels
    panels = split(run, rest, _most_panels)
    x = choose_along(layout.x, _most_curves)
    curves = _curves(run, panels, x)
    looks = dict(zip(x.places, style.looks(len(x.places), layout.x is not None and layout.x.is_numeric)))
    with_table = len(panels.positions) <= 3
    figure, axes = page.panels(_page(run, panels, x, looks, with_table), len(panels.positions), panels.columns)
    horizon = max((curve.last_time for curve in curves.values()), default=1.0)
    for panel, ax in enumerate(axes):
        page.title_panel(ax, panels.titles[panel])
        ax.set_ylim(-0.02, 1.03)
        unit = scales.scale_steps(ax, horizon)
        mine = [(looks[place], curve) for (number, place), curve in curves.items() if number == panel]
        for number, (look, curve) in enumerate(mine):
            draw_curve(ax, curve, look, len(mine) <= _most_bands)
            _mark(ax, curve, look, (np.arange(4) + (number + 0.5) / len(mine)) / 4.0)
        if with_table:
            _write_table(ax, mine, scales.step_ticks(horizon))
    page.outer(axes, f"{unit} since phase {run.experiment.phase_names[-1]} began", "P(rank has not fallen)")
    return figure


def draw_curve(ax: Axes, curve: SurvivalCurve, look: style.Look, with_band: bool) -> None:
    """The step function from (0, 1) to the last time anybody was followed."""
    time = np.concatenate(([0.0], curve.time, [curve.last_time]))
    ends = [np.concatenate(([1.0], values, values[-1:] if values.size else [1.0]))
            for values in (curve.survival, curve.low, curve.high)]
    if with_band:
        ax.fill_between(time, ends[1], ends[2], step="post", color=look.colour, alpha=0.22, linewidth=0)
    ax.step(time, ends[0], where="post", color=look.colour)


def _mark(ax: Axes, curve: SurvivalCurve, look: style.Look, shares: np.ndarray) -> None:
    """Markers at some shares of a curve's length, others for each curve, so that equal curves show."""
    times = shares * curve.last_time
    before = np.searchsorted(curve.time, times, side="right")
    ax.plot(times, np.concatenate(([1.0], curve.survival))[before], marker=look.marker, markersize=3.6,
            linestyle="none", color=look.colour)


def _curves(run: Run, panels: Panels, x: Choice) -> dict[tuple[int, int], SurvivalCurve]:
    """By (panel, place along x), without cells where nobody could fall."""
    passages = first_passages(run.results)
    curves = {}
    for panel, _, place, position in cells_of(run, panels, Choice(), x):
        cell = passages.isel(position)
        can_fall = cell["can_fall"].values
        if can_fall.any():
            curves[panel, place] = kaplan_meier(cell["time"].values[can_fall], cell["observed"].values[can_fall],
                                                run.experiment.confidence)
    return curves


def _page(run: Run, panels: Panels, x: Choice, looks: dict[int, style.Look], with_table: bool) -> page.Page:
    axis = run.layout.x
    legend = [] if axis is None else [
        Line2D([], [], color=look.colour, marker=look.marker, markersize=3.6, label=labels.tag(axis, place))
        for place, look in looks.items()]
    percent = f"{100 * run.experiment.confidence:g} %"
    notes = []
    if len(x.places) <= _most_bands:
        notes.append(f"Shaded: pointwise {percent} intervals (Greenwood's variance, log(-log) scale).")
    notes.append("A fall is dated to the probe that found it; replicas that had not fallen are censored at their last "
                 "step" + (", also those that the quench there labels lower (jumps without a date)." if _quenches(run)
                           else "."))
    notes += run.diverged_note("and are censored where it was found")
    notes += run.left_out_note(panels, (axis, x))
    subtitle = ["Kaplan-Meier estimates", run.replicas_text(), *labels.by(axis), *run.single_text()]
    table = 0.16 + _row * len(x.places) if with_table else 0.0
    return page.Page(run.title("time to the first fall in rank"), ", ".join(subtitle), notes, legend, below=table,
                     titled=any(panels.titles), gap=0.45)


def _quenches(run: Run) -> bool:
    return any(run.experiment.value("probe.classify_at_end", position, "quench") == "quench"
               for position in run.experiment.positions())


def _write_table(ax: Axes, curves: list[tuple[style.Look, SurvivalCurve]], ticks: np.ndarray) -> None:
    """Replicas at risk at the ticks, a row per curve with the curve's marker before it."""
    inches = ax.get_position().height * ax.figure.get_size_inches()[1]
    place = ax.get_xaxis_transform()
    ax.text(0.0, -_table_top / inches, "replicas at risk", transform=ax.transAxes, fontsize=6, color=style.grey,
            va="top")
    for number, (look, curve) in enumerate(curves):
        y = -(_table_top + _row * (number + 1.5)) / inches
        ax.plot([-0.1], [y], transform=ax.transAxes, color=look.colour, marker=look.marker, markersize=3.6,
                clip_on=False)
        for tick in ticks:
            ax.text(tick, y, labels.count(curve.followed_at(tick)), transform=place, fontsize=5.8, ha="center",
                    va="center_baseline")
