"""A gradient flow through every verb that meets it."""
import csv

FLOW = """\
name = "flow"
replicas = 24
[problem]
rows = 3
rank = 1
observed_count = 6
[model]
depth = 3
[initialization]
scale = 0.2
[[phase]]
name = "flow"
optimizer = "gradient-flow"
time = 1e3
stop = { gradient_norm = 1e-6 }
[probe]
every = 50
times = { logspace = [0.1, 1e3, 9] }
"""


def test_run_says_how_it_was_integrated(rankfall):
    told = rankfall.begins(FLOW)
    assert told.returncode == 0, told.stderr
    assert "float64 precision" in told.stdout
    assert "pair 5(4) of Dormand and Prince" in told.stdout
    assert "a time of 1000 of gradient flow" in told.stdout and "and at 9 times of the flow" in told.stdout
    with open(rankfall.directory / "out/summary.csv") as file:
        row = next(csv.DictReader(file))
    assert 0 < float(row["median_time"]) <= 1000 and int(row["p_blow_up_trials"]) == 24
    assert int(row["p_stalled_events"]) == 0


def test_plan_and_status(rankfall):
    rankfall.experiment.write_text(FLOW)
    told = rankfall("plan", "small.toml")
    assert told.returncode == 0, told.stderr
    assert "steps:   about" in told.stdout
    assert rankfall.begins(FLOW).returncode == 0
    assert "24 of 24 replicas" in rankfall("status", "out").stdout


def test_replay_and_shards_have_the_same_numbers(rankfall):
    rankfall.replays_and_merges_to_the_same(FLOW)


def test_diagnose_finds_a_flow_that_stalled(rankfall):
    assert rankfall.begins(FLOW, "--set", "phase.flow.maximum_steps=20").returncode == 0
    with open(rankfall.directory / "out/summary.csv") as file:
        assert int(next(csv.DictReader(file))["p_stalled_events"]) > 0
    told = rankfall("diagnose", "out")
    assert told.returncode == 4
    assert "Gradient flows that stalled" in told.stdout and "Raise phase.flow.maximum_steps" in told.stdout


def test_diagnose_says_that_time_ran_out(rankfall):
    assert rankfall.begins(FLOW, "--set", "phase.flow.time=1", "--set", "probe.times=[0.5]").returncode == 0
    told = rankfall("diagnose", "out").stdout
    assert "These ran out of time" in told and "Raise phase.flow.time" in told and "float64" not in told


def test_float32_is_refused_in_one_line(rankfall):
    told = rankfall.begins(FLOW, "--set", "precision=float32")
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1 and "too coarse for a gradient flow" in told.stderr
