"""First-passage times of rank falls, and their survival curves. The definitions are those of `rankfall summary`."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import xarray as xr

from .experiment import Experiment


@dataclass(frozen=True)
class SurvivalCurve:
    """P(T > t), constant from each event time to the next. All arrays have one entry per distinct event time."""

    time: np.ndarray       # ascending, in steps since the last phase began
    at_risk: np.ndarray    # replicas still followed just before it
    events: np.ndarray
    survival: np.ndarray   # just after it
    low: np.ndarray        # pointwise interval
    high: np.ndarray
    replicas: int
    followed_until: np.ndarray  # (replicas,) when each had its event or was censored, ascending

    @property
    def last_time(self) -> float:
        return float(self.followed_until[-1]) if self.replicas else 0.0

    @property
    def median(self) -> float:
        """The first time with P(T > t) <= 1/2; NaN if there is none."""
        reached = np.flatnonzero(self.survival <= 0.5 * (1 + 1e-12))  # not to miss 1/2 by rounding
        return float(self.time[reached[0]]) if reached.size else float("nan")

    def followed_at(self, time: float) -> int:
        """How many replicas are at risk at `time`."""
        return int(np.count_nonzero(self.followed_until >= time))


def first_passages(results: xr.Dataset) -> xr.Dataset:
    """When each replica's rank first fell below its value at the start of the last phase.

    `results` is what rankfall.open returns. The answer has, on (axes..., replica): `can_fall` (bool): the last phase
    began at a rank above 0, and above the rank_at_most of its stop rule if it has one; `observed` (bool): a probe found
    it below; `time` (steps since that phase began): of that probe, or of the last step where there was none, NaN where
    it could not fall. Divergence censors. So does the horizon, also where the quench there labels a replica lower: it
    counts as a jump in the summary, but when it will fall is not known.
    """
    experiment = Experiment(results)
    cell = results["cell"]
    dimensions = (*cell.dims, "replica")
    shape = (cell.size, results.sizes["replica"])
    start_rank, outcome, start_step, steps = (
        results[name].values.reshape(shape) for name in ("start_rank", "outcome", "start_step", "steps"))
    lowest = np.array([experiment.lowest_start_rank(position) for position in experiment.positions()])
    can_fall = (start_rank > lowest[:, None]) & (outcome >= 0)
    fell_at = _first_falls(results, start_rank, len(experiment.phase_names) - 1)
    by_event = np.isfinite(fell_at)
    time = np.where(by_event, fell_at, steps) - start_step
    whole = results["loss"].shape
    return xr.Dataset(
        {
            "can_fall": (dimensions, can_fall.reshape(whole)),
            "observed": (dimensions, (can_fall & by_event).reshape(whole)),
            "time": (dimensions, np.where(can_fall, time, np.nan).reshape(whole), {"units": "steps"}),
        },
        coords={name: results[name] for name in results.coords if set(results[name].dims) <= set(dimensions)},
    )


def _first_falls(results: xr.Dataset, start_rank: np.ndarray, last_phase: int) -> np.ndarray:
    """(cells, replicas): step of the whole run at the first event below start_rank, or infinity."""
    place_of_cell = np.argsort(results["cell"].values.ravel())
    cell = place_of_cell[results["event_cell"].values]
    replica = results["event_replica"].values.astype(np.int64)
    rank = results["event_rank_after"].values
    falls = (results["event_phase"].values == last_phase) & (rank >= 0) & (rank < start_rank[cell, replica])
    fell_at = np.full(start_rank.shape, np.inf)
    np.minimum.at(fell_at, (cell[falls], replica[falls]), results["event_step_after"].values[falls])
    return fell_at


def kaplan_meier(time: np.ndarray, observed: np.ndarray, confidence: float = 0.95) -> SurvivalCurve:
    """Kaplan & Meier (1958) estimate of P(T > t), with Greenwood's variance on the log(-log) scale.

    `time` (replicas,) of the event or of censoring, finite; `observed` (replicas,) bool. Replicas censored at the time
    of an event count as at risk at it. Where the curve falls to 0 the variance does not exist; the interval is then the
    exact binomial bound for none of the replicas at risk just after the last censoring, and never above the last one.
    """
    time = np.asarray(time, dtype=float)
    observed = np.asarray(observed, dtype=bool)
    if time.shape != observed.shape or time.ndim != 1 or not np.isfinite(time).all():
        raise ValueError("kaplan_meier needs two equally long lists: finite times, and whether each was observed")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"the confidence is {confidence}; it must lie between 0 and 1")
    ordered = np.sort(time)
    at, events = np.unique(time[observed], return_counts=True)
    at_risk = time.size - np.searchsorted(ordered, at, side="left")
    survival = np.cumprod(1.0 - events / at_risk)
    left = at_risk - events
    terms = np.divide(events, at_risk * left, out=np.zeros(at.size), where=left > 0)
    low, high = _greenwood(survival, np.cumsum(terms), confidence)
    if at.size and survival[-1] == 0.0:
        censored = time[~observed]
        block = np.count_nonzero(time > censored.max()) if censored.size else time.size
        low[-1] = 0.0
        high[-1] = min(1.0 - ((1.0 - confidence) / 2.0) ** (1.0 / block), high[-2] if at.size > 1 else 1.0)
    return SurvivalCurve(at, at_risk, events, survival, low, high, int(time.size), ordered)


def _greenwood(survival: np.ndarray, variance_of_log: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    positive = survival > 0.0
    log_survival = np.log(np.where(positive, survival, 0.5))
    factor = np.exp(z * np.sqrt(variance_of_log) / -log_survival)
    low, high = np.exp(log_survival * factor), np.exp(log_survival / factor)
    return np.where(positive, low, 0.0), np.where(positive, high, 0.0)
