"""A run in double-double through the verbs that meet it."""
import csv
import json

AFFINE = """\
name = "small-ratio"
precision = "double-double"
replicas = 1
[problem]
target = [[1, 0], [0, 1]]
observed = "diagonal"
[model]
depth = 3
[initialization]
kind = "affine"
scale = 1e-6
mixing = 0.5
[objective]
loss = "half-sum-squared"
[[phase]]
optimizer = "gradient-flow"
time = 1e11
relative_tolerance = 1e-12
maximum_steps = 20000
stop = { loss = 1e-26 }
[probe]
every = 50
rank_tolerance = { absolute = 1e-28 }
"""


def begun(rankfall, *more, out="out"):
    rankfall.experiment.write_text(AFFINE)
    told = rankfall("run", "small.toml", "--out", out, "--no-figures", *more)
    assert told.returncode == 0, told.stderr
    return told


def ratio_off(rankfall, out):
    with open(rankfall.directory / out / "summary.csv") as file:
        return abs(float(next(csv.DictReader(file))["law_affine_limit_difference"]))


def test_finds_a_ratio_that_float64_does_not(rankfall):
    told = begun(rankfall)
    assert "in double-double precision" in told.stdout
    assert ratio_off(rankfall, "out") < 1e-10
    assert json.loads((rankfall.directory / "out/run.json").read_text())["precision"] == "double-double"
    begun(rankfall, "--set", "precision=float64", out="plain")
    assert ratio_off(rankfall, "plain") > 0.1


def test_plan_validate_and_replay(rankfall):
    begun(rankfall)
    planned = rankfall("plan", "small.toml")
    assert planned.returncode == 0 and "measured now on one core" in planned.stdout, planned.stderr
    assert rankfall("validate", "small.toml").returncode == 0
    replayed = rankfall("replay", "out", "--replica", "0:0", "--every", "10", "--out", "trace.nc")
    assert replayed.returncode == 0, replayed.stderr


def test_tolerance_beneath_float64_names_double_double(rankfall):
    rankfall.experiment.write_text(AFFINE)
    told = rankfall("validate", "small.toml", "--set", "precision=float64", "--set", "phase.phase1.relative_tolerance=1e-20")
    assert told.returncode == 1 and "double-double" in told.stderr
    assert rankfall("validate", "small.toml", "--set", "phase.phase1.relative_tolerance=1e-20").returncode == 0
