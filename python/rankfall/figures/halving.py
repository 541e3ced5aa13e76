"""A search by successive halving: what each cell was judged by in its last round, and the fresh replicas of the finalists."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..experiment import Position
from ..reading import SummaryRow
from . import labels, page, style
from .run import Run

_most_cells = 30
_row = 0.17      # inches of a cell
_longest = 40    # letters of a cell's name


def applies(run: Run) -> bool:
    return any(row.get("search_rounds", 0) > 0 for row in run.rows.values())


def draw(run: Run) -> Figure:
    """A line per cell, those that went furthest on top."""
    ordered = cells_in_order(run)
    shown = ordered[:_most_cells]
    names = [_name(run, position) for position, _ in shown]
    rounds = int(max(row["search_rounds"] for _, row in ordered))
    looks = style.looks(min(rounds, style.most_kinds), True)
    around = _page(run, ordered, rounds, looks, max(page.label_width([name]) for name in names))
    around.height = max(0.6, _row * len(shown)) / 1.35
    figure, (ax,) = page.panels(around, 1)
    for place, (_, row) in enumerate(shown):
        look = looks[min(rounds - int(row["search_rounds"]), len(looks) - 1)]
        _draw_share(ax, row, "search", place, look.colour, look.marker, False)
        if row.get("confirmed_trials", 0) > 0:
            _draw_share(ax, row, "confirmed", place + 0.3, "#D55E00", "D", True)
    ax.set_yticks(range(len(shown)), names, fontsize=6)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(-0.03, 1.03)
    ax.grid(axis="x", color="0.9", linewidth=0.5)
    rank = run.experiment.value("search.rank", {}, "")
    page.outer([ax], f"P(final rank = {rank})", "")
    return figure


def cells_in_order(run: Run) -> list[tuple[Position, SummaryRow]]:
    """Positions and rows of all cells: finalists by their fresh replicas, the others by rounds and by what they were judged by."""
    cells = [(position, run.row(position)) for position in run.experiment.positions()]

    def key(cell: tuple[Position, SummaryRow]) -> tuple[float, float, float]:
        row = cell[1]
        fresh = float(row["confirmed"]) if row["confirmed_trials"] > 0 else -1.0
        return (-row["search_rounds"], -fresh, -float(row["search"]))

    return sorted((cell for cell in cells if cell[1]["search_rounds"] > 0), key=key)


def _draw_share(ax: Axes, row: SummaryRow, name: str, y: float, colour: Any, marker: str, filled: bool) -> None:
    ax.hlines(y, row[f"{name}_low"], row[f"{name}_high"], color=colour, linewidth=1.4 if filled else 0.8)
    ax.plot(row[name], y, color=colour, marker=marker, markerfacecolor=colour if filled else "white", linestyle="none",
            markersize=3.8, label=name)


def _name(run: Run, position: Position) -> str:
    text = ", ".join(labels.values_text(axis, position[axis.dimension]) for axis in run.experiment.axes if axis.size > 1)
    return text if len(text) <= _longest else text[:_longest - 1] + "…"


def _page(run: Run, ordered: list, rounds: int, looks: list[style.Look], left: float) -> page.Page:
    legend = []
    for number in range(min(rounds, len(looks))):
        in_round = [row for _, row in ordered if int(row["search_rounds"]) == rounds - number]
        if not in_round:
            continue
        legend.append(Line2D([], [], color=looks[number].colour, marker=looks[number].marker, markerfacecolor="white", linestyle="none",
                             label=f"out after round {rounds - number}" if number else f"round {rounds}"))
    if any(row["confirmed_trials"] > 0 for _, row in ordered):
        legend.append(Line2D([], [], color="#D55E00", marker="D", linestyle="-", label="fresh replicas"))
    axes = ", ".join(labels.axis_label(axis, run.experiment) for axis in run.experiment.axes if axis.size > 1)
    notes = [f"Open: the replicas a cell was judged by, {100 * run.experiment.confidence:g} % {run.experiment.interval_name} "
             "intervals of each alone; of the best they are too good. Filled: replicas that were not looked at before; the "
             "intervals of all finalists hold together."]
    if len(ordered) > _most_cells:
        notes.append(f"Not shown: {labels.counted(len(ordered) - _most_cells, 'cell')} that went no further.")
    return page.Page(run.title("successive halving"), f"{len(ordered)} cells, by {axes}; {run.replicas_text()}", notes, legend,
                     left=max(0.4, left), titled=False)
