"""The error over unobserved entries, by final rank: whether a lower rank generalises."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from ..experiment import Position
from . import labels, page, scales, style
from .final_rank import looks_of
from .run import Choice, Panels, Run, cells_of, choose_along, split

_most_panels = 9
_most_cells = 10  # in a panel
_label = "unobserved error (RMS)"


def applies(run: Run) -> bool:
    return bool((np.isfinite(run.results["unobserved_error"].values) & (run.results["rank"].values >= 0)).any())


def draw(run: Run) -> Figure:
    """One cell: the distribution function per final rank. Otherwise quantiles, a panel per value of further axes."""
    if run.layout.x is None:
        return _distributions(run)
    rest = ((run.layout.series,) if run.layout.series else ()) + run.layout.panels
    return _quantiles(run, split(run, rest, _most_panels), choose_along(run.layout.x, _most_cells))


def errors_by_rank(run: Run, position: Position) -> dict[int, np.ndarray]:
    """Errors of the replicas of a cell that ended with each rank, ascending; diverged ones have none."""
    error, rank = run.values("unobserved_error", position), run.values("rank", position)
    known = np.isfinite(error) & (rank >= 0)
    return {int(value): np.sort(error[known & (rank == value)]) for value in np.unique(rank[known])}


def _subtitle(run: Run) -> str:
    entries = "all" if run.experiment.senses() else "unobserved"
    return ", ".join([f"W - T over {entries} entries at the last step", run.replicas_text(), *run.single_text()])


def _legend(looks: dict[int, style.Look]) -> list:
    return [Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=f"final rank {rank}")
            for rank, look in looks.items()]


def _distributions(run: Run) -> Figure:
    groups = errors_by_rank(run, {axis.dimension: 0 for axis in run.layout.single})
    looks = looks_of(sorted(groups))
    subtitle = _subtitle(run)
    notes = run.diverged_note("and are left out")
    figure, (ax,) = page.panels(
        page.Page(run.title("error by final rank"), subtitle, notes, _legend(looks), titled=False), 1)
    for number, (rank, errors) in enumerate(groups.items()):
        share = np.arange(1, errors.size + 1) / errors.size
        x, y = np.concatenate((errors[:1], errors)), np.concatenate(([0.0], share))
        ax.step(x, y, where="post", color=looks[rank].colour, linestyle=looks[rank].dashes, label=f"rank {rank}")
        middle = np.interp((number + 1) / (len(groups) + 1), y, x)
        ax.plot([middle], [(number + 1) / (len(groups) + 1)], marker=looks[rank].marker, color=looks[rank].colour)
    _scale(ax.xaxis, ax.set_xscale, ax.set_xlim, np.concatenate(list(groups.values())))
    ax.set_ylim(-0.02, 1.03)
    page.outer([ax], _label, "share of the replicas of that rank")
    return figure


def _quantiles(run: Run, panels: Panels, x: Choice) -> Figure:
    axis = run.layout.x
    assert axis is not None
    cells = [(panel, x.places.index(place), errors_by_rank(run, position))
             for panel, _, place, position in cells_of(run, panels, Choice(), x)]
    looks = looks_of(sorted({rank for *_, groups in cells for rank in groups}))
    norms = _of_minimum_norm(run, panels, x)
    legend = _legend(looks)
    if norms:
        legend.append(Line2D([], [], color=style.grey, linewidth=1.6, label="minimum nuclear norm"))
    notes = ["Markers: medians; thick bars: middle half; thin bars: 5-95 %, of the replicas that ended with that rank. "
             "Hollow: fewer than 20 of them."]
    if norms:
        notes.append("Bars: the completion of minimum nuclear norm; at the lower edge: at most that.")
    notes += run.diverged_note("and are left out")
    notes += run.left_out_note(panels, (axis, x))
    subtitle = _subtitle(run)
    figure, axes = page.panels(
        page.Page(run.title("error by final rank"), subtitle, notes, legend, titled=any(panels.titles),
                  tick_texts=scales.tick_texts(axis, x.places)),
        len(panels.positions), panels.columns)
    everything = [errors for *_, groups in cells for errors in groups.values()]
    if everything:  # a completion that is exact would flatten the rest
        least = min(errors.min() for errors in everything)
        norms = [(panel, column, max(error, 0.5 * least)) for panel, column, error in norms]
        everything.append(np.array([error for *_, error in norms]))
    for ax, title in zip(axes, panels.titles):
        page.title_panel(ax, title)
        scales.write_categories(ax, axis, x.places)
        if everything:
            _scale(ax.yaxis, ax.set_yscale, ax.set_ylim, np.concatenate(everything))
    for panel, column, groups in cells:
        _draw_cell(axes[panel], column, groups, looks)
    for panel, column, error in norms:
        axes[panel].hlines(error, column - 0.45, column + 0.45, color=style.grey, linewidth=1.6, label="minimum norm")
    page.outer(axes, labels.axis_label(axis, run.experiment), _label)
    return figure


def _of_minimum_norm(run: Run, panels: Panels, x: Choice) -> list[tuple[int, int, float]]:
    """(panel, column, error of the completion of minimum nuclear norm), where the summary has it."""
    known = []
    for panel, _, place, position in cells_of(run, panels, Choice(), x):
        error = run.row(position).get("nuclear_norm_unobserved_error", np.nan)
        if np.isfinite(error):
            known.append((panel, x.places.index(place), float(error)))
    return known


def _draw_cell(ax: Axes, column: int, groups: dict[int, np.ndarray], looks: dict[int, style.Look]) -> None:
    width = 0.8 / len(looks)
    for place, (rank, look) in enumerate(looks.items()):
        if rank not in groups:
            continue
        at = column - 0.4 + (place + 0.5) * width
        lowest, low, middle, high, highest = np.quantile(groups[rank], [0.05, 0.25, 0.5, 0.75, 0.95])
        ax.vlines(at, lowest, highest, color=look.colour, linewidth=0.8)
        ax.vlines(at, low, high, color=look.colour, linewidth=2.6)
        ax.plot([at], [middle], marker=look.marker, markersize=3.8, color=look.colour, label=f"rank {rank}",
                markerfacecolor="white" if groups[rank].size < 20 else look.colour, zorder=3)


def _scale(axis, set_scale, set_limits, errors: np.ndarray) -> None:
    """Logarithmic over more than a decade; without the thinnest tails, so that no outlier flattens the rest."""
    low, high = np.quantile(errors, [0.001, 0.999])
    if low > 0.0 and high > 10.0 * low:
        set_scale("log")
        set_limits(low / 1.3, high * 1.3)
        axis.set_minor_locator(NullLocator())
    else:
        margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        set_limits(low - margin, high + margin)
