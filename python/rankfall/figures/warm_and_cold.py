"""Warm starts beside cold ones of the same replicas ([compare] cold_start), and their differences with intervals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.transforms import ScaledTranslation

from ..experiment import Axis, Position
from . import labels, page, scales, style
from .run import Run, at, layout_of

_most_lines = 4
_shift = 0.03  # inches between the starts of a line, and between lines
_key = "compare.cold_start"
_words = {"unobserved_error": "unobserved error", "effective_rank": "effective rank"}


@dataclass(frozen=True)
class Line:
    """Cells along x that have all other swept values in common; their positions lack the start."""

    label: str
    positions: list[Position]


def start_axis(run: Run) -> Axis | None:
    return next((axis for axis in run.experiment.axes if axis.keys == (_key,)), None)


def applies(run: Run) -> bool:
    return start_axis(run) is not None and any(row.get("pairs", 0.0) > 0 for row in _warm_rows(run))


def lines_of(run: Run) -> tuple[Axis | None, list[Line]]:
    """The axis along x, and every line."""
    own = start_axis(run)
    layout = layout_of([axis for axis in run.experiment.axes if axis is not own])
    others = ([layout.series] if layout.series else []) + list(layout.panels)
    fixed = {axis.dimension: 0 for axis in layout.single}
    lines = []
    for places in product(*(range(axis.size) for axis in others)):
        position = fixed | {axis.dimension: place for axis, place in zip(others, places)}
        label = ", ".join(labels.tag(axis, place) for axis, place in zip(others, places))
        size = layout.x.size if layout.x else 1
        lines.append(Line(label, [position | at(layout.x, place) for place in range(size)]))
    return layout.x, lines


def draw(run: Run) -> Figure:
    """Above warm and cold values, below their differences; of the error over unobserved entries (or else the effective rank),
    and of the rank whose probability differs most."""
    x, lines = lines_of(run)
    shown = lines[:_most_lines]
    looks = style.looks(len(shown), False)
    observable, rank = _observable(run), _rank(run)
    figure, axes = page.panels(_page(run, x, shown, looks, len(lines)), 4, 2)
    _scale_along(axes, x)
    where = np.array([0.0]) if x is None else scales.positions_along(x)
    order = np.argsort(where)
    drawn: list[list[np.ndarray]] = [[] for _ in axes]
    for number, (line, look) in enumerate(zip(shown, looks)):
        positions = [line.positions[place] for place in order]
        for start in (0, 1):
            shift = _shift * (2 * number + start - len(shown) + 0.5)
            for panel, values in ((0, _medians(run, positions, start, observable)), (1, _shares(run, positions, start, rank))):
                drawn[panel].append(_draw(axes[panel], where[order], values, look, start, shift))
        for panel, name in ((2, f"paired_{observable}_difference"), (3, f"paired_rank_{rank}_difference")):
            shift = _shift * (2 * number - len(shown) + 1)
            drawn[panel].append(_draw(axes[panel], where[order], _columns(run, positions, name), look, 0, shift))
    _scale_values(axes, [np.concatenate(values) for values in drawn])
    _write(axes, x, run, (_words[observable], f"P(rank = {rank})", "warm - cold", "warm - cold"))
    return figure


def _page(run: Run, x: Axis | None, shown: list[Line], looks: list[style.Look], lines: int) -> page.Page:
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle="-", label=line.label)
              for line, look in zip(shown, looks) if line.label]
    legend += [Line2D([], [], color=style.grey, marker="o", linestyle="-", label="warm: all phases"),
               Line2D([], [], color=style.grey, marker="o", markerfacecolor="white", linestyle=":", label="cold: the last alone")]
    percent = f"{100 * run.experiment.confidence:g} %"
    notes = [f"Above: medians with quartiles; probabilities with {percent} {run.experiment.interval_name} intervals. Below: median "
             f"of the pairs' differences with a {percent} interval of order statistics; difference of probabilities with "
             f"{percent} score intervals for pairs (Tango 1998)."]
    notes += run.diverged_note("and are left out, below with their pairs")
    if lines > len(shown):
        notes.append(f"Not shown: {labels.counted(lines - len(shown), 'more line')}; summary.csv has all.")
    subtitle = ", ".join(["the same replicas from both starts", run.replicas_text()])
    return page.Page(run.title("warm beside cold start"), subtitle, notes, legend, left=0.68, gap=0.72, titled=False, own_y=True,
                     height=1.45, tick_texts=[] if x is None else scales.tick_texts(x, range(x.size)))


def _draw(ax: Axes, along: np.ndarray, values: np.ndarray, look: style.Look, start: int, shift: float) -> np.ndarray:
    """Rows of value, low, high; a start of 1 is cold. `shift` inches sideways, so that equal values stay visible."""
    moved = ax.transData + ScaledTranslation(shift, 0, ax.figure.dpi_scale_trans)
    known = np.isfinite(values[:, 0])
    ax.vlines(along[known], values[known, 1], values[known, 2], color=look.colour, linewidth=0.8 if start else 1.4, transform=moved,
              clip_on=False)
    ax.plot(along[known], values[known, 0], color=look.colour, linestyle=":" if start else "-", linewidth=0.9, marker=look.marker,
            markersize=3.8, markerfacecolor="white" if start else look.colour, label="cold" if start else "warm", zorder=3,
            transform=moved, clip_on=False)
    return values[known]


def _scale_along(axes: list[Axes], x: Axis | None) -> None:
    for ax in axes:
        if x is not None:
            scales.scale_x(ax, x)
        else:
            ax.set_xlim(-1.0, 1.0)
            ax.set_xticks([])


def _scale_values(axes: list[Axes], drawn: list[np.ndarray]) -> None:
    """Limits that hold every value and interval; the first panel is logarithmic over more than a decade and a half."""
    for number, (ax, values) in enumerate(zip(axes, drawn)):
        everything = values[np.isfinite(values)]
        if number == 1:
            ax.set_ylim(-0.04, 1.04)
        elif everything.size:
            low, high = float(everything.min()), float(everything.max())
            if number == 0 and low > 0.0 and high > 30.0 * low:
                ax.set_yscale("log")
                ax.yaxis.set_minor_locator(NullLocator())
                ax.set_ylim(low / 1.4, high * 1.4)
                continue
            low, high = (min(low, 0.0), max(high, 0.0)) if number > 1 else (low, high)
            margin = 0.06 * (high - low) or 0.1
            ax.set_ylim(low - margin, high + margin)
        if number > 1:
            ax.axhline(0.0, color=style.grey, linewidth=0.6, linestyle="--", zorder=0)


def _write(axes: list[Axes], x: Axis | None, run: Run, texts: tuple[str, ...]) -> None:
    page.outer(axes, "" if x is None else labels.axis_label(x, run.experiment), "")
    for ax, text in zip(axes, texts):
        ax.set_ylabel(text)


def _warm_rows(run: Run) -> Iterator[dict]:
    own = start_axis(run)
    assert own is not None
    return (run.row(position) for position in run.experiment.positions() if position[own.dimension] == 0)


def _observable(run: Run) -> str:
    known = any(np.isfinite(row["paired_unobserved_error_difference"]) for row in _warm_rows(run))
    return "unobserved_error" if known else "effective_rank"


def _rank(run: Run) -> int:
    """That whose probabilities differ most in some cell; among equals the lowest that is there at all."""
    largest: dict[int, tuple[float, float]] = {}
    for row in _warm_rows(run):
        for name, value in row.items():
            match = re.fullmatch(r"paired_rank_(\d+)_difference", name)
            if not match or not np.isfinite(value):
                continue
            rank = int(match[1])
            there = float(row[f"paired_rank_{rank}_warm"] + row[f"paired_rank_{rank}_cold"])
            before = largest.get(rank, (0.0, 0.0))
            largest[rank] = (max(before[0], abs(float(value))), max(before[1], there))
    return max(largest, key=lambda rank: (largest[rank][0], largest[rank][1], -rank))


def _at_start(run: Run, position: Position, start: int) -> Position:
    own = start_axis(run)
    assert own is not None
    return dict(position) | {own.dimension: start}


def _medians(run: Run, positions: list[Position], start: int, observable: str) -> np.ndarray:
    """Median and quartiles over the replicas of each cell."""
    rows = []
    for position in positions:
        values = run.values(observable, _at_start(run, position, start))
        values = values[np.isfinite(values)]
        rows.append(np.quantile(values, [0.5, 0.25, 0.75]) if values.size else np.full(3, np.nan))
    return np.array(rows)


def _shares(run: Run, positions: list[Position], start: int, rank: int) -> np.ndarray:
    rows = [run.row(_at_start(run, position, start)) for position in positions]
    return np.array([[row[f"p_rank_{rank}{suffix}"] for suffix in ("", "_low", "_high")] for row in rows], dtype=float)


def _columns(run: Run, positions: list[Position], name: str) -> np.ndarray:
    rows = [run.row(_at_start(run, position, 0)) for position in positions]
    return np.array([[row[f"{name}{suffix}"] for suffix in ("", "_low", "_high")] for row in rows], dtype=float)
