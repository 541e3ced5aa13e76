"""Monitored factors and absorbing sets, through the verbs that meet them."""
import csv
import json

import xarray as xr

EXPERIMENT = """\
name = "absorption"
seed = 3
precision = "float64"
replicas = 24
[problem]
target = [[2, 0, 1], [0, 1, 0], [1, 0, 2]]
observed = [[0, 0], [0, 2], [1, 1], [2, 0]]
[model]
depth = 3
[initialization]
scale = 0.6
[objective]
ridge = 0.02
[[phase]]
name = "settle"
learning_rate = 0.05
steps = 300
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.1
steps = 2000
[probe]
every = 100
trajectory = true
rank_tolerance = { absolute = 0.05 }
classify_at_end = "numerical"
monitor = true
"""


def test_sets_are_told_and_stored(rankfall):
    told = rankfall.begins(EXPERIMENT)
    assert told.returncode == 0, told.stderr
    assert "Absorbing sets B_r" in told.stdout and "exits of replica-steps" in told.stdout
    with open(rankfall.directory / "out/summary.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert results["absorbing_steps"].dims == ("replica", "singular_value")
        for r in range(3):
            mine = {name: results[f"absorbing_{name}"].values[:, r] for name in ("entries", "exits", "steps")}
            assert float(row[f"absorbing_{r}_steps"]) == mine["steps"].sum()
            assert float(row[f"absorbing_{r}_inside"]) == (mine["entries"] - mine["exits"]).sum()
            if mine["steps"].sum() > 0 and mine["exits"].sum() == 0:
                assert abs(float(row[f"absorbing_{r}_exit_rate_bound"]) * mine["steps"].sum() - 2.9957) < 1e-3
        assert float(row["absorbing_2_steps"]) > 0  # or nothing was tested
        assert results["trajectory_layer_value_largest"].dims == ("replica", "probe", "singular_value")
        assert (results["layer_rank"] >= 0).all()
        assert float(row["largest_residual"]) == results["residual_maximum"].max()
        assert results["event_error_before"].dims == ("event",)


def test_replays_and_shards_have_the_same_numbers(rankfall):
    rankfall.replays_and_merges_to_the_same(EXPERIMENT)


def test_diagnosis_counts_falls_along_trajectories(rankfall):
    assert rankfall.begins(EXPERIMENT).returncode == 0
    told = rankfall("diagnose", "out", "--json", "d.json")
    (falls,) = json.loads((rankfall.directory / "d.json").read_text())["falls"]
    assert [round(each["factor"], 3) for each in falls["at"]] == [0.1, 0.333, 1.0, 3.0, 10.0]
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        last = results["trajectory_phase"].values == 1
        ranks = (results["trajectory_singular_values"].values > 0.05).sum(axis=-1)
        fell = sum(bool((ranks[r][last[r]] < ranks[r][last[r]][0]).any()) for r in range(24) if results["start_rank"].values[r] > 0)
    assert falls["at"][2]["fallen"] == fell
    assert "Falls at other rank tolerances" in told.stdout
