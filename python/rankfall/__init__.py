"""Results of rankfall runs: opened as xarray, their estimates, their figures.

    import rankfall
    results = rankfall.open("runs/demo")              # xarray.Dataset with labelled axes
    results["rank"].sel(learning_rate=0.07, ridge=0.03)
    rankfall.summary("runs/demo")                     # one dict per cell: probabilities with intervals
    times = rankfall.first_passages(results)          # when each replica first fell in rank

`python3 -m rankfall.figures DIR` draws the figures of a run (module rankfall.figures).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import ResultsError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from .reading import SummaryRow
    from .survival import SurvivalCurve

__all__ = ["ResultsError", "first_passages", "kaplan_meier", "open", "summary"]

# The imports below are inside the functions so that a missing package is one line, wherever it is first needed.


def open(directory: str | os.PathLike[str]) -> xr.Dataset:
    """Opens DIR/results.nc. Data are read when they are used; close it, or use it in a `with` statement.

    Dimensions: one per sweep axis (named by the last part of its key, e.g. `learning_rate`), then `replica` (index of
    the training run within its cell), `singular_value` (from the largest, counted from 1), `factor` (l of W_l, counted
    from 1), `event` (changes of rank, in order of cell and replica) and, where trajectories were kept, `probe`.

    Variables on (axes..., replica): `loss`, `objective`, `unobserved_error` (root-mean-square of W - T over unobserved
    entries), `error` (over all), `effective_rank`, `stable_rank`, `nuclear_norm`, `representation_cost`,
    `balancedness`, `gradient_norm`, `rank`, `numerical_rank`, `start_rank`, `tries`, `outcome` (see its
    flag_meanings), all dimensionless (the units of
    the target's entries are the user's), and `steps` and `start_step` in optimizer steps. `singular_values` has one
    more dimension, `singular_value`, and `factor_norm` has `factor`. On `event`: `event_cell`, `event_replica`,
    `event_phase`, `event_rank_before`, `event_rank_after`, and in steps of the whole run `event_step_before` and
    `event_step_after`. `trajectory_*` are on (axes..., replica, probe), `graph_*` (what observed entries join) on (axes..., phase),
    `observed_mask` on (mask, row, column). The attribute `experiment` is the experiment
    file. Missing numbers, such as those of diverged replicas, are NaN; write ds["rank"], for ds.rank is a method.

    Raises ResultsError if there is no readable results.nc of a finished run in `directory`.
    """
    from .reading import open_results

    return open_results(directory)


def summary(directory: str | os.PathLike[str]) -> list[SummaryRow]:
    """The rows of DIR/summary.csv, one dict per cell: swept values, counts, probabilities with their intervals.

    Counts (`cell`, `n`, `n_diverged`, `*_events`, `*_trials`, `first_passage_censored`) are int, swept text is str, all
    else float: probabilities in [0, 1], times in steps since the last phase began; NaN where there is no value.
    Raises ResultsError if the file is absent or is not such a table.
    """
    from .reading import read_summary

    return read_summary(directory)


def first_passages(results: xr.Dataset) -> xr.Dataset:
    """When each replica's rank first fell below its value at the start of the last phase.

    See rankfall.survival.first_passages: `can_fall`, `observed` and `time` (steps) on (axes..., replica).
    """
    from . import survival

    return survival.first_passages(results)


def kaplan_meier(time: np.ndarray, observed: np.ndarray, confidence: float = 0.95) -> SurvivalCurve:
    """The survival curve P(T > t) of times under censoring; see rankfall.survival.kaplan_meier."""
    from . import survival

    return survival.kaplan_meier(time, observed, confidence)
