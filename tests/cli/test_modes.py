"""Modes and plateaus through the verbs that meet them."""
import csv

import xarray as xr

EXPERIMENT = """\
name = "modes"
replicas = 2
[problem]
target = [[2, 0], [0, 1]]
[model]
depth = 3
[initialization]
kind = "identity"
scale = 0.01
[objective]
loss = "half-sum-squared"
[[phase]]
optimizer = "gradient-flow"
time = 120
[probe]
times = { linspace = [0, 120, 121] }
trajectory = true
alignment = true
velocities = true
plateau = { relative = 0.1 }
"""


def ran(rankfall, *more):
    rankfall.experiment.write_text(EXPERIMENT)
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures", *more)
    assert told.returncode == 0, told.stderr
    return told


def test_what_is_kept_and_told(rankfall):
    told = ran(rankfall)
    assert "Plateaus: the gradient norm is at most 0.1 of its peaks before and behind" in told.stdout
    assert "A plateau is a stretch between two peaks of the gradient norm" in told.stdout
    with open(rankfall.directory / "out/summary.csv") as file:
        row = next(csv.DictReader(file))
    assert row["plateaus_per_replica"] == "2" and row["p_plateau_rank_1_events"] == "2"
    assert 45 < float(row["plateau_time_rank_0_mean"]) < 50 and row["plateau_steps_rank_0_mean"] == ""
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        law, moved = results["trajectory_mode_velocity_balanced"], results["trajectory_mode_velocity"]
        assert moved.dims == ("replica", "probe", "singular_value")
        assert float(abs(law - moved).max()) < 1e-12  # equal factors are balanced
        assert float(results["alignment_left"].min()) > 1 - 1e-9
        assert results["plateau_rank"].values.tolist() == [0, 1, 0, 1]
        assert results["plateau_replica"].values.tolist() == [0, 0, 1, 1]
    assert rankfall("summary", "out").stdout in told.stdout


def test_replay_gives_the_same(rankfall):
    ran(rankfall)
    told = rankfall("replay", "out", "--replica", "0:1", "--out", "trace.nc")
    assert "ends as in the run, bit for bit" in told.stdout, told.stderr


def test_a_changed_definition_is_another_experiment(rankfall):
    ran(rankfall)
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures", "--set", "probe.plateau.relative=0.2")
    assert told.returncode == 1 and "differs in probe.plateau.relative (0.1 there, 0.2 here)" in told.stderr
