"""A figure with a title, a legend row, panels and notes below. Sizes are in inches, so that no texts ever overlap."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

small = 5.5             # points of the smallest letters
_line = 0.145           # height of a line of text
_letter = 0.0515        # width of an average letter at the size of notes
_widths = {1: 4.5, 2: 6.0}  # of the page, by number of columns
_full_width = 7.2


@dataclass
class Page:
    """What surrounds the panels."""

    title: str
    subtitle: str = ""
    notes: list[str] = field(default_factory=list)
    legend: list[Any] = field(default_factory=list)  # labelled artists
    left: float = 0.6
    right: float = 0.15     # beside the last column
    below: float = 0.0      # room under every panel, for a table
    gap: float = 0.25       # between columns
    height: float = 1.75    # of a panel
    titled: bool = True     # panels have titles
    tick_texts: list[str] = field(default_factory=list)  # words along x, which need more room than numbers
    own_y: bool = False     # each panel has a y axis, and its numbers, of its own


def panels(page: Page, number: int, columns: int | None = None) -> tuple[Figure, list[Axes]]:
    """A figure with `number` panels that share their axes, in reading order."""
    columns = min(number, columns or (3 if number in (3, 5, 6, 9) else 4) if number > 2 else number)
    rows = -(-number // columns)
    width = _widths.get(columns, _full_width)
    height = page.height * (1.35 if columns == 1 else 1.15 if columns == 2 else 1.0)
    letters = int((width - 0.2) / _letter)
    subtitle = textwrap.wrap(page.subtitle, int(letters * 0.87)) if page.subtitle else []
    notes = [line for note in page.notes for line in textwrap.wrap(note, letters)]
    legend_columns, legend_rows = _legend_shape(page.legend, width - 0.2)
    top = 0.3 + _line * len(subtitle) + 0.17 * legend_rows + (0.1 if legend_rows else 0.0)
    top += 0.24 if page.titled else 0.06
    panel_width = (width - page.left - page.right - (columns - 1) * page.gap) / columns
    upright = upright_height(page.tick_texts, panel_width)
    bottom = 0.5 + upright + page.below + _line * len(notes) + (0.08 if notes else 0.0)
    between = 0.3 + page.below
    total = top + bottom + rows * height + (rows - 1) * between
    figure = Figure(figsize=(width, total))
    _write(figure, page, subtitle, notes, (legend_columns, legend_rows))
    axes: list[Axes] = []
    for place in range(number):
        row, column = divmod(place, columns)
        box = ((page.left + column * (panel_width + page.gap)) / width,
               1.0 - (top + height + row * (height + between)) / total, panel_width / width, height / total)
        shared = axes[0] if axes else None
        axes.append(figure.add_axes(box, sharex=shared, sharey=None if page.own_y else shared))
        axes[-1].xaxis.labelpad = 72 * upright
        axes[-1].tick_params(labelleft=column == 0 or page.own_y, labelbottom=place + columns >= number)
    return figure, axes


def outer(axes: Sequence[Axes], x_label: str, y_label: str) -> None:
    """Labels the y axis of every row, and the x axis once, below the middle of the lowest row."""
    boxes = np.array([ax.get_position().bounds for ax in axes])
    for ax, x in zip(axes, boxes[:, 0]):
        if np.isclose(x, boxes[:, 0].min()):
            ax.set_ylabel(y_label)
    figure = axes[0].figure
    middle = (boxes[:, 0].min() + (boxes[:, 0] + boxes[:, 2]).max()) / 2.0
    below = boxes[:, 1].min() - (0.26 + axes[0].xaxis.labelpad / 72) / figure.get_size_inches()[1]
    figure.text(middle, below, x_label, ha="center", va="top", fontsize=8)


def title_panel(ax: Axes, text: str) -> None:
    """A panel's title, in smaller letters if it would not fit otherwise."""
    inches = ax.get_position().width * ax.figure.get_size_inches()[0]
    letters = letters_in(text)
    size = 8.0 if letters * 0.065 <= inches else max(5.0, 8.0 * inches / (letters * 0.065))
    ax.set_title(text, loc="left", fontsize=size)


def label_width(texts: Sequence[str]) -> float:
    """Inches of the widest tick label, with a gap."""
    return max(letters_in(text) for text in texts) * 0.058 + 0.08


def upright_height(texts: Sequence[str], width: float) -> float:
    """Inches that tick labels need beyond a line, if small letters do not fit side by side along `width` inches."""
    if not texts or 0.75 * label_width(texts) <= width / len(texts):
        return 0.0
    return 0.8 * label_width(texts) - 0.1


def _write(figure: Figure, page: Page, subtitle: list[str], notes: list[str], shape: tuple[int, int]) -> None:
    width, total = figure.get_size_inches()
    left = 0.1 / width
    figure.text(left, 1.0 - 0.1 / total, page.title, va="top", fontsize=9, fontweight="bold")
    y = 0.1 + 0.2
    for line in subtitle:
        figure.text(left, 1.0 - y / total, line, va="top", fontsize=7.5, color=style.grey)
        y += _line
    if page.legend:
        row_by_row = [page.legend[number] for column in range(shape[0])  # matplotlib fills columns first
                      for number in range(column, len(page.legend), shape[0])]
        figure.legend(handles=row_by_row, loc="upper left", bbox_to_anchor=(left, 1.0 - (y + 0.04) / total),
                      ncol=shape[0], borderaxespad=0, borderpad=0, columnspacing=1.2, handlelength=2.4,
                      handletextpad=0.5)
    y = 0.07 + _line * (len(notes) - 1)
    for line in notes:
        figure.text(left, y / total, line, va="bottom", fontsize=6.5, color=style.grey)
        y -= _line


def letters_in(text: str) -> int:
    """Letters of a text, with a TeX command counted as one."""
    return len(re.sub(r"[${}^]", "", re.sub(r"\\[a-zA-Z]+", "x", text)))


def _legend_shape(handles: list[Any], width: float) -> tuple[int, int]:
    if not handles:
        return 0, 0
    widths = [0.56 + 0.058 * letters_in(handle.get_label()) for handle in handles]
    columns = len(handles) if sum(widths) <= width else max(1, int(width / max(widths)))
    return columns, -(-len(handles) // columns)
