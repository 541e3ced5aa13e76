"""One panel of lines with markers: a line per depth or per other swept values, bars at its points."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import labels, page, style
from .run import Run


def panel(run: Run, title: str, names: list[str], note: str,
          others: tuple[Line2D, ...] = ()) -> tuple[Figure, Axes, dict[str, style.Look]]:
    """An empty panel with its legend (`others` after the lines), and the look of each line that is shown: the first of
    `names`, as many as can be told apart; a note counts the rest.
    """
    shown = names[:style.most_kinds]
    looks = dict(zip(shown, style.looks(len(shown), False)))
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)
              for name, look in looks.items()]
    notes = [note]
    if len(names) > len(shown):
        notes.append(f"Not shown: {labels.counted(len(names) - len(shown), 'more line')}.")
    figure, (ax,) = page.panels(page.Page(run.title(title), run.replicas_text(), notes, legend + list(others), titled=False), 1)
    return figure, ax, looks


def logarithmic(ax: Axes, which: Literal["x", "both"]) -> None:
    """Makes the x axis, or both, logarithmic, with ticks at decades alone."""
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    if which == "both":
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())


def draw(ax: Axes, name: str, look: style.Look, x: np.ndarray, y: np.ndarray) -> None:
    ax.plot(x, y, color=look.colour, marker=look.marker, linestyle=look.dashes, label=name)


def bars(ax: Axes, look: style.Look, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    ax.vlines(x, low, high, color=look.colour, linewidth=1.6)
