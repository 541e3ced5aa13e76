"""Greedy low-rank learning through the verbs that meet it."""
import csv
import json
import re

EXPERIMENT = """\
name = "greedy"
replicas = 1
[problem]
target = [[1, 2, 1, 2], [2, 4, 2, 4], [1, 2, 1, 2], [2, 4, 2, 4]]
observed = [[0, 2], [0, 3], [1, 2], [2, 0], [2, 1], [3, 0]]
[model]
symmetric = true
[initialization]
kind = "identity"
scale = 1e-3
[objective]
loss = "half-sum-squared"
"""
PHASE = '[[phase]]\nkind = "greedy-low-rank"\n'
FLOW = '[[phase]]\noptimizer = "gradient-flow"\ntime = 50\n[compare]\ngreedy = true\n[probe]\nevery = 1\n'


def ran(rankfall, text):
    told = rankfall.begins(EXPERIMENT + text)
    assert told.returncode == 0, told.stderr
    with open(rankfall.directory / "out/summary.csv") as file:
        return told, next(csv.DictReader(file))


def test_a_greedy_phase(rankfall):
    told, row = ran(rankfall, PHASE)
    assert "Greedy low-rank learning; medians over replicas." in told.stdout
    assert "Greedy low-rank learning (Li, Luo & Lyu 2021) started at W = 0" in told.stdout
    assert row["greedy_learned"] == "1" and row["greedy_unfinished"] == "0" and row["greedy_ambiguous"] == "0"
    assert row["median_greedy_rank"] == "1" and row["median_greedy_end_distance"] == ""
    assert "1 of 1 replicas" in rankfall("status", "out").stdout
    planned = rankfall("plan", "small.toml").stdout
    assert re.search(r"cpu, \d+ threads?: at most about [\d.]+ (s|min|h) \(measured", planned)
    assert re.search(r"of which [\d.]+ (s|min|h) if greedy low-rank learning needs all of its maximum_steps", planned)


def test_flows_beside_the_path(rankfall):
    told, row = ran(rankfall, FLOW)
    assert "Flows beside the greedy path" in told.stdout
    assert 0 < float(row["median_greedy_distance_maximum"]) < 1
    assert 0 < float(row["median_greedy_end_distance"]) < 5
    assert rankfall("summary", "out").stdout in told.stdout


def test_replay_gives_the_same(rankfall):
    ran(rankfall, FLOW)
    told = rankfall("replay", "out", "--replica", "0:0", "--every", "1", "--out", "trace.nc")
    assert told.returncode == 0, told.stderr
    assert told.stdout.rstrip().endswith("ends as in the run, bit for bit")


def test_the_presets_are_there(rankfall):
    told = rankfall("preset", "list")
    assert "glrl-counterexample" in told.stdout.replace("_", "-")
    assert "glrl-trajectory-distance" in told.stdout.replace("_", "-")
    shown = rankfall("preset", "show", "glrl-counterexample")
    assert shown.returncode == 0 and "5.725" in shown.stdout
