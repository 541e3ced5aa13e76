"""Survival curves against published tables, and first passages against replicas written out by hand."""

import math

import numpy as np
import pytest
import xarray as xr

import rankfall
from conftest import RECIPES

# Remission times in weeks under 6-MP (Freireich et al. 1963; Gehan 1965), the textbook case of the method.
REMISSIONS = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0),
              (19, 0), (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]
# time, at risk, survival, and its 95 % log(-log) interval as statistical packages print them
PUBLISHED = [(6, 21, 0.8571, 0.6197, 0.9516), (7, 17, 0.8067, 0.5631, 0.9228), (10, 15, 0.7529, 0.5032, 0.8894),
             (13, 12, 0.6902, 0.4316, 0.8491), (16, 11, 0.6275, 0.3675, 0.8049), (22, 7, 0.5378, 0.2678, 0.7468),
             (23, 6, 0.4482, 0.1881, 0.6801)]


def test_curve_equals_the_published_table():
    time, observed = np.array(REMISSIONS).T
    curve = rankfall.kaplan_meier(time, observed == 1)
    table = np.array(PUBLISHED)
    assert np.array_equal(curve.time, table[:, 0])
    assert np.array_equal(curve.at_risk, table[:, 1])
    for column, values in zip(table.T[2:], (curve.survival, curve.low, curve.high)):
        assert np.abs(values - column).max() < 5.1e-5
    assert curve.median == 23
    assert curve.last_time == 35
    assert [curve.followed_at(weeks) for weeks in (0, 6, 7, 35, 36)] == [21, 21, 17, 1, 0]


def test_without_censoring_the_curve_is_the_share_that_is_left():
    curve = rankfall.kaplan_meier(np.array([1, 2, 2, 5]), np.ones(4, dtype=bool))
    assert np.allclose(curve.survival, [0.75, 0.25, 0.0])
    assert curve.median == 2
    # nobody of 4 is left: 1 - 0.025^(1/4), the exact bound for none of 4, unless the interval was lower already
    assert curve.low[-1] == 0.0
    assert curve.high[-1] == pytest.approx(min(1 - 0.025 ** 0.25, curve.high[-2]))


def test_nobody_falls():
    curve = rankfall.kaplan_meier(np.array([5.0, 7.0]), np.zeros(2, dtype=bool))
    assert curve.time.size == 0 and math.isnan(curve.median) and curve.last_time == 7


@pytest.mark.parametrize("time, observed, confidence", [
    ([1.0, np.nan], [True, True], 0.95), ([1.0], [True, False], 0.95), ([1.0], [True], 1.0)])
def test_what_is_no_list_of_times_is_refused(time, observed, confidence):
    with pytest.raises(ValueError):
        rankfall.kaplan_meier(np.array(time), np.array(observed), confidence)


def by_hand(start_rank, rank, outcome, steps, events, experiment):
    """A run of one cell; events are (replica, phase, step_after, rank_before, rank_after)."""
    over = "replica"
    columns = np.array(events, dtype=int).reshape(-1, 5).T
    names = ("replica", "phase", "step_after", "rank_before", "rank_after")
    variables = {f"event_{name}": ("event", column) for name, column in zip(names, columns)}
    variables["event_cell"] = ("event", np.zeros(columns.shape[1], dtype=int))
    variables |= {"start_rank": (over, start_rank), "rank": (over, rank), "outcome": (over, outcome),
                  "steps": (over, steps), "start_step": (over, [100] * len(steps)), "loss": (over, [0.0] * len(steps))}
    return xr.Dataset(variables, {"cell": 0}, {"experiment": experiment})


def test_first_passages_of_replicas_written_out():
    experiment = """
[[phase]]
optimizer = "gd"
steps = 100
[[phase]]
name = "noise"
optimizer = "sgd"
steps = 900
stop = { rank_at_most = 1 }
"""
    results = by_hand(
        #           falls   label  stays  diverged fell-then-diverged low  early  dips-back  never-began
        start_rank=[3,      3,     3,     3,       3,                 1,   3,     3,         np.nan],
        rank=      [1,      2,     3,     np.nan,  np.nan,            0,   3,     3,         np.nan],
        outcome=   [3,      1,     1,     2,       2,                 1,   1,     1,         2],
        steps=     [400,    1000,  1000,  300,     500,               1000, 1000, 1000,      60],
        events=[(0, 1, 250, 3, 2), (0, 1, 400, 2, 1),
                (4, 1, 200, 3, 2),
                (5, 1, 300, 1, 0),
                (6, 0, 50, 4, 3),
                (7, 1, 500, 3, 4), (7, 1, 600, 4, 3)],
        experiment=experiment)
    passages = rankfall.first_passages(results)
    assert passages["can_fall"].values.tolist() == [True, True, True, True, True, False, True, True, False]
    assert passages["observed"].values.tolist() == [True, False, False, False, True, False, False, False, False]
    expected = [150, 900, 900, 200, 100, np.nan, 900, 900, np.nan]
    assert np.array_equal(passages["time"].values, expected, equal_nan=True)


@pytest.mark.parametrize("name", ["one", "grid", "cube", "diverging"])
def test_first_passages_agree_with_the_summary(directories, name):
    results = rankfall.open(directories[name])
    passages = rankfall.first_passages(results)
    for row in rankfall.summary(directories[name]):
        here = passages.where(results["cell"] == row["cell"], drop=True).squeeze()
        assert int(here["observed"].sum()) == RECIPES[name].jumps[row["cell"]]
        assert int(here["can_fall"].sum() - here["observed"].sum()) == row["first_passage_censored"]
        curve = rankfall.kaplan_meier(here["time"].values, here["observed"].values.astype(bool))
        assert (math.isnan(curve.median) and math.isnan(row["first_passage_median"])
                or curve.median == row["first_passage_median"])
