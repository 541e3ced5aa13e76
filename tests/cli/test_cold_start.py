"""Warm starts beside cold ones, through every verb that meets them."""
import csv

import pytest
import xarray as xr

PLASTIC = """\
name = "plastic"
replicas = 30
[problem]
rows = 3
observed = "diagonal"
[model]
depth = 2
[initialization]
scale = 0.3
[[phase]]
name = "pre"
learning_rate = 0.05
steps = 400
[[phase]]
name = "last"
learning_rate = 0.05
steps = 300
observed = "chain"
[probe]
every = 100
classify_at_end = "numerical"
[compare]
cold_start = true
[sweep]
"phase.pre.steps" = [0, 400]
"""


def test_pairs_are_told_stored_and_drawn(rankfall):
    told = rankfall.begins(PLASTIC)
    assert told.returncode == 0, told.stderr
    assert "Warm beside cold start" in told.stdout and "exact McNemar" in told.stdout
    assert "60 pairs of which neither diverged" in told.stdout
    with open(rankfall.directory / "out/summary.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["start"] for row in rows] == ["warm", "cold"] * 2
    assert [row["pairs"] for row in rows] == ["30", "", "30", ""]
    same, moved = rows[0], rows[2]
    assert float(same["paired_loss_difference"]) == 0.0 and same["paired_rank_1_warm_only"] == "0"
    assert float(same["paired_rank_1_difference_high"]) > 0.0  # no discordant pair, and yet an interval
    low, high = (float(moved[f"paired_unobserved_error_difference_{end}"]) for end in ("low", "high"))
    assert low <= float(moved["paired_unobserved_error_difference"]) <= high and low < high
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert results["loss"].dims == ("phase.pre.steps", "start", "replica")
        assert results["start"].values.tolist() == ["warm", "cold"]
        error = results["unobserved_error"]
        assert float((error.sel(start="warm") - error.sel(start="cold")).isel({"phase.pre.steps": 1}).median()) == pytest.approx(
            float(moved["paired_unobserved_error_difference"]))
    assert told.stdout.startswith(rankfall.completes("summary", "out").stdout)


def test_replay_shards_and_plan(rankfall):
    rankfall.replays_and_merges_to_the_same(PLASTIC)
    cold = rankfall.completes("replay", "out", "--replica", "3:7", "--out", "cold.nc")
    assert "start=cold" in cold.stdout and "bit for bit" in cold.stdout
    plan = rankfall.completes("plan", "small.toml").stdout
    assert "start=warm" in plan and "at most 4.8e+04 replica-steps" in plan  # 30 x (300 + 300 + 700 + 300)
    told = rankfall("diagnose", "out", "--json", "problems.json")
    assert told.returncode in (0, 4), told.stderr


def test_refusal_is_one_line(rankfall):
    rankfall.experiment.write_text(PLASTIC.replace("steps = 300", "steps = 0").replace("[0, 400]", "[400]"))
    told = rankfall("validate", "small.toml")
    assert told.returncode == 1 and told.stderr.count("\n") == 1
    assert "phase.last, the last, has no length at grid point phase.pre.steps=400" in told.stderr
