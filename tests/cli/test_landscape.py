"""Automatic thresholds: what plan, run, summary and diagnose say of them."""
import csv
import pathlib

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "rank_jumps_edges.toml"
QUICK = ["--set", "replicas=20", "--set", "phase.noise.steps=1000", "--set", "phase.settle.learning_rate=0.1",
         "--set", "phase.settle.stop.gradient_norm=1e-3", "--set", "sweep.\"objective.ridge\"=[0.03,0.04]",
         "--set", "sweep.\"phase.noise.learning_rate\"=[0.1]"]


def test_the_threshold_is_told_before_and_after(rankfall):
    told = rankfall.completes("plan", EXAMPLE, *QUICK, "--threads", "1").stdout
    assert "0.0041" in told and "0.02083" in told and "0.0622" in told  # threshold, saddle, lambda_c
    done = rankfall.completes("run", EXAMPLE, *QUICK, "--out", "out", "--no-figures", "--threads", "2")
    assert "0.02083" in done.stdout and "Keller 1977" in done.stdout
    rows = list(csv.DictReader((rankfall.directory / "out" / "summary.csv").open()))
    assert [float(row["rank_threshold"]) for row in rows] == [0.0041, 0.01]
    assert all(abs(float(row["lambda_c"]) - 0.0621955574) < 1e-9 for row in rows)
    assert rankfall.completes("summary", "out").stdout in done.stdout
    assert "Rank thresholds beside" in rankfall("diagnose", "out").stdout
    traced = rankfall.completes("replay", "out", "--replica", "1:3", "--every", "100", "--out", "trace.nc")
    assert "bit for bit" in traced.stdout


def test_a_control_without_a_saddle_is_said_aloud(rankfall):
    rankfall.experiment.write_text(EXAMPLE.read_text().replace("require = { settled_rank = 2 }\n", ""))
    done = rankfall.completes("run", "small.toml", *QUICK, "--set", "model.depth=2", "--out", "out", "--no-figures")
    assert "below depth 3" in done.stderr and "0.004 times the target's largest" in done.stderr
