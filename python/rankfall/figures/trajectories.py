"""Singular values of W along training, where probes were kept."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import labels, page, scales, spectrum_data, style
from .run import Panels, Run, split

_most_panels = 6
_most_lines = 50       # replicas of a cell that are drawn one by one; more become quantiles
_most_replicas = 5000  # that the quantiles are taken over
_examples = 3


def applies(run: Run) -> bool:
    return "trajectory_singular_values" in run.results


def draw(run: Run) -> Figure:
    """A panel per cell: a line per replica, or the median and the 5-95 % band, for each singular value."""
    panels = split(run, [axis for axis in run.experiment.axes if axis.size > 1], _most_panels)
    cells = [_cell(run, position) for position in panels.positions]
    largest = max((np.nanmax(values) for _, values in cells if np.isfinite(values).any()), default=1.0)
    known = spectrum_data.tolerance_ranges(run)
    tolerances = [known.get(run.cell(position)) for position in panels.positions]
    lowest = min((tolerance[0] for tolerance in tolerances if tolerance), default=1e-3 * largest)
    floor = min(lowest, 1e-2 * largest) / 30.0
    numbers = sorted({number for _, values in cells for number in spectrum_data.shown_numbers(values, floor)})
    looks = dict(zip(numbers[:style.most_kinds], style.looks(min(len(numbers), style.most_kinds), True)))
    horizon = max((steps[np.isfinite(steps)].max(initial=0.0) for steps, _ in cells), default=1.0)
    few = all(len(steps) <= _most_lines for steps, _ in cells)
    figure, axes = page.panels(_page(run, panels, looks, few, tolerances), len(cells), panels.columns)
    for ax, title, (steps, values), tolerance in zip(axes, panels.titles, cells, tolerances):
        page.title_panel(ax, title)
        unit = _scale_time(ax, cells) if run.flows() else f"{scales.scale_steps(ax, max(horizon, 1.0))} of the whole run"
        ax.set_yscale("log")
        ax.set_ylim(floor, 2.0 * largest)
        ax.yaxis.set_minor_locator(NullLocator())
        _draw(ax, steps, values, looks, few)
        if tolerance is not None:
            spectrum_data.draw_tolerance(ax, tolerance, ax.get_xlim())
        if not run.flows():  # where a phase began is known in steps
            _draw_phase(ax, run, panels.positions[axes.index(ax)])
    page.outer(axes, unit, "singular value of W")
    return figure


def held(steps: np.ndarray, values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """(replicas, grid): each replica's value at its last probe up to each step; NaN before its first.

    `steps` and `values` (replicas, probes); the probes of a replica ascend and are NaN after its last.
    """
    result = np.full((len(steps), len(grid)), np.nan)
    for replica, (times, series) in enumerate(zip(steps, values)):
        kept = np.isfinite(times)
        last = np.searchsorted(times[kept], grid, side="right") - 1
        result[replica, last >= 0] = series[kept][last[last >= 0]]
    return result


def _scale_time(ax: Axes, cells: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """A logarithmic axis where the probes' times have more than two decades."""
    times = np.concatenate([times[np.isfinite(times) & (times > 0.0)] for times, _ in cells])
    if times.size > 0 and times.max() > 100.0 * times.min():
        ax.set_xscale("log")
        ax.set_xlim(times.min(), times.max())
    elif times.size > 0:
        ax.set_xlim(-0.02 * times.max(), 1.02 * times.max())
    return "time of the gradient flow"


def _cell(run: Run, position: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Steps, or times of a gradient flow (replicas, probes); singular values (replicas, probes, singular values)."""
    return (run.values("trajectory_time" if run.flows() else "trajectory_step", position)[:_most_replicas],
            run.values("trajectory_singular_values", position)[:_most_replicas])


def _draw(ax: Axes, steps: np.ndarray, values: np.ndarray, looks: dict[int, style.Look], few: bool) -> None:
    grid = np.unique(steps[np.isfinite(steps)])
    for number, look in looks.items():
        if few:
            for times, series in zip(steps, values[..., number]):
                ax.plot(times, series, color=look.colour, linewidth=0.5, alpha=0.7)
            continue
        low, middle, high = np.nanquantile(held(steps, values[..., number], grid), [0.05, 0.5, 0.95], axis=0)
        ax.fill_between(grid, low, high, color=look.colour, alpha=0.22, linewidth=0)
        for times, series in zip(steps[:_examples], values[:_examples, :, number]):
            ax.plot(times, series, color=look.colour, linewidth=0.4, alpha=0.8)
        ax.plot(grid, middle, color=look.colour, linestyle=look.dashes, label="median")


def _draw_phase(ax: Axes, run: Run, position: dict[str, int]) -> None:
    """Where the last phase begins, if all replicas begin it together."""
    start = run.values("start_step", position)
    start = np.unique(start[np.isfinite(start)])
    if len(run.experiment.phase_names) > 1 and start.size == 1:
        ax.axvline(start[0], color="0.6", linewidth=0.7, zorder=0)
        ax.annotate(run.experiment.phase_names[-1], (start[0], 1.0), (2, -1), xycoords=("data", "axes fraction"),
                    textcoords="offset points", va="top", fontsize=6, color=style.grey)


def _page(run: Run, panels: Panels, looks: dict[int, style.Look], few: bool,
          tolerances: list[spectrum_data.Range | None]) -> page.Page:
    names = spectrum_data.names(list(looks))
    legend = [Line2D([], [], color=look.colour, linestyle="-" if few else look.dashes, label=names[number])
              for number, look in looks.items()]
    legend += spectrum_data.tolerance_legend(tolerances)
    replicas = [int(row["n"]) for row in run.rows.values()]
    notes = ["A line per replica."] if few else [
        f"Medians, 5-95 % bands and the first {_examples} replicas. A replica that has stopped keeps its last value."]
    if not few and max(replicas) > _most_replicas:
        notes.append(f"Quantiles of the first {labels.count(_most_replicas)} replicas of each cell.")
    notes += run.diverged_note("and end there") + spectrum_data.tolerance_note(tolerances)
    notes += run.left_out_note(panels)
    subtitle = ", ".join([run.replicas_text(), *run.single_text()])
    return page.Page(run.title("singular values along training"), subtitle, notes, legend, titled=any(panels.titles))
