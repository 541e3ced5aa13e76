"""The stable rank at which coupled and decoupled flows end, against the scale or the mixing of their start."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ..experiment import Position
from . import labels, lines, page
from .run import Run
from .starts import start_of

_laws = ("affine_limit", "diagonal_limit", "nuclear_norm_limit")
_mixing = "initialization.mixing"


def swept_values(run: Run, key: str) -> list[float]:
    """The values of a swept key, ascending; empty if it is not swept."""
    return sorted({float(value) for axis in run.experiment.axes for own, values in zip(axis.keys, axis.values)
                   if own == key for value in values})


def along(run: Run) -> str:
    """What stands along x: of scale and mixing the one with more values."""
    mixing, scale = swept_values(run, _mixing), swept_values(run, "initialization.scale")
    return _mixing if len(mixing) > len(scale) else "initialization.scale"


def line_of(run: Run, position: Position, *keys: str) -> str:
    """The line that a cell belongs to: all that varies but the depth, told first, and `keys`."""
    names = [f"depth $L$ = {start_of(run, position).depth}"]
    for axis in run.experiment.axes:
        names += [labels.setting(own, values[position[axis.dimension]].item())
                  for own, values in axis.told
                  if axis.size > 1 and own != "model.depth" and not own.endswith(keys)]
    return ", ".join(names)


def has_law(run: Run, laws: tuple[str, ...]) -> bool:
    return any(np.isfinite(row.get(f"law_{law}_predicted", np.nan)) for row in run.rows.values() for law in laws)


def points(run: Run) -> dict[str, np.ndarray]:
    """Per line: rows of x and quartiles of the stable rank over all replicas of its cells there, by x."""
    key = along(run)
    places = {value: float(place) for place, value in enumerate(swept_values(run, _mixing))}
    found: dict[str, dict[float, list[np.ndarray]]] = {}
    for position in run.experiment.positions():
        ranks = run.values("stable_rank", position)
        x = places[float(run.experiment.value(_mixing, position))] if key == _mixing else start_of(run, position).scale
        found.setdefault(line_of(run, position, key), {}).setdefault(x, []).append(ranks[np.isfinite(ranks)])
    quartiles = {}
    for name, cells in found.items():
        rows = [(x, *np.quantile(np.concatenate(ranks), [0.25, 0.5, 0.75])) for x, ranks in sorted(cells.items())
                if sum(own.size for own in ranks) > 0]
        if len(rows) > 1:
            quartiles[name] = np.array(rows)
    return quartiles


def applies(run: Run) -> bool:
    return has_law(run, _laws) and bool(points(run))


def draw(run: Run) -> Figure:
    """A line of medians per depth, with the middle half."""
    found = points(run)
    figure, ax, looks = lines.panel(run, "stable rank at the end", list(found), "Medians over replicas; bars: the middle half.")
    for name, look in looks.items():
        x, low, middle, high = found[name].T
        lines.draw(ax, name, look, x, middle)
        lines.bars(ax, look, x, low, high)
    if along(run) == _mixing:
        texts = [labels.scientific(value) for value in swept_values(run, _mixing)]
        ax.xaxis.set_major_locator(FixedLocator(range(len(texts))))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: texts[min(max(round(at), 0), len(texts) - 1)]))
    else:
        lines.logarithmic(ax, "x")
    ax.set_ylim(bottom=0.9)
    page.outer([ax], "mixing" if along(run) == _mixing else "scale of W(0)", r"stable rank $\|W\|_F^2/\|W\|_2^2$")
    return figure
