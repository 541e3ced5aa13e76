"""How far above the least nuclear norm flows on complete components of entries end, against the scale of the start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from . import lines, page
from .run import Run
from .stable_rank import line_of
from .starts import start_of

_law = "law_nuclear_norm_limit"


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line (depth, and further swept values but which entries are observed): rows of scale of W(0), and the least,
    median and largest of the cells' medians of |W|_*/min - 1, by scale.
    """
    found: dict[str, dict[float, list[float]]] = {}
    for position in run.experiment.positions():
        row = run.row(position)
        predicted, measured = row.get(f"{_law}_predicted", np.nan), row.get(f"{_law}_measured", np.nan)
        if np.isfinite(predicted) and np.isfinite(measured) and predicted > 0.0:
            name = line_of(run, position, "initialization.scale", "observed")
            found.setdefault(name, {}).setdefault(start_of(run, position).scale, []).append(measured / predicted - 1.0)
    return {name: np.array([(scale, min(excess), float(np.median(excess)), max(excess))
                            for scale, excess in sorted(cells.items())])
            for name, cells in found.items() if len(cells) > 1}


def applies(run: Run) -> bool:
    return any((line[:, 2] > 0.0).sum() > 1 for line in points(run).values())


def draw(run: Run) -> Figure:
    """A line per depth, logarithmic in both directions; what is not above the minimum has no point."""
    found = points(run)
    figure, ax, looks = lines.panel(
        run, "above the least nuclear norm", list(found),
        "Medians over replicas; bars: from the least to the largest of cells that differ in what is observed. What is "
        "left at the smallest scales is what the flow had yet to fit when it ended, and rounding.")
    lines.logarithmic(ax, "both")
    for name, look in looks.items():
        above = found[name][found[name][:, 2] > 0.0]
        lines.draw(ax, name, look, above[:, 0], above[:, 2])
        whole = above[above[:, 1] > 0.0]
        lines.bars(ax, look, whole[:, 0], whole[:, 1], whole[:, 3])
    page.outer([ax], "scale of W(0)", r"$\|W\|_*$ / minimum - 1")
    return figure
