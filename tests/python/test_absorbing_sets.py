"""Figures of absorbing sets: what is drawn are the numbers."""

import numpy as np
import xarray as xr

from rankfall.figures import absorbing_sets
from rankfall.figures.run import Run
from synthetic import flow_run
from test_layout import check_texts

TEXT = """name = "sets"
[problem]
target = [[3.0, 0.0], [0.0, 2.0]]
[[phase]]
name = "settle"
steps = 10
[[phase]]
name = "noise"
optimizer = "sgd"
steps = 20
[probe]
monitor = { singular_value = 0.25 }
"""


def sets_run():
    """Two depths, four replicas: at depth 2 all leave B_1, at depth 3 none does; nobody comes into B_0."""
    steps = np.broadcast_to([0.0, 10.0, 10.0, 20.0, 30.0], (2, 4, 5)).copy()
    phases = np.broadcast_to([0, 0, 1, 1, 1], (2, 4, 5))
    values = np.full((2, 4, 5, 2), 1.0)
    values[0, ..., 1] = [9.0, 9.0, 1e-3, 1e-2, 1.0]
    values[1, ..., 1] = [9.0, 9.0, 1e-3, 1e-4, 1e-5]
    over = ("depth", "replica", "probe")
    results = xr.Dataset(
        {"replicas_done": ("depth", [4, 4]), "start_step": (over[:2], np.full((2, 4), 10)), "trajectory_step": (over, steps),
         "trajectory_phase": (over, phases), "trajectory_layer_value_largest": ((*over, "singular_value"), values)},
        {"cell": ("depth", [0, 1]), "depth": ("depth", [2, 3], {"long_name": "model.depth"})}, {"experiment": TEXT})
    empty = {"absorbing_0_replicas": 0.0, "absorbing_0_steps": 0.0}
    rows = {0: {"cell": 0, "n": 4, "absorbing_1_replicas": 4.0, "absorbing_1_steps": 80.0, "absorbing_1_exits": 4.0,
                "absorbing_1_exit_rate": 0.05, "absorbing_1_exit_rate_low": 0.0136, "absorbing_1_exit_rate_high": 0.128,
                "absorbing_1_exit_rate_bound": 0.114} | empty,
            1: {"cell": 1, "n": 4, "absorbing_1_replicas": 4.0, "absorbing_1_steps": 80.0, "absorbing_1_exits": 0.0,
                "absorbing_1_exit_rate": 0.0, "absorbing_1_exit_rate_low": 0.0, "absorbing_1_exit_rate_high": 0.0461,
                "absorbing_1_exit_rate_bound": 0.0374} | empty}
    return Run(results, rows)


def test_sets_that_nobody_came_into_are_left_out():
    run = sets_run()
    assert absorbing_sets.applies(run) and not absorbing_sets.applies(flow_run())
    assert absorbing_sets.main_set(run) == 1
    assert list(absorbing_sets.pages(run)) == ["exits", "modes"]


def test_rates_stand_with_intervals_and_none_at_its_bound():
    (ax,) = absorbing_sets.draw_exits(sets_run()).axes
    points = {line.get_ydata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_linestyle() == "None"}
    assert set(points) == {0.05, 0.0374}
    assert points[0.0374] == "white"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["$B_{1}$"]


def test_modes_are_medians_since_the_last_phase_began():
    (ax,) = absorbing_sets.draw_modes(sets_run()).axes
    lines = [line.get_xydata() for line in ax.lines if line.get_label() == "median"]
    assert np.allclose(lines[0], [[0, 1e-3], [10, 1e-2], [20, 1.0]])
    assert np.allclose(lines[1], [[0, 1e-3], [10, 1e-4], [20, 1e-5]])
    assert any(np.allclose(line.get_ydata(), 0.25) for line in ax.lines)


def test_texts_do_not_cover_one_another():
    for figure in absorbing_sets.pages(sets_run()).values():
        check_texts(figure)
