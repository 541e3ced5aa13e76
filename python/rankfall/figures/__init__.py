"""Figures of a run, chosen from what it is: `python3 -m rankfall.figures DIR` writes DIR/figures/*.png."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw", "drawn"]


def draw(directory: str | os.PathLike[str]) -> list[Path]:
    """Draws every figure that makes sense for the run into DIR/figures and returns their paths.

    halving (a search), jump_probability (SGD from a minimum, over a sweep), survival (the same, of any number of cells),
    fall_rates (the same, over a sweep of numbers), edge_diagram (the same, where the edges of cells are known), final_rank,
    spectra, trajectories (where they were kept), velocities and alignment of modes (where they were read along them),
    unobserved_error (where entries are unobserved), error_in_time (the same, of gradient flows that were kept),
    greedy_distance (where flows are compared with the greedy path, over scales), warm_and_cold (where cells are pairs),
    stable_rank (where theory says how coupled or decoupled flows end, over scales or mixings), nuclear_norm (where it says
    that they minimise it, over scales), hyperbola (factors of hidden width 1), rank_exponent and lock_in (where those
    laws hold), observation_graph (where masks are small and hide something), phase_diagram_NAME (over two swept numbers, one for
    each quantity that varies), absorbing_sets_exits (where factors were monitored) and absorbing_sets_modes (the same, where
    trajectories were kept).
    Raises ResultsError if the directory holds no finished run or all replicas diverged, OSError if a figure cannot be
    written.
    """
    from . import style

    paths = []
    for name, figure in drawn(directory):
        paths.append(Path(directory) / "figures" / f"{name}.png")
        style.save(figure, paths[-1])
    if not paths:
        raise ResultsError(directory, "there is nothing to draw", "all replicas diverged", "lower the learning rate")
    return paths


def drawn(directory: str | os.PathLike[str]) -> Iterator[tuple[str, Figure]]:
    """The figures that `draw` writes, with their names; none if all replicas diverged.

    To be saved as they come: the house's style holds while this is iterated. Raises ResultsError like `draw`.
    """
    import matplotlib

    matplotlib.use("Agg")
    from . import (absorbing_sets, alignment, edge_diagram, error_in_time, fall_rates, final_rank, greedy_distance, halving,
                   hyperbola, jump_probability, lock_in, nuclear_norm, observation_graph, phase_diagram, rank_exponent, spectra,
                   stable_rank, style, survival, trajectories, unobserved_error, velocities, warm_and_cold)
    from .run import load

    kinds = (halving, jump_probability, survival, fall_rates, edge_diagram, final_rank, spectra, trajectories, velocities, alignment,
             unobserved_error, error_in_time, greedy_distance, warm_and_cold, stable_rank, nuclear_norm, hyperbola,
             rank_exponent, lock_in, observation_graph, phase_diagram, absorbing_sets)
    run = load(directory)
    with run.results, matplotlib.rc_context(style.settings):
        for kind in kinds:
            if not kind.applies(run):
                continue
            name = kind.__name__.rsplit(".", 1)[-1]
            pages = ({f"{name}_{page}": figure for page, figure in kind.pages(run).items()} if hasattr(kind, "pages")
                     else {name: kind.draw(run)})
            yield from pages.items()
