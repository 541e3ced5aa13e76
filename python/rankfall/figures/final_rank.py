"""The distribution of the final rank, with intervals from summary.csv."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..reading import SummaryRow
from . import labels, page, scales, style
from .run import Choice, Panels, Run, cells_of, choose_along, split

_most_panels = 12
_most_bars = 24


def applies(run: Run) -> bool:
    return any(_labelled(row) > 0 for row in run.rows.values())


def draw(run: Run) -> Figure:
    """One cell: a histogram. Final ranks over a swept number, or where jumps are asked for over one in a schedule: a line per rank. Otherwise: a stacked bar per cell."""
    if run.layout.x is None:
        return _histogram(run)
    rest = ((run.layout.series,) if run.layout.series else ()) + run.layout.panels
    panels = split(run, rest, _most_panels)
    anneals = any(len(key.split(".")) == 4 and key.split(".")[2] in ("learning_rate", "ridge") for key in run.layout.x.keys)
    as_lines = run.layout.x.is_numeric and (anneals or not run.experiment.asks_for_jumps())
    return _lines(run, panels) if as_lines else _bars(run, panels)


def ranks_of(run: Run) -> list[int]:
    """Ranks that some replica ends with, ascending."""
    ranks = set()
    for row in run.rows.values():
        for name, value in row.items():
            match = re.fullmatch(r"p_rank_(\d+)_events", name)
            if match and int(value) > 0:
                ranks.add(int(match[1]))
    return sorted(ranks)


def looks_of(ranks: list[int]) -> dict[int, style.Look]:
    """Low ranks are dark. Ranks beyond those that can be told apart look like the last."""
    looks = style.looks(min(len(ranks), style.most_kinds), True)
    return {rank: looks[min(place, len(looks) - 1)] for place, rank in enumerate(ranks)}


def _labelled(row: SummaryRow) -> int:
    return int(row["n"]) - int(row["n_diverged"])


def _share(row: SummaryRow, rank: int) -> np.ndarray:
    """(estimate, low, high) of P(rank)."""
    return np.array([row[f"p_rank_{rank}{suffix}"] for suffix in ("", "_low", "_high")], dtype=float)


def _notes(run: Run, with_bars: str) -> list[str]:
    percent = f"{100 * run.experiment.confidence:g} %"
    notes = [f"{with_bars}: {percent} {run.experiment.interval_name} intervals."] if with_bars else []
    return notes + run.diverged_note("and do not count")


def _page(run: Run, notes: list[str], legend: list, titled: bool) -> page.Page:
    subtitle = ", ".join([run.replicas_text(), *run.single_text()])
    return page.Page(run.title("final rank"), subtitle, notes, legend, titled=titled)


def _histogram(run: Run) -> Figure:
    row = next(iter(run.rows.values()))
    ranks = list(range(min(ranks_of(run)), max(ranks_of(run)) + 1))
    shares = np.array([_share(row, rank) for rank in ranks])
    figure, (ax,) = page.panels(_page(run, _notes(run, "Bars"), [], False), 1)
    ax.bar(ranks, shares[:, 0], width=0.62, color=style.lightened("#0072B2", 0.35), edgecolor="#0072B2", linewidth=0.8)
    ax.vlines(ranks, shares[:, 1], shares[:, 2], color="black", linewidth=1.0)
    ax.plot(ranks, shares[:, 1], marker="_", color="black", linestyle="none", markersize=7)
    ax.plot(ranks, shares[:, 2], marker="_", color="black", linestyle="none", markersize=7)
    for rank, (share, _, high), events in zip(ranks, shares, (int(row[f"p_rank_{rank}_events"]) for rank in ranks)):
        text = f"{100 * share:.3g} %" if events else f"< {100 * high:.2g} %"
        ax.annotate(text, (rank, high), (0, 3), textcoords="offset points", ha="center", fontsize=7)
    ax.set_ylim(0, 1.12 * shares[:, 2].max())
    ax.set_xlim(ranks[0] - 0.8, ranks[-1] + 0.8)
    ax.set_xticks(ranks)
    page.outer([ax], "final rank $r$", "P(rank = $r$)")
    return figure


def _lines(run: Run, panels: Panels) -> Figure:
    axis = run.layout.x
    assert axis is not None
    at = scales.positions_along(axis)
    order = np.argsort(at)
    ranks = ranks_of(run)
    looks = looks_of(ranks)
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=f"rank {rank}")
              for rank, look in looks.items()]
    notes = _notes(run, "Bars") + ["Without a marker: no replica; the bar ends at the upper bound."]
    notes += run.left_out_note(panels)
    figure, axes = page.panels(_page(run, notes, legend, any(panels.titles)), len(panels.positions), panels.columns)
    rows: dict[int, list[SummaryRow]] = {}
    for panel, _, _, position in cells_of(run, panels, Choice(), Choice(tuple(order))):
        rows.setdefault(panel, []).append(run.row(position))
    for ax, title, panel in zip(axes, panels.titles, rows):
        page.title_panel(ax, title)
        scales.scale_x(ax, axis)
        ax.set_ylim(-0.04, 1.04)
        for rank, look in looks.items():
            shares = np.array([_share(row, rank) for row in rows[panel]])
            here = np.array([row[f"p_rank_{rank}_events"] > 0 for row in rows[panel]])
            if not here.any():
                continue
            ax.vlines(at[order], shares[:, 1], shares[:, 2], color=look.colour, linewidth=1.0)
            ax.plot(at[order], shares[:, 0], color=look.colour, linestyle=look.dashes, linewidth=0.9)
            ax.plot(at[order][here], shares[here, 0], color=look.colour, marker=look.marker, linestyle="none",
                    markersize=3.8, label=f"rank {rank}")
    page.outer(axes, labels.axis_label(axis, run.experiment), "P(rank = $r$)")
    return figure


def _bars(run: Run, panels: Panels) -> Figure:
    axis = run.layout.x
    assert axis is not None
    x = choose_along(axis, _most_bars)
    ranks = ranks_of(run)
    looks = looks_of(ranks)
    legend = [Patch(facecolor=style.lightened(look.colour, 0.3), edgecolor="black", linewidth=0.5, hatch=look.hatch,
                    label=f"rank {rank}") for rank, look in looks.items()]
    notes = _notes(run, "") + run.left_out_note(panels, (axis, x))
    around = _page(run, notes, legend, any(panels.titles))
    around.tick_texts = scales.tick_texts(axis, x.places)
    figure, axes = page.panels(around, len(panels.positions), panels.columns)
    rows: dict[int, list[SummaryRow]] = {}
    for panel, _, _, position in cells_of(run, panels, Choice(), x):
        rows.setdefault(panel, []).append(run.row(position))
    for ax, title, panel in zip(axes, panels.titles, rows):
        page.title_panel(ax, title)
        _stack(ax, rows[panel], ranks, looks)
        scales.write_categories(ax, axis, x.places)
        ax.set_ylim(0, 1)
    page.outer(axes, labels.axis_label(axis, run.experiment), "share of replicas")
    return figure


def _stack(ax: Axes, rows: list[SummaryRow], ranks: list[int], looks: dict[int, style.Look]) -> None:
    bottom = np.zeros(len(rows))
    for rank in ranks:
        share = np.array([_share(row, rank)[0] if _labelled(row) else 0.0 for row in rows])
        ax.bar(np.arange(len(rows)), share, 0.8, bottom, color=style.lightened(looks[rank].colour, 0.3),
               edgecolor="black", linewidth=0.4, hatch=looks[rank].hatch, label=f"rank {rank}")
        bottom += share
    for place, row in enumerate(rows):
        if _labelled(row) == 0:
            ax.text(place, 0.03, "all diverged", rotation=90, ha="center", va="bottom", fontsize=6, color=style.grey)
