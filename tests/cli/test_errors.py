"""Every mistake of a user ends in one line on stderr, the exit code that belongs to it, and an untouched disk."""
import re

import pytest


def assert_complaint(told, code, *parts):
    assert told.returncode == code, told.stderr
    assert re.fullmatch(r"rankfall: [^\n]+\n", told.stderr), told.stderr
    assert told.stdout == ""
    for part in parts:
        assert part in told.stderr, told.stderr
    for word in ("terminate", "what()", "Traceback", "Assertion", "unexpected failure"):
        assert word not in told.stderr, told.stderr


RUN = ["run", "small.toml", "--out", "out", "--no-figures"]

USER_ERRORS = {
    "no verb": ([], ["A subcommand is required"]),
    "unknown verb": (["trian", "small.toml"], ["there is no verb 'trian'"]),
    "unknown verb of preset": (["preset", "lsit"], ["there is no verb 'lsit'"]),
    "unknown option": ([*RUN, "--sead", "3"], ["--sead"]),
    "no experiment": (["run"], ["EXPERIMENT is required"]),
    "missing file": (["run", "smal.toml", "--out", "out"], ["smal.toml: cannot be read", "No such file"]),
    "directory for a file": (["run", ".", "--out", "out"], ["not a regular file"]),
    "unknown preset": (["run", "preset:seed-swep", "--out", "out"],
                       ["preset:seed-swep: there is no such preset", "'seed-sweep'"]),
    "preset to show": (["preset", "show", "nothing-like-it"], ["there is no such preset"]),
    "preset without more": (["preset"], ["subcommand"]),
    "unknown key": ([*RUN, "--set", "phase.noise.learning_rat=1"], ["unknown key", "learning_rate"]),
    "unknown phase": ([*RUN, "--set", "phase.noize.steps=1"], ["noize"]),
    "no value": ([*RUN, "--set", "seed"], ["--set"]),
    "nonsense": ([*RUN, "--set", "=;["], ["--set"]),
    "ill-typed value": ([*RUN, "--set", "replicas=many"], ["replicas"]),
    "impossible value": ([*RUN, "--set", "problem.observed_count=17"], ["observed_count"]),
    "swept key set": ([*RUN, "--set", "phase.noise.learning_rate=0.1"], ["is swept"]),
    "unknown backend": ([*RUN, "--backend", "foo"], ["--backend: unknown backend 'foo'", "auto, cpu or cuda"]),
    "negative threads": ([*RUN, "--threads", "-1"], ["--threads", "-1"]),
    "too many threads": ([*RUN, "--threads", "1000000"], ["--threads", "1000000"]),
    "threads in words": ([*RUN, "--threads", "two"], ["--threads"]),
    "no time": ([*RUN, "--max-hours", "-1"], ["--max-hours"]),
    "empty out": (["run", "small.toml", "--out", "", "--no-figures"], ["--out"]),
    "out is a file": (["run", "small.toml", "--out", "small.toml"],
                      ["small.toml: is not empty and not a result directory"]),
    "plan with negative threads": (["plan", "small.toml", "--threads", "-2"], ["--threads", "-2"]),
    "plan of absurd replicas": (["plan", "small.toml", "--set", "replicas=1e12"],
                                ["replicas = 1000000000000 is out of range", " TB of disk, and of memory"]),
    "run of absurd replicas": ([*RUN, "--set", "replicas=1e12"], [" TB of disk, and of memory", "lower replicas"]),
    "plan of an absurd target": (["plan", "small.toml", "--set", "problem.rows=1e6"],
                                 ["a target of 1000000 x 1000000; one such matrix would take 8.0 TB"]),
    "validate an absurd width": (["validate", "small.toml", "--set", "model.width=1e6"],
                                 ["makes the model too large", " per replica in float32"]),
    "validate what is not there": (["validate", "nothing.toml"], ["nothing.toml: cannot be read"]),
    "status of nothing": (["status", "nothing"], ["nothing: not a result directory"]),
    "summary of nothing": (["summary", "nothing"], ["nothing: not a result directory"]),
    "diagnosis of nothing": (["diagnose", "nothing", "--json", "d.json"], ["nothing: not a result directory"]),
    "diagnosis into nothing": (["diagnose", "nothing", "--json", ""], ["--json"]),
    "diagnosis without a directory": (["diagnose"], ["DIR is required"]),
    "plot of nothing": (["plot", "nothing"], ["nothing: not a result directory"]),
    "report of nothing": (["report", "nothing"], ["nothing: not a result directory"]),
    "replay of nothing": (["replay", "nothing", "--replica", "0:0", "--out", "t.nc"],
                          ["nothing: not a result directory"]),
    "name of two lines": (["status", "no\nthing"], ["no\\x0athing: not a result directory"]),
    "unknown placement": ([*RUN, "--placement", "moon"], ["--placement: unknown placement 'moon'", "registers"]),
    "devices of the cpu": ([*RUN, "--backend", "cpu", "--devices", "0"], ["--devices", "no devices"]),
    "unknown bench backend": (["bench", "--backend", "foo"], ["--backend: unknown backend 'foo'"]),
    "unknown case": (["bench", "--case", "gd:float16:3:10"], ["--case: a precision", "'gd:float16:3:10'", "for example"]),
    "case cut short": (["bench", "--case", "gd:float32:3", "--export", "e.nc"], ["--case: 3 of 4 parts"]),
    "case too large": (["bench", "--case", "sgd:float32:3:1000", "--export", "e.nc"], ["--case: a dimension"]),
    "scaling of a case": (["bench", "--case", "gd:float32:3:4", "--scaling"], ["--scaling"]),
    "export of a class": (["bench", "--class", "S", "--export", "e.nc"], ["--case"]),
    "export with timing": (["bench", "--case", "gd:float32:3:4", "--export", "e.nc", "--json", "e.json"],
                           ["--export", "--json"]),
    "two experiments": (["run", "small.toml", "small.toml"], ["small.toml"]),
}

