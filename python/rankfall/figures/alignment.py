"""How the singular vectors of W lie to the target's along training, where that was read at probes."""

from __future__ import annotations

from matplotlib.figure import Figure

from . import modes, page, style
from .run import Run


def applies(run: Run) -> bool:
    return "trajectory_alignment_left" in run.results


def draw(run: Run) -> Figure:
    """A panel per cell: alignment of the left singular vectors of its first replica with the target's."""
    panels, shown = modes.panels_of(run), modes.shown(run)
    looks = style.looks(len(shown), True)
    notes = ["Left singular vectors of the first replica: length of the projection onto the target's of the same number, "
             "equal singular values taken together; behind the target's rank, onto what is orthogonal to it."]
    figure, axes = page.panels(modes.page_of(run, "alignment with the target", modes.legend_of(looks, shown), notes, panels),
                               len(panels.positions), panels.columns)
    for ax, title, position in zip(axes, panels.titles, panels.positions):
        page.title_panel(ax, title)
        left = run.values("trajectory_alignment_left", position)[0]
        for look, mode in zip(looks, shown):
            ax.plot(modes.along(run, position), left[:, mode], color=look.colour, label="left")
    axes[0].set_ylim(-0.02, 1.04)
    page.outer(axes, modes.scale_along(run, axes, panels), "alignment of u")
    return figure
