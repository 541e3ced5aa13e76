"""How fast connected flows come to rank one: sigma_2/sigma_1 at the end against the scale of the start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import page, style
from .run import Run
from .stable_rank import line_of

_law = "law_rank_exponent_predicted"
_scale = "initialization.scale"


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line (all that varies but the scale): rows of scale, quartiles of sigma_2/sigma_1, predicted exponent from there to
    the next larger scale (NaN where the law says nothing), by scale."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for position in run.experiment.positions():
        values = run.values("singular_values", position)
        ratios = values[:, 1] / values[:, 0]
        ratios = ratios[np.isfinite(ratios)]
        if ratios.size > 0:
            found.setdefault(line_of(run, position, _scale), []).append(
                (float(run.experiment.value(_scale, position)), *np.quantile(ratios, [0.25, 0.5, 0.75]),
                 float(run.row(position).get(_law, np.nan))))
    return {name: np.array(sorted(rows)) for name, rows in found.items() if len(rows) > 1}


def applies(run: Run) -> bool:
    return any(np.isfinite(row.get(_law, np.nan)) for row in run.rows.values())


def draw(run: Run) -> Figure:
    """A line of medians per depth, and the predicted power of the scale through the smallest scale that has one."""
    lines = points(run)
    names = list(lines)[:style.most_kinds]
    looks = dict(zip(names, style.looks(len(names), False)))
    legend = [Line2D([], [], color=look.colour, marker=look.marker, linestyle="none", label=name) for name, look in looks.items()]
    legend.append(Line2D([], [], color=style.grey, linestyle="--", linewidth=0.8, label="predicted power"))
    notes = ["Medians over replicas; bars: the middle half. Dashed: the predicted exponent, through the point of the smallest "
             "scale that has one. Below rounding there is none."]
    if len(lines) > len(names):
        notes.append(f"Not shown: {len(lines) - len(names)} more lines.")
    figure, (ax,) = page.panels(page.Page(run.title("how near to rank one"), run.replicas_text(), notes, legend,
                                          titled=False), 1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for name, look in looks.items():
        scale, low, middle, high, exponent = lines[name][lines[name][:, 2] > 0.0].T
        ax.plot(scale, middle, color=look.colour, marker=look.marker, linestyle="none", label=name)
        ax.vlines(scale, low, high, color=look.colour, linewidth=1.2)
        known = np.flatnonzero(np.isfinite(exponent))
        if known.size > 0:
            first = known[0]
            ax.plot(scale, middle[first] * (scale / scale[first]) ** exponent[first], color=look.colour, linestyle="--",
                    linewidth=0.8, label="law")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    page.outer([ax], "initialization scale", r"$\sigma_2/\sigma_1$ of W")
    return figure