MACHINE_ERRORS = {
    "no such device": ([*RUN, "--backend", "cuda"], ["--backend cuda", "no GPU can be used"]),
    "out below a file": (["run", "small.toml", "--out", "small.toml/out"],
                         ["small.toml/out", "cannot create the directory"]),
    "out too long": (["run", "small.toml", "--out", "o" * 300], ["File name too long"]),
    "status too long": (["status", "o" * 300], ["File name too long"]),
}


@pytest.mark.parametrize("case", USER_ERRORS)
def test_users_mistake(rankfall, case):
    arguments, parts = USER_ERRORS[case]
    assert_complaint(rankfall(*arguments), 1, *parts)
    assert rankfall.files() == {"small.toml"}


@pytest.mark.parametrize("case", MACHINE_ERRORS)
def test_machines_trouble(rankfall, case):
    arguments, parts = MACHINE_ERRORS[case]
    assert_complaint(rankfall(*arguments), 2, *parts)
    assert rankfall.files() == {"small.toml"}


def test_broken_file_names_its_line(rankfall):
    text = rankfall.experiment.read_text().replace("steps = 60", "stepz = 60")
    rankfall.experiment.write_text(text)
    line = text[:text.index("stepz")].count("\n") + 1
    assert_complaint(rankfall(*RUN), 1, f"small.toml:{line}: unknown key 'stepz'", "did you mean 'steps'")
    rankfall.experiment.write_text("seed = = 3\n")
    assert_complaint(rankfall(*RUN), 1, "small.toml:1:")
    assert rankfall.files() == {"small.toml"}


@pytest.mark.parametrize("replica", ["9:9:9", "9", ":", "1:", ":1", "a:b", "-1:0", "0:-1", "2:0", "0:300",
                                     "4294967296:0", "0:18446744073709551616", "0x0:0", " 0:0", "0.5:1"])
def test_replicas_that_are_not_there(finished, replica):
    before = finished.files()
    assert_complaint(finished("replay", "out", "--replica=" + replica, "--out", "trace.nc"), 1, "--replica")
    assert finished.files() == before


def test_trace_below_a_file(finished):
    before = finished.files()
    assert_complaint(finished("replay", "out", "--replica", "0:0", "--out", "small.toml/trace.nc"), 2, "trace.nc")
    assert finished.files() == before


def test_diagnosis_below_a_file(finished):
    before = finished.files()
    assert_complaint(finished("diagnose", "out", "--json", "small.toml/d.json"), 2, "d.json")
    assert finished.files() == before


def test_another_experiments_directory(finished):
    before = (finished.directory / "out/experiment.toml").read_bytes()
    told = finished("run", "small.toml", "--set", "seed=5", "--out", "out", "--no-figures")
    assert_complaint(told, 1, "out: holds the results of another experiment")
    assert (finished.directory / "out/experiment.toml").read_bytes() == before


def test_foreign_directory(rankfall):
    (rankfall.directory / "thesis").mkdir()
    (rankfall.directory / "thesis/chapter.tex").write_text("years of work")
    before = rankfall.files()
    told = rankfall("run", "small.toml", "--out", "thesis")
    assert_complaint(told, 1, "thesis: is not empty and not a result directory")
    assert rankfall.files() == before


def test_damaged_results_are_not_trusted(rankfall):
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    results = rankfall.directory / "out/results.nc"
    results.write_bytes(results.read_bytes()[:1000])
    assert_complaint(rankfall("summary", "out"), 2, "out/results.nc")
    assert_complaint(rankfall("diagnose", "out"), 2, "out/results.nc")
    # The units are whole: the same command writes it anew.
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    assert rankfall("summary", "out").returncode == 0


def test_impossible_requirement_is_found_while_running(rankfall):
    told = rankfall(*RUN, "--set", "initialization.require={settled_rank=0}",
                    "--set", "initialization.maximum_tries=2")
    assert told.returncode == 1
    complaints = [line for line in told.stderr.splitlines() if line.startswith("rankfall: ")]
    assert len(complaints) == 1
    assert "no start settles at rank 0 in 2 draws (cell learning_rate=0.04)" in complaints[0]
    assert "last seen: failed" in rankfall("status", "out").stdout


@pytest.mark.parametrize("arguments", [["preset", "list"], ["summary", "out"], ["plan", "small.toml"]])
def test_output_that_cannot_be_written(finished, arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:
        told = finished(*arguments, stdout=full)
    assert told.returncode == 2
    assert re.fullmatch(r"rankfall: [^\n]+\n", told.stderr), told.stderr
