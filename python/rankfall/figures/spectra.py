"""The distribution of the final singular values of W."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from ..experiment import Position
from . import labels, page, scales, spectrum_data, style
from .run import Choice, Panels, Run, cells_of, choose_along, split

Tolerances = list[Optional[spectrum_data.Range]]  # of the cells of a figure

_most_panels = 9
_most_cells = 6   # in a panel
_bins = 60
_hairline = 0.06  # width of the rarest population, as a share of the widest


def applies(run: Run) -> bool:
    return bool(np.isfinite(run.results["singular_values"].values).any())


def draw(run: Run) -> Figure:
    """One cell: histograms. Otherwise a panel per value of the second and further axes, and a column per cell."""
    values = run.results["singular_values"].values
    floor = spectrum_data.floor_of(values, str(run.results.attrs.get("precision", "")))
    numbers = spectrum_data.shown_numbers(values, floor)
    looks = dict(zip(numbers, style.looks(len(numbers), True)))
    return _histograms(run, floor, looks) if run.layout.x is None else _columns(run, floor, looks)


def shares_in_bins(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of the replicas that have a value, per bin; values below the lowest edge count in the lowest bin."""
    values = values[np.isfinite(values)]
    counts, _ = np.histogram(np.maximum(values, edges[0]), edges)
    return counts / max(values.size, 1)


def _edges(floor: float, values: np.ndarray) -> np.ndarray:
    return np.geomspace(floor, 1.05 * np.nanmax(values), _bins + 1)


def _legend(looks: dict[int, style.Look], tolerances: Tolerances) -> list:
    names = spectrum_data.names(list(looks))
    handles = [Patch(facecolor=style.lightened(look.colour, 0.3), edgecolor=look.colour, hatch=look.hatch,
                     label=names[number]) for number, look in looks.items()]
    return handles + spectrum_data.tolerance_legend(tolerances)


def _page(run: Run, notes: list[str], looks: dict[int, style.Look], tolerances: Tolerances, titled: bool) -> page.Page:
    subtitle = ", ".join(["final state", run.replicas_text(), *run.single_text()])
    return page.Page(run.title("singular values of W"), subtitle, notes, _legend(looks, tolerances), titled=titled,
                     height=1.95)


def _histograms(run: Run, floor: float, looks: dict[int, style.Look]) -> Figure:
    position: Position = {axis.dimension: 0 for axis in run.layout.single}
    values = run.values("singular_values", position)
    edges = _edges(floor, values)
    tolerance = spectrum_data.tolerance_ranges(run).get(run.cell(position))
    notes = spectrum_data.floor_text(floor, values, list(looks)) + spectrum_data.tolerance_note([tolerance])
    notes += run.diverged_note("and are left out")
    figure, (ax,) = page.panels(_page(run, notes, looks, [tolerance], False), 1)
    for number, look in looks.items():
        ax.stairs(shares_in_bins(values[:, number], edges), edges, fill=True, alpha=0.8, linewidth=0.8,
                  facecolor=style.lightened(look.colour, 0.3), edgecolor=look.colour, hatch=look.hatch)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.5 / max(len(values), 1), 1.5)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_locator(NullLocator())
    if tolerance is not None:
        _draw_upright(ax, tolerance)
    page.outer([ax], "singular value", "share of replicas per bin")
    return figure


def _draw_upright(ax: Axes, tolerance: spectrum_data.Range) -> None:
    if spectrum_data.is_band(tolerance):
        ax.axvspan(*tolerance, color="0.88", zorder=0)
    else:
        ax.axvline(np.sqrt(tolerance[0] * tolerance[1]), color="black", linestyle=(0, (3, 1.5)), linewidth=0.9)


def _columns(run: Run, floor: float, looks: dict[int, style.Look]) -> Figure:
    axis = run.layout.x
    assert axis is not None
    rest = ((run.layout.series,) if run.layout.series else ()) + run.layout.panels
    panels, x = split(run, rest, _most_panels), choose_along(axis, _most_cells)
    everything = run.results["singular_values"].values
    edges = _edges(floor, everything)
    cells = list(cells_of(run, panels, Choice(), x))
    known = spectrum_data.tolerance_ranges(run)
    tolerances = [known.get(run.cell(position)) for *_, position in cells]
    floor_text = spectrum_data.floor_text(floor, everything, list(looks))
    around = _columns_page(run, panels, x, looks, tolerances, floor_text)
    around.tick_texts = scales.tick_texts(axis, x.places)
    figure, axes = page.panels(around, len(panels.positions), panels.columns)
    for ax, title in zip(axes, panels.titles):
        page.title_panel(ax, title)
        scales.write_categories(ax, axis, x.places)
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_ylim(floor / 1.6, edges[-1] * 1.6)
    for (panel, _, place, position), tolerance in zip(cells, tolerances):
        column = x.places.index(place)
        _draw_column(axes[panel], column, run.values("singular_values", position), edges, looks)
        if tolerance is not None:
            spectrum_data.draw_tolerance(axes[panel], tolerance, (column - 0.5, column + 0.5))
    page.outer(axes, labels.axis_label(axis, run.experiment), "singular value")
    return figure


def _columns_page(run: Run, panels: Panels, x: Choice, looks: dict[int, style.Look], tolerances: Tolerances,
                  floor_text: list[str]) -> page.Page:
    notes = ["Widths: share of the cell's replicas per bin, with a least width so that rare values show."]
    notes += floor_text + spectrum_data.tolerance_note(tolerances)
    notes += run.diverged_note("and are left out")
    notes += run.left_out_note(panels, (run.layout.x, x))
    return _page(run, notes, looks, tolerances, any(panels.titles))


def _draw_column(ax: Axes, column: int, values: np.ndarray, edges: np.ndarray, looks: dict[int, style.Look]) -> None:
    """Side by side, a strip per singular value; its width is the share of replicas at that height."""
    width = 0.86 / len(looks)
    for place, (number, look) in enumerate(looks.items()):
        shares = shares_in_bins(values[:, number], edges)
        if not shares.any():
            continue
        half = np.where(shares > 0, np.maximum(shares / shares.max(), _hairline), 0.0) * 0.48 * width
        middle = column - 0.43 + (place + 0.5) * width
        both = np.repeat(half, 2)
        heights = np.repeat(edges, 2)[1:-1]
        ax.fill_betweenx(heights, middle - both, middle + both, where=both > 0, linewidth=0.5,
                         facecolor=style.lightened(look.colour, 0.3), edgecolor=look.colour, hatch=look.hatch)
