"""nuclear: what it prints and writes, of an experiment and of a run."""
import csv
import json
import re
import signal
import time

import pytest
from test_errors import assert_complaint

# Li, Luo & Lyu 2021, R = 2: the minimum is 8, the rank-one completion has 10.
COUNTER_EXAMPLE = """\
name = "counter-example"
replicas = 3
[problem]
rows = 4
target = [[1, 2, 1, 2], [2, 4, 2, 4], [1, 2, 1, 2], [2, 4, 2, 4]]
observed = [[0, 2], [0, 3], [1, 2], [2, 0], [2, 1], [3, 0]]
[initialization]
scale = 0.1
[[phase]]
learning_rate = 0.01
steps = 10
"""


def test_of_an_experiment(rankfall):
    rankfall.experiment.write_text(COUNTER_EXAMPLE)
    told = rankfall("nuclear", "small.toml", "--json", "n.json", "--out", "n.csv")
    assert (told.returncode, told.stderr) == (0, "")
    titles, row = told.stdout.splitlines()[2:4]
    assert re.search(r"norm at least +at most +gap +rank", titles)
    assert re.search(r"^ +0 +1 +4 x 4 +6 +\S+ +8(\.0+\d*)? +\d\.\de-\d\d", row)
    (problem,) = json.loads((rankfall.directory / "n.json").read_text())["problems"]
    assert problem["nuclear_norm_lower"] <= 8 <= problem["nuclear_norm_upper"]
    assert problem["relative_gap"] <= 1e-8 and problem["reached"]
    (line,) = csv.DictReader((rankfall.directory / "n.csv").read_text().splitlines())
    assert float(line["nuclear_norm_upper"]) == problem["nuclear_norm_upper"]
    assert line["replica"] == "" and line["reached"] == "1"


def test_of_a_run_compares_what_was_trained(finished):
    before = finished.files()
    told = finished("nuclear", "out")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Trained replicas that did not diverge" in told.stdout
    assert len(re.findall(r"^ +[01]  learning_rate=0\.0[46]  300 ", told.stdout, re.MULTILINE)) == 2
    assert finished.files() == before


def test_of_problems_per_replica_in_netcdf(rankfall):
    xarray = pytest.importorskip("xarray")
    told = rankfall("nuclear", "small.toml", "--set", 'problem.instances="per-replica"', "--set", "replicas=20",
                    "--out", "n.nc")
    assert (told.returncode, told.stderr) == (0, "")
    with xarray.open_dataset(rankfall.directory / "n.nc") as found:
        assert found.sizes["problem"] == 40
        assert set(found["replica"].values) == set(range(20))
        norms = found["singular_values"].sum("singular_value")
        assert (abs(norms / found["nuclear_norm_upper"] - 1) < 1e-10).all()
        assert (found["nuclear_norm_lower"] <= found["nuclear_norm_upper"]).all()


def test_says_when_the_tolerance_is_not_reached(rankfall):
    told = rankfall("nuclear", "small.toml", "--max-iterations", "3", "--json", "n.json")
    assert told.returncode == 0
    assert "1 problem did not reach the tolerance 1e-08: their gap is what it says." in told.stdout
    assert json.loads((rankfall.directory / "n.json").read_text())["unreached"] == 1


def test_local_costs_are_labelled_so(finished):
    told = finished("nuclear", "out", "--cost-starts", "5", "--json", "n.json")
    assert (told.returncode, told.stderr) == (0, "")
    assert "local minima, without proof of being the least" in told.stdout
    assert len(re.findall(r" [1-5] of 5 ", told.stdout)) == 2
    for cell in json.loads((finished.directory / "n.json").read_text())["cells"]:
        assert cell["local_cost_starts"] == 5 and 1 <= cell["local_cost_reached"] <= 5
        assert len(cell["local_cost_ratio_quartiles"]) == 3


WRONG = {
    "no experiment": (["nuclear"], ["EXPERIMENT is required"]),
    "missing file": (["nuclear", "smal.toml"], ["smal.toml: cannot be read"]),
    "a folder that is no run": (["nuclear", "."], ["not a result directory"]),
    "another ending": (["nuclear", "small.toml", "--out", "n.txt"], ["--out: 'n.txt'", "FILE.csv or FILE.nc"]),
    "a directory as output": (["nuclear", "small.toml", "--out", "."], ["--out: '.' is a directory; a file is written"]),
    "output where no directory is": (["nuclear", "small.toml", "--json", "no/n.json"],
                                     ["--json: 'no/n.json' cannot be written", "there is no directory 'no'"]),
    "tolerance below rounding": (["nuclear", "small.toml", "--tolerance", "1e-14"],
                                  ["--tolerance: 1e-14 is not between 1e-10 and 0.1"]),
    "no steps": (["nuclear", "small.toml", "--max-iterations", "0"], ["--max-iterations"]),
    "negative starts": (["nuclear", "small.toml", "--cost-starts", "-1"], ["--cost-starts"]),
    "no name": (["nuclear", "small.toml", "--json", ""], ["--json"]),
    "too many entries": (["nuclear", "small.toml", "--set", "problem.rows=100", "--set", "problem.observed_count=9000",
                          "--set", "sweep={}"], ["9000 observed entries are too many", "at most 8192"]),
}


@pytest.mark.parametrize("arguments, parts", WRONG.values(), ids=WRONG.keys())
def test_mistakes_are_told_in_a_line(rankfall, arguments, parts):
    before = rankfall.files()
    assert_complaint(rankfall(*arguments), 1, *parts)
    assert rankfall.files() == before


def test_settings_of_a_run_stand(finished):
    assert_complaint(finished("nuclear", "out", "--set", "replicas=3"), 1, "--set: has no effect on out")


# A problem that takes seconds, and training that takes none.
LONG = """\
name = "long"
replicas = 1
[problem]
rows = 70
rank = 3
observed_count = 2000
[initialization]
scale = 0.01
[[phase]]
learning_rate = 0.01
steps = 1
[probe]
every = 1
classify_at_end = "numerical"
[estimate]
nuclear_norm = true
"""


def test_the_first_signal_ends_a_comparison(rankfall):
    rankfall.experiment.write_text(LONG)
    arguments = ["run", "small.toml", "--out", "out", "--no-figures", "--threads", "1"]
    process = rankfall.start(*arguments)
    while "solving the problems" not in (line := process.stderr.readline()):
        assert line
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=120)[1]
    assert process.returncode == 3, told
    assert told.splitlines()[-1].startswith("interrupted; ")
    assert "out/results.nc" in rankfall.files() and "out/summary.csv" not in rankfall.files()
    done = rankfall(*arguments, "--set", "estimate.nuclear_norm=false")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 work units are on disk already" in done.stderr
    assert "out/summary.csv" in rankfall.files()
