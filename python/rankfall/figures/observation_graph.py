"""What is observed: each distinct mask as a grid, and beside it the bipartite graph of rows and columns."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from . import labels, mask_data, page, style
from .mask_data import Mask
from .run import Run

_most_masks = 6
_largest = 30      # rows or columns
_most_edges = 300  # beyond, a graph is a black box


def applies(run: Run) -> bool:
    """Whether a mask that is small enough hides something."""
    return any(not mask.observed.all() for mask in _drawable(run))


def _drawable(run: Run) -> list[Mask]:
    return [mask for mask in mask_data.masks_of(run)
            if max(mask.observed.shape) <= _largest and mask.observed.sum() <= _most_edges]


def draw(run: Run) -> Figure:
    """A panel per mask: components differ in colour, hatching and dashes; hidden entries are blank."""
    every = mask_data.masks_of(run)
    masks = _drawable(run)[:_most_masks]
    components = [mask_data.components_of(mask.observed) for mask in masks]
    looks = style.looks(min(style.most_kinds, max(int(found.max()) + 1 for found in components)), False)
    legend = [Patch(facecolor=style.lightened(look.colour, 0.45), edgecolor="black", linewidth=0.5, hatch=look.hatch,
                    label=f"component {number + 1}") for number, look in enumerate(looks)]
    if any(found.max() >= len(looks) for found in components):
        legend[-1].set_label(f"component {len(looks)} and further ones")
    notes = ["Grids: coloured entries are observed. Graphs: a vertex per row (left) and per column (right), an edge per observed "
             "entry; hollow vertices have none.", *mask_data.own_masks_notes(run)]
    left_out = len(every) - len(masks)
    if left_out:
        notes.append(f"Not shown: {labels.counted(left_out, 'more mask')}.")
    columns = 1 if len(masks) == 1 else 2
    shapes = [_extent(mask.observed.shape) for mask in masks]
    width, height = max(wide for wide, _ in shapes), max(high for _, high in shapes)
    inches, enlarged = {1: (3.9, 1.35), 2: (2.6, 1.15)}[columns]
    around = page.Page(run.title("what is observed"), mask_data.numbers_text(run, masks[0]) if columns == 1 else "", notes, legend,
                       left=0.3, gap=0.35, below=0.0 if columns == 1 else 0.12,
                       height=float(np.clip(inches * height / width, 0.6, 3.2)) / enlarged,
                       titled=any(mask.title for mask in masks))
    figure, axes = page.panels(around, len(masks), columns)
    axes[0].set_xlim(0.0, width)
    axes[0].set_ylim(height, 0.0)
    for ax, mask, found, shape in zip(axes, masks, components, shapes):
        page.title_panel(ax, mask.title)
        if columns > 1:
            ax.text(0.0, -0.03, mask_data.numbers_text(run, mask), transform=ax.transAxes, ha="left", va="top",
                    fontsize=page.small)
        _draw_mask(ax, found, looks, min(width / shape[0], height / shape[1]))
    return figure


def _extent(shape: tuple[int, int]) -> tuple[float, float]:
    """Width and height of a panel in entries: the grid, a gap, the graph; a margin for lines and numbers around them."""
    longer = max(shape)
    return shape[1] + 1.6 + 0.7 * longer + 0.5, longer + 0.2


def _draw_mask(ax: Axes, components: np.ndarray, looks: list[style.Look], unit: float) -> None:
    """`unit`: of the panel per entry, so that small masks beside large ones fill their panels."""
    rows, columns = components.shape
    longer = max(rows, columns)
    ax.set_aspect("equal", anchor="NW")
    ax.axis("off")
    ax.add_patch(Rectangle((0.1 * unit, 0.1 * unit), columns * unit, rows * unit, facecolor="none", edgecolor="0.6", linewidth=0.6))
    left, right = (columns + 1.1) * unit, (columns + 1.1 + 0.7 * longer) * unit
    at_row, at_column = (unit * (0.1 + longer * (np.arange(number) + 0.5) / number) for number in (rows, columns))
    for number in range(components.max() + 1):
        look = looks[min(number, len(looks) - 1)]
        entries = np.argwhere(components == number)
        cells = [Rectangle(((j + 0.1) * unit, (i + 0.1) * unit), unit, unit) for i, j in entries]
        ax.add_collection(PatchCollection(cells, facecolor=style.lightened(look.colour, 0.45), edgecolor="black", linewidth=0.4,
                                          hatch=look.hatch, label=f"component {number + 1}"))
        edges = [((left, at_row[i]), (right, at_column[j])) for i, j in entries]
        ax.add_collection(LineCollection(edges, colors=[look.colour], linestyles=[look.dashes], linewidths=0.9,
                                         label=f"edges {number + 1}"))
    for x, heights, joined in ((left, at_row, (components >= 0).any(axis=1)), (right, at_column, (components >= 0).any(axis=0))):
        ax.plot(np.full(heights.size, x)[joined], heights[joined], "o", color="black", markersize=3.4, label="vertices")
        ax.plot(np.full(heights.size, x)[~joined], heights[~joined], "o", color="black", markerfacecolor="white", markersize=3.4,
                label="isolated")
    if longer <= 16:
        _number(ax, at_row, at_column, left, right)


def _number(ax: Axes, at_row: np.ndarray, at_column: np.ndarray, left: float, right: float) -> None:
    """Rows and columns by their numbers, counted from 0 as experiment files do."""
    for i, y in enumerate(at_row):
        ax.annotate(str(i), (left, y), (-4, 0), textcoords="offset points", ha="right", va="center", fontsize=page.small)
    for j, y in enumerate(at_column):
        ax.annotate(str(j), (right, y), (4, 0), textcoords="offset points", ha="left", va="center", fontsize=page.small)
