"""The main job, from an experiment file to results; stopping and going on."""
import json
import os
import re
import signal
import time

import pytest


def test_run_tells_and_writes(rankfall):
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures", "--threads", 2)
    assert told.returncode == 0
    assert "\r" not in told.stderr + told.stdout  # not a terminal
    assert "small: 2 cells, 300 replicas each, on cpu: 2 threads, " in told.stderr
    assert "Results: out/results.nc, out/summary.csv, out/run.json" in told.stdout
    assert "0.04" in told.stdout and "0.06" in told.stdout
    assert "300 replicas" in told.stdout  # the methods sentence
    products = ["results.nc", "summary.csv", "run.json", "progress.json", "experiment.toml"]
    assert {f"out/{name}" for name in products} <= rankfall.files()
    record = json.loads((rankfall.directory / "out/run.json").read_text())
    assert record["command"].endswith("run small.toml --out out --no-figures --threads 2")


def test_summary_and_status_repeat_it(finished):
    told = finished("run", "small.toml", "--out", "out", "--no-figures")
    summary = finished("summary", "out")
    assert summary.returncode == 0
    assert told.stdout.startswith(summary.stdout)
    status = finished("status", "out")
    assert status.returncode == 0
    assert "small: 600 of 600 replicas on disk (100.0 %)" in status.stdout
    assert "complete" in status.stdout


def test_threads_and_effective_file_give_the_same_checksum(finished):
    expected = finished.checksum("out")
    assert finished("run", "out/experiment.toml", "--out", "again", "--no-figures", "--threads", 2).returncode == 0
    assert finished.checksum("again") == expected


def test_preset_with_settings(rankfall):
    told = rankfall("run", "preset:seed-sweep", "--set", "replicas=64", "--set", "phase.train.steps=2000",
                    "--no-figures")
    assert told.returncode == 0, told.stderr
    assert "runs/seed-sweep/results.nc" in rankfall.files()
    assert "64" in told.stdout


def test_plan_and_validate_start_nothing(rankfall):
    plan = rankfall("plan", "small.toml", "--set", "replicas=1000")
    assert plan.returncode == 0
    assert "small: 2 cells x 1000 replicas = 2000 replicas in 8 work units" in plan.stdout
    valid = rankfall("validate", "small.toml")
    assert valid.returncode == 0
    assert valid.stdout == "small.toml: valid; 2 cells, 300 replicas each, 2 phases\n"
    assert rankfall.files() == {"small.toml"}


def test_warnings_go_to_stderr(rankfall):
    told = rankfall("validate", "small.toml", "--set", "probe.every=1000")
    assert told.returncode == 0
    assert told.stderr.startswith("warning: probe.every = 1000")


def test_replay(finished):
    told = finished("replay", "out", "--replica", "1:299", "--every", "5", "--out", "trace.nc")
    assert told.returncode == 0, told.stderr
    assert "cell 1 (learning_rate=0.06) replica 299: " in told.stdout
    assert "bit for bit" in told.stdout
    (finished.directory / "trace.nc").unlink()


def test_run_ends_cleanly_when_time_is_up(rankfall):
    arguments = ["run", "small.toml", "--out", "out", "--no-figures", "--threads", 1, "--set", "replicas=2000"]
    told = rankfall(*arguments, "--set", "phase.settle.steps=4000", "--max-hours", "1e-9")
    assert told.returncode == 3
    assert told.stderr.splitlines()[-1].startswith("interrupted; ")
    assert "last seen: interrupted" in rankfall("status", "out").stdout
    assert rankfall("summary", "out").returncode == 0  # of what there is
    done = rankfall(*arguments, "--set", "phase.settle.steps=4000")
    assert done.returncode == 0
    whole = rankfall(*arguments[:2], "--out", "whole", *arguments[4:], "--set", "phase.settle.steps=4000")
    assert whole.returncode == 0
    assert rankfall.checksum("out") == rankfall.checksum("whole")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signal_ends_cleanly(rankfall, number):
    arguments = ["run", "small.toml", "--out", "out", "--no-figures", "--threads", 1, "--set", "replicas=2560",
                 "--set", "phase.settle.steps=8000"]
    running = rankfall.start(*arguments)
    units = rankfall.directory / "out/units"
    while not list(units.glob("*.unit")):
        time.sleep(0.005)
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 3, told
    assert told.splitlines()[-1].startswith("interrupted; ")
    assert "\r" not in told
    kept = list(units.glob("*.unit"))
    assert 0 < len(kept) < 20
    assert len(os.listdir(rankfall.directory / "out/checkpoints")) == 1
    assert ", 256 begun" in rankfall("status", "out").stdout
    done = rankfall(*arguments)
    assert done.returncode == 0
    assert f"{len(kept)} of 20 work units are on disk already" in done.stderr


def test_profile_tells_where_the_time_went(rankfall):
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures", "--profile")
    line = next(line for line in told.stderr.splitlines() if line.startswith("profile: "))
    shares = [float(share) for share in re.findall(r"([0-9.]+) %", line)]
    assert len(shares) == 4 and abs(sum(shares) - 100) < 0.3, line
    assert shares[0] > 0 and shares[1] > 0
    again = rankfall("run", "small.toml", "--out", "out", "--no-figures", "--profile")
    assert "profile: no replica was trained" in again.stderr


def test_summary_of_a_run_without_results(rankfall):
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    for unit in (rankfall.directory / "out/units").iterdir():
        unit.unlink()
    (rankfall.directory / "out/results.nc").unlink()
    told = rankfall("summary", "out")
    assert told.returncode == 0, told.stderr
    assert "nan" not in told.stdout.lower()


def test_bench_exports_a_case_and_times_nothing(rankfall):
    told = rankfall("bench", "--case", "sgd:float64:3:5", "--export", "case.nc")
    assert (told.returncode, told.stdout) == (0, "case.nc: 24 steps of sgd:float64:3:5\n"), told.stderr
    assert rankfall.files() == {"small.toml", "case.nc"}


def test_bench_of_one_case(rankfall):
    told = rankfall("bench", "--case", "gd:float32:2:3", "--json", "case.json")
    assert told.returncode == 0, told.stderr
    rows = json.loads((rankfall.directory / "case.json").read_text())["rows"]
    assert [(row["operation"], row["depth"], row["dimension"]) for row in rows] == [("gd", 2, 3)]
    assert rows[0]["replica_steps_per_second"] >= rows[0]["median_replica_steps_per_second"] > 0
