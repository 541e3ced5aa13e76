"""Warm starts beside cold ones: what is drawn are the numbers of the replicas and of summary.csv."""

import numpy as np
import pytest
import xarray as xr

from rankfall.figures import final_rank, unobserved_error, warm_and_cold
from rankfall.figures.run import Run

LENGTHS = [0, 10, 100, 1000]


def paired_run(observed=False):
    """Two kinds of starts, four lengths of pre-training, two starts, three replicas each; errors cell + replica, warm ten times."""
    shape = (2, 4, 2, 3)
    over = ("kind", "steps", "start", "replica")
    cell = np.arange(16).reshape(shape[:3])
    errors = np.where(np.arange(2) == 0, 10.0, 1.0)[None, None, :, None] * (1.0 + cell[..., None] + np.arange(3))
    text = "\n".join(['name = "pairs"', "[problem]", "rows = 2", "[[phase]]", 'name = "pre"', "steps = 10", 'optimizer = "gd"',
                      "[[phase]]", "steps = 10", 'optimizer = "gd"', "[compare]", "cold_start = true"])
    results = xr.Dataset(
        {"replicas_done": (over[:3], np.full(shape[:3], 3)), "rank": (over, np.ones(shape, dtype=int)),
         "unobserved_error": (over, errors * np.nan if observed else errors), "effective_rank": (over, 2.0 + 0.0 * errors),
         "singular_values": ((*over, "singular_value"), np.ones((*shape, 2)))},
        {"cell": (over[:3], cell), "kind": ("kind", ["gaussian", "identity"], {"long_name": "initialization.kind"}),
         "steps": ("steps", LENGTHS, {"long_name": "phase.pre.steps"}),
         "start": ("start", ["warm", "cold"], {"long_name": "compare.cold_start"})}, {"experiment": text})
    rows = {}
    for number in range(16):
        row = {"cell": number, "n": 3, "n_diverged": 0, "p_rank_1": 0.5, "p_rank_1_low": 0.1, "p_rank_1_high": 0.9,
               "p_rank_1_events": 1, "p_rank_1_trials": 3, "pairs": np.nan if number % 2 else 3.0}
        for name, value in (("rank_0", 0.0), ("rank_1", -0.1 * number), ("unobserved_error", np.nan if observed else 2.0 * number),
                            ("effective_rank", 0.5)):
            parts = (value, value - 1.0, value + 1.0)
            row |= {f"paired_{name}_difference{end}": np.nan if number % 2 else part
                    for end, part in zip(("", "_low", "_high"), parts)}
        row |= {"paired_rank_0_warm": 0.0, "paired_rank_0_cold": 0.0, "paired_rank_1_warm": 1.0, "paired_rank_1_cold": 2.0}
        rows[number] = row
    return Run(results, rows)


def points(ax, label):
    return [line.get_ydata().tolist() for line in ax.lines if line.get_label() == label]


def test_values_and_differences_are_those_of_their_cells():
    run = paired_run()
    assert warm_and_cold.applies(run)
    errors, shares, error_differences, share_differences = warm_and_cold.draw(run).axes
    # the middle replica of cells 0, 2, 4, 6 (the first kind) and 8, 10, .. (the second) is warm, that of the odd cells cold
    assert points(errors, "warm") == [[10.0 * (2 + c) for c in (0, 2, 4, 6)], [10.0 * (2 + c) for c in (8, 10, 12, 14)]]
    assert points(errors, "cold") == [[2.0 + c for c in (1, 3, 5, 7)], [2.0 + c for c in (9, 11, 13, 15)]]
    assert points(shares, "warm") == [[0.5] * 4] * 2
    assert points(error_differences, "warm") == [[0.0, 4.0, 8.0, 12.0], [16.0, 20.0, 24.0, 28.0]]
    assert points(share_differences, "warm")[1] == pytest.approx([-0.8, -1.0, -1.2, -1.4])
    bars = error_differences.collections[0].get_segments()
    assert [(bar[0][1], bar[-1][1]) for bar in bars] == [(-1.0, 1.0), (3.0, 5.0), (7.0, 9.0), (11.0, 13.0)]
    assert error_differences.get_ylim()[0] < -1.0 and error_differences.get_ylim()[1] > 29.0
    assert shares.get_ylabel() == "P(rank = 1)" and errors.get_xscale() == "symlog"


def test_where_all_is_observed_the_effective_rank_is_drawn():
    run = paired_run(observed=True)
    assert warm_and_cold.draw(run).axes[0].get_ylabel() == "effective rank"


def test_a_single_pair_is_drawn_too():
    run = paired_run()
    few = {number: run.rows[number] for number in (0, 1)}
    lone = Run(run.results.isel(kind=[0], steps=[0]), few)
    axes = warm_and_cold.draw(lone).axes
    assert points(axes[0], "warm") == [[20.0]] and points(axes[0], "cold") == [[3.0]]


def test_other_figures_have_the_starts_as_any_axis():
    run = paired_run()
    assert [ax.get_title("left") for ax in unobserved_error.draw(run).axes][:2] == [
        "initialization = gaussian, start = warm", "initialization = gaussian, start = cold"]
    assert final_rank.draw(run).axes


def test_runs_without_pairs_have_no_such_figure(loaded):
    assert not warm_and_cold.applies(loaded["rates"])
