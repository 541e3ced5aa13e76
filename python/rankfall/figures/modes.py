"""What figures of the modes of W share: their panels, the axis along training, and which modes are shown."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import page, scales, spectrum_data, style
from .run import Panels, Run, split

_most_panels = 6
_most_modes = 4


def panels_of(run: Run) -> Panels:
    return split(run, [axis for axis in run.experiment.axes if axis.size > 1], _most_panels)


def shown(run: Run) -> list[int]:
    """The largest ones, as many as come above the rank tolerance somewhere, and no more than a panel can tell apart."""
    most = int(np.nanmax(run.results["trajectory_rank"].values, initial=1.0))
    return list(range(min(max(most, 1), _most_modes, run.results.sizes["singular_value"])))


def along(run: Run, position: dict[str, int]) -> np.ndarray:
    """Of the first replica of a cell: the step of every probe, or its time in a gradient flow."""
    return run.values("trajectory_time" if run.flows() else "trajectory_step", position)[0]


def scale_along(run: Run, axes: list[Axes], panels: Panels) -> str:
    """Limits and ticks of the x axes; what their unit is called."""
    last = max(float(np.nanmax(along(run, position), initial=0.0)) for position in panels.positions)
    if run.flows():
        axes[0].set_xlim(-0.02 * last, 1.02 * last)
        return "time of the gradient flow"
    return f"{[scales.scale_steps(ax, max(last, 1.0)) for ax in axes][0]} of the whole run"


def legend_of(looks: list[style.Look], modes: list[int]) -> list[Line2D]:
    names = spectrum_data.names(modes)
    return [Line2D([], [], color=look.colour, label=names[mode]) for look, mode in zip(looks, modes)]


def page_of(run: Run, what: str, legend: list[Line2D], notes: list[str], panels: Panels) -> page.Page:
    subtitle = ", ".join([run.replicas_text(), *run.single_text()])
    return page.Page(run.title(what), subtitle, notes + run.left_out_note(panels), legend, titled=any(panels.titles))
