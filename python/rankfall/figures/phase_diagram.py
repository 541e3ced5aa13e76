"""Heat maps over two swept numbers, a page per quantity: probabilities of final rank and jump, medians of rank and error."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..experiment import Axis
from . import labels, page, phase_data, scales, style
from .phase_data import Quantity
from .run import Choice, Run, choose_along, split

_most_panels = 12
_most_places = 40  # of an axis
_map = colormaps["viridis"]
_missing = "0.88"


def applies(run: Run) -> bool:
    """Whether there are two axes; there may be no quantity that varies along them."""
    return phase_data.axes_of(run) is not None


def pages(run: Run) -> dict[str, Figure]:
    """A figure per quantity that varies, by its name."""
    return {quantity.name: draw(run, quantity) for quantity in phase_data.quantities(run)}


def draw(run: Run, quantity: Quantity) -> Figure:
    """A panel per value of further axes. Cells are equally large, in the order of their values, so that 0 stands beside
    values on a logarithmic scale.
    """
    axes_pair = phase_data.axes_of(run)
    assert axes_pair is not None
    x, y = axes_pair
    rest = [axis for axis in run.experiment.axes if axis.size > 1 and axis not in axes_pair]
    panels = split(run, rest, _most_panels)
    chosen = tuple(choose_along(axis, _most_places) for axis in axes_pair)
    places = tuple([place for place in phase_data.ordered(axis) if place in choice.places]
                   for axis, choice in zip(axes_pair, chosen))
    grids = [phase_data.grid(quantity, position, x, y, places) for position in panels.positions]
    norm = norm_of(quantity, np.array([quantity.of(position)[0] for position in run.experiment.positions()]))
    texts = [labels.values_text(y, place) for place in places[1]]
    around = page.Page(run.title(quantity.title), ", ".join([*quantity.remarks, run.replicas_text(), *run.single_text()]),
                       _notes(run, quantity, grids) + run.left_out_note(panels, *zip(axes_pair, chosen)),
                       _legend(quantity, grids), left=page.label_width(texts) + 0.32, right=0.72, gap=0.16,
                       height=_height(len(places[1])), titled=any(panels.titles))
    figure, axes = page.panels(around, len(panels.positions), panels.columns)
    for ax, title, grid in zip(axes, panels.titles, grids):
        page.title_panel(ax, title)
        _draw_panel(ax, grid, norm, quantity)
    scales.write_places(axes[0], x, places[0])
    axes[0].set_ylim(-0.5, len(texts) - 0.5)
    axes[0].yaxis.set_major_locator(FixedLocator(np.arange(len(texts))))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda at, _: _sparse(axes[0], texts)[int(round(at))]))
    _colour_bar(figure, axes, norm, quantity)
    page.outer(axes, labels.axis_label(x, run.experiment), labels.axis_label(y, run.experiment))
    return figure


def norm_of(quantity: Quantity, values: np.ndarray) -> Normalize:
    """Probabilities from 0 to 1; positive numbers over a decade or more logarithmically, over at most six decades."""
    if quantity.is_probability:
        return Normalize(0.0, 1.0)
    known = values[np.isfinite(values)]
    low, high = known.min(), known.max()
    if high > 0.0 and low >= 0.0 and high >= 10.0 * low:
        positive = known[known > 0.0]
        return LogNorm(max(positive.min(), 1e-6 * high), high, clip=True)
    return Normalize(low, high)


def _height(rows: int) -> float:
    return float(np.clip(0.2 * rows, 1.2, 2.2))


def _notes(run: Run, quantity: Quantity, grids: list[np.ndarray]) -> list[str]:
    percent = f"{100 * run.experiment.confidence:g} %"
    notes = []
    if any(np.isfinite(grid[1]).any() for grid in grids):
        kind = run.experiment.interval_name if quantity.is_probability else "order statistics around the median"
        notes.append(f"In cells: the estimate and, where there is room, half the width of its {percent} interval ({kind}), rounded up.")
    notes.append("Cells are of equal size, whatever the distance of their values."
                 + ("" if all(np.isfinite(grid[0]).all() for grid in grids) else " Grey: no replica has a value."))
    return notes + run.diverged_note("and do not count")


def _legend(quantity: Quantity, grids: list[np.ndarray]) -> list[Line2D]:
    if not quantity.is_probability:
        return []
    sides = [phase_data.sides(grid[1], grid[2]) for grid in grids]
    handles = []
    if any(phase_data.borders(side, _opposite) for side in sides):
        handles.append(Line2D([], [], color="black", linewidth=1.8, label="intervals above 1/2 beside those below"))
    if any(phase_data.borders(side, _undecided) for side in sides):
        handles.append(Line2D([], [], color="black", linewidth=1.2, linestyle=(0, (2, 1.2)),
                              label="around cells whose interval holds 1/2"))
    return handles


def _opposite(a: int, b: int) -> bool:
    return a * b < 0


def _undecided(a: int, b: int) -> bool:
    return (a == 0) != (b == 0)


def _draw_panel(ax: Axes, grid: np.ndarray, norm: Normalize, quantity: Quantity) -> None:
    value, low, high = grid
    ax.set_facecolor(_missing)
    rows, columns = value.shape
    ax.pcolormesh(np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5, np.ma.masked_invalid(value), cmap=_map, norm=norm,
                  edgecolors="white", linewidth=0.4 if columns <= 15 else 0.15)
    ax.tick_params(length=2)
    if quantity.is_probability:
        for differ, width, dashes in ((_opposite, 1.8, "-"), (_undecided, 1.2, (0, (2, 1.2)))):
            edges = phase_data.borders(phase_data.sides(low, high), differ)
            for colour, wider in (("white", 1.6), ("black", 0.0)):
                ax.add_collection(LineCollection(edges, colors=colour, linewidths=width + wider, capstyle="butt",
                                                 linestyles="-" if wider else dashes))
    _annotate(ax, grid, norm)


def _annotate(ax: Axes, grid: np.ndarray, norm: Normalize) -> None:
    """Estimates, and below them half the widths of intervals: in all cells, as far as there is room for the widest."""
    value, low, high = grid
    rows, columns = value.shape
    box = ax.get_position()
    width, height = (box.width, box.height) * ax.figure.get_size_inches() / (columns, rows)
    known = [(j, i) for j, i in np.ndindex(rows, columns) if np.isfinite(value[j, i])]
    first = {at: estimate_text(low[at], high[at], value[at]) for at in known}
    second = {at: half_width_text(low[at], high[at], value[at]) for at in known
              if np.isfinite(low[at]) and first[at] == number_text(value[at])}
    if not known or _inches(first) > width or height < 0.1:
        return
    with_intervals = bool(second) and _inches(second) <= width and height >= 0.185
    for j, i in known:
        text = f"{first[j, i]}\n{second[j, i]}" if with_intervals and (j, i) in second else first[j, i]
        ax.text(i, j, text, ha="center", va="center", fontsize=page.small, linespacing=1.0,
                color="white" if norm(value[j, i]) < 0.55 else "black")


def _inches(texts: dict[tuple[int, int], str]) -> float:
    return max(page.letters_in(text) for text in texts.values()) * 0.046 + 0.02


def estimate_text(low: float, high: float, value: float) -> str:
    """A number; of a probability without an event its upper bound, with every event its lower one, never 0 or 1."""
    if value == 0.0 and np.isfinite(high) and high > 0.0:
        digit = 10.0 ** np.floor(np.log10(high) - (1.0 if high >= 0.1 else 0.0))
        return f"<{np.ceil(high / digit - 1e-9) * digit:.2g}"
    if value == 1.0 and np.isfinite(low) and low < 1.0:
        return f">{np.floor(1000.0 * low) / 1000.0:.3f}" if low >= 0.9 else f">{np.floor(100.0 * low) / 100.0:.2f}"
    return number_text(value)


def number_text(value: float) -> str:
    """Two decimals; of small and large numbers, one or two digits."""
    if value == 0.0 or value >= 9.995:
        return labels.scientific(float(f"{value:.2g}"))
    if value >= 0.0095:
        return f"{value:.2f}"
    return f"{value:.1g}" if value >= 0.95e-4 else labels.scientific(float(f"{value:.1g}"))


def half_width_text(low: float, high: float, value: float) -> str:
    """Half an interval in the digits of its estimate, never rounded to nothing: up to the next hundredth beside decimals."""
    half = 0.5 * (high - low)
    hundredths = value == 0.0 or 0.0095 <= value < 9.995
    return "±" + (f"{(np.ceil(100.0 * half - 1e-9) + 0.0) / 100.0:.2f}" if hundredths else number_text(half))


def _sparse(ax: Axes, texts: list[str]) -> list[str]:
    """As many labels as fit one above the other."""
    inches = ax.get_position().height * ax.figure.get_size_inches()[1]
    step = int(np.ceil(0.13 * len(texts) / inches))
    return [text if place % step == 0 else "" for place, text in enumerate(texts)]


def _colour_bar(figure: Figure, axes: list[Axes], norm: Normalize, quantity: Quantity) -> None:
    """At the right of all panels."""
    boxes = np.array([ax.get_position().extents for ax in axes])
    inch = 1.0 / figure.get_size_inches()[0]
    top = boxes[:, 3].max()
    bottom = max(boxes[:, 1].min(), top - 2.2 / figure.get_size_inches()[1])
    bar = figure.add_axes((boxes[:, 2].max() + 0.1 * inch, bottom, 0.1 * inch, top - bottom), label="colours")
    steps = np.linspace(0.0, 1.0, 129)
    edges = norm.inverse(steps)
    bar.pcolormesh([0, 1], edges, norm.inverse(0.5 * (steps[1:] + steps[:-1]))[:, None], cmap=_map, norm=norm)
    bar.set_ylim(edges[0], edges[-1])
    bar.xaxis.set_major_locator(NullLocator())
    bar.yaxis.tick_right()
    for side in ("top", "right"):
        bar.spines[side].set_visible(True)
    if isinstance(norm, LogNorm):
        bar.set_yscale("log")
        ticks = _log_ticks(edges[0], edges[-1])
    else:
        ticks = np.linspace(0, 1, 5) if quantity.is_probability else np.linspace(edges[0], edges[-1], 5)
    bar.yaxis.set_major_locator(FixedLocator(ticks))
    bar.yaxis.set_minor_locator(NullLocator())
    bar.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.scientific(float(f"{value:.3g}"))))


def _log_ticks(low: float, high: float) -> np.ndarray:
    """Powers of ten, and their halves and fifths where these are few."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = np.sort(np.concatenate([powers, 2.0 * powers, 5.0 * powers]) if powers.size <= 3 else powers)
    return ticks[(ticks >= low * (1 - 1e-9)) & (ticks <= high * (1 + 1e-9))]
