"""Axes with the experiment's own values on them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from ..experiment import Axis
from . import labels, page


def positions_along(axis: Axis) -> np.ndarray:
    """Where the values of an axis lie: at themselves, or counted from 0 if they are no numbers."""
    return axis.values[0].astype(float) if axis.is_numeric else np.arange(axis.size, dtype=float)


def is_logarithmic(axis: Axis) -> bool:
    """Values over a decade or more, spaced by factors rather than by differences."""
    if not axis.is_numeric:
        return False
    values = np.sort(axis.values[0].astype(float))
    if values[0] <= 0.0 or values[-1] < 8.0 * values[0] or values.size < 3:
        return False
    factors, steps = np.diff(np.log(values)), np.diff(values)
    return bool(np.ptp(factors) / factors.mean() < np.ptp(steps) / steps.mean())


def begins_at_zero(axis: Axis) -> bool:
    """Logarithmic but for a first value of 0, e.g. the length of a phase that is swept from none."""
    if not axis.is_numeric or axis.size < 4 or axis.values[0].min() != 0.0:
        return False
    values = axis.values[0].astype(float)
    return is_logarithmic(Axis(axis.dimension, axis.keys, (values[values > 0.0],)))


def scale_x(ax: Axes, axis: Axis) -> None:
    """Limits, scale and ticks of the x axis. A 0 before logarithmic values lies a decade or so before the first of them."""
    at = positions_along(axis)
    low, high = at.min(), at.max()
    if begins_at_zero(axis):
        least = at[at > 0.0].min()
        ax.set_xscale("symlog", linthresh=least, linscale=0.6)
        ax.set_xlim(-0.2 * least, high * (high / least) ** 0.06)
    elif is_logarithmic(axis):
        ax.set_xscale("log")
        margin = (high / low) ** 0.06
        ax.set_xlim(low / margin, high * margin)
    else:
        margin = 0.06 * (high - low)
        ax.set_xlim(low - margin, high + margin)
    tick_values(ax, axis, at)


def tick_values(ax: Axes, axis: Axis, at: np.ndarray) -> None:
    """Ticks at the values themselves; of numbers, only so many are written as fit."""
    if not axis.is_numeric:
        write_categories(ax, axis, range(axis.size))
        return
    _write(ax, at, [labels.values_text(axis, place) for place in range(axis.size)])


def tick_texts(axis: Axis, places: Iterable[int]) -> list[str]:
    """Texts that must all be written below a panel: those of an axis that has no numbers."""
    return [] if axis.is_numeric else [labels.values_text(axis, place) for place in places]


def write_categories(ax: Axes, axis: Axis, places: Iterable[int]) -> None:
    """Ticks at 0, 1, ... for some places of an axis. Of numbers, only so many are written as fit; texts become smaller
    or stand upright where they would touch.
    """
    texts = [labels.values_text(axis, place) for place in places]
    ax.set_xlim(-0.6, len(texts) - 0.4)
    at = np.arange(len(texts), dtype=float)
    if axis.is_numeric:
        _write(ax, at, texts)
        return
    ax.xaxis.set_major_locator(FixedLocator(at))
    ax.xaxis.set_major_formatter(FuncFormatter(_writer(at, texts)))
    if page.upright_height(texts, _inches(ax)) > 0.0:
        ax.tick_params(axis="x", labelrotation=90, labelsize=page.small)
    elif page.label_width(texts) > _inches(ax) / len(texts):
        ax.tick_params(axis="x", labelsize=page.small)


def write_places(ax: Axes, axis: Axis, places: Iterable[int]) -> None:
    """Ticks at 0, 1, ... in the middle of cells that fill the axis, for some places of an axis of numbers."""
    texts = [labels.values_text(axis, place) for place in places]
    ax.set_xlim(-0.5, len(texts) - 0.5)
    _write(ax, np.arange(len(texts), dtype=float), texts)


def _write(ax: Axes, at: np.ndarray, texts: list[str]) -> None:
    """A tick for each, with its text where it does not touch the one before."""
    shown = _readable(ax, at, page.label_width(texts) / _inches(ax))
    texts = [text if place in shown else "" for place, text in enumerate(texts)]
    ax.xaxis.set_major_locator(FixedLocator(at))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(_writer(at, texts)))


def _inches(ax: Axes) -> float:
    return ax.get_position().width * ax.figure.get_size_inches()[0]


def _readable(ax: Axes, at: np.ndarray, needed: float) -> set[int]:
    """Places whose labels of width `needed` (a share of the axis) do not touch one another."""
    transform = ax.get_xaxis().get_transform()
    ends = transform.transform(np.array(ax.get_xlim()))
    along = (transform.transform(at) - ends[0]) / (ends[1] - ends[0])
    shown: set[int] = set()
    last = -np.inf
    for place in np.argsort(along):
        if along[place] - last >= needed:
            shown.add(int(place))
            last = along[place]
    return shown


def _writer(at: np.ndarray, texts: list[str]):
    return lambda value, _: texts[int(np.argmin(np.abs(at - value)))]


_shares = np.array([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999])


def scale_probability(ax: Axes, lowest: float, highest: float) -> None:
    """A logit axis from just below `lowest` to just above `highest`."""
    low, high = lowest / 2.5, 1.0 - (1.0 - highest) / 2.5
    ax.set_yscale("logit")
    ax.set_ylim(low, high)
    ticks = [share for share in _shares if low <= share <= high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.7g}" if share > 9e-4 else
                                               labels.scientific(share)))


def step_unit(horizon: float) -> tuple[float, str]:
    """(how many steps, what to call them)."""
    if horizon >= 5e6:
        return 1e6, "million steps"
    return (1e3, "thousand steps") if horizon >= 5e3 else (1.0, "steps")


def step_ticks(horizon: float, most: int = 5) -> np.ndarray:
    """Round numbers of steps from 0 to the horizon."""
    magnitude = 10.0 ** np.floor(np.log10(max(horizon, 1.0)))
    for step in np.array([0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0]) * magnitude:
        if horizon / step < most:
            return np.arange(0.0, horizon * (1 + 1e-9), step)
    return np.array([0.0, horizon])


def scale_steps(ax: Axes, horizon: float) -> str:
    """Limits and ticks of an x axis of optimizer steps; what its unit is called."""
    unit, name = step_unit(horizon)
    ax.set_xlim(-0.02 * horizon, 1.02 * horizon)
    ax.xaxis.set_major_locator(FixedLocator(step_ticks(horizon)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda steps, _: f"{steps / unit:g}"))
    return name
