"""P(jump) over how close the last phase is to two edges: of stability on one entry, and of the minimum in the ridge."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..reading import SummaryRow
from . import page
from .run import Run

_map = colormaps["viridis"]
_linear_edge = 2.0  # of learning rate * curvature


def applies(run: Run) -> bool:
    """Whether cells that could jump lie at more than one place."""
    return run.experiment.asks_for_jumps() and len({places_of(row) for row in shown(run)}) > 1


def shown(run: Run) -> list[SummaryRow]:
    """Rows of summary.csv with both numbers and replicas that could jump."""
    return [row for row in run.rows.values() if row.get("p_jump_trials", 0) > 0 and all(np.isfinite(places_of(row)))]


def places_of(row: SummaryRow) -> tuple[float, float]:
    return _number(row, "per_sample_edge"), _number(row, "ridge_over_lambda_c")


def draw(run: Run) -> Figure:
    """A point per cell, in the colour of P(jump); open where no jump was seen, in the colour of its upper bound."""
    rows = shown(run)
    places = np.array([places_of(row) for row in rows])
    events = np.array([row["p_jump_events"] for row in rows], dtype=float)
    colour = np.array([row["p_jump"] if row["p_jump_events"] > 0 else row["p_jump_high"] for row in rows], dtype=float)
    norm = LogNorm(float(np.clip(colour.min(), 1e-6, 0.1)), 1.0, clip=True)
    notes = ["x: learning rate times 2 c N k_max, the largest curvature of the loss on one drawn entry at the minimum that the cell "
             "begins from; above 2 (line) a step on that entry alone overshoots. y: ridge over that of the fold where the minimum ends."]
    left_out = len(run.rows) - len(rows)
    if left_out:
        notes.append(f"Left out: {left_out} without a fold, or whose replicas could not jump.")
    handles = [Line2D([], [], color="0.4", marker="o", linestyle="none", label="P(jump)")]
    if (events == 0).any():
        handles.append(Line2D([], [], color="0.4", marker="o", markerfacecolor="white", linestyle="none",
                              label="no jump seen: upper bound"))
    around = page.Page(run.title("jumps between two edges"), ", ".join([run.replicas_text(), *run.single_text()]),
                       notes + run.diverged_note("and do not count"), handles, right=0.85, height=2.4, titled=False)
    figure, axes = page.panels(around, 1)
    ax = axes[0]
    seen = events > 0
    ax.scatter(*places[seen].T, c=_map(norm(colour[seen])), s=26, zorder=3, label="jumps")
    ax.scatter(*places[~seen].T, facecolors="white", edgecolors=_map(norm(colour[~seen])), s=26, zorder=3, label="bounds")
    right = 1.08 * places[:, 0].max()
    if right > 0.8 * _linear_edge:
        right = max(right, 1.08 * _linear_edge)
        ax.axvline(_linear_edge, color="0.6", linewidth=0.8, zorder=1)
    ax.axhline(1.0, color="0.6", linewidth=0.8, zorder=1)
    ax.set_xlim(0.0, right)
    ax.set_ylim(0.0, max(1.05, 1.05 * places[:, 1].max()))
    _colour_bar(figure, ax, norm)
    page.outer(axes, r"learning rate $\times\;2cN\,k_{max}$", r"ridge / $\lambda_c$")
    return figure


def _number(row: SummaryRow, name: str) -> float:
    value = row.get(name, float("nan"))
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _colour_bar(figure: Figure, ax, norm: LogNorm) -> None:
    box, width = ax.get_position(), figure.get_size_inches()[0]
    bar = figure.add_axes((box.x1 + 0.15 / width, box.y0, 0.12 / width, box.height), label="colours")
    edges = np.geomspace(norm.vmin, norm.vmax, 129)
    bar.pcolormesh([0.0, 1.0], edges, np.sqrt(edges[1:] * edges[:-1])[:, None], cmap=_map, norm=norm)
    bar.set_yscale("log")
    bar.set_ylim(norm.vmin, norm.vmax)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.yaxis.set_label_position("right")
    bar.set_ylabel("P(jump)")
