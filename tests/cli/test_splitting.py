"""Rare falls through the command line."""
import csv
import json

import pytest

EXPERIMENT = """\
name = "rare"
seed = 3
[problem]
target = [[-0.35, 1.19, 0.28, 0.07, -0.91], [0.35, -1.19, -0.28, -0.07, 0.91], [-0.7, 2.38, 0.56, 0.14, -1.82],
          [0.7, -2.38, -0.56, -0.14, 1.82], [0.1, -0.34, -0.08, -0.02, 0.26]]
observed = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [2, 3], [3, 0], [3, 4], [4, 0], [4, 4]]
[model]
depth = 3
[initialization]
scale = 0.4
instances = "shared"
require = { settled_rank = 2 }
[objective]
ridge = 0.03
[[phase]]
name = "settle"
learning_rate = 0.1
steps = 20000
stop = { gradient_norm = 1e-3 }
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.1
steps = 1500
[probe]
every = 100
[sweep]
"phase.noise.learning_rate" = [0.1, 0.11]
"""


def split(rankfall, *more):
    rankfall.experiment.write_text(EXPERIMENT)
    return rankfall("splitting", "small.toml", "--out", "out", "--replicas", 50, "--repetitions", 5, *more)


@pytest.mark.parametrize("method, words", [(["--method", "levels", "--levels", "1,0.8"], "of multilevel splitting"),
                                           ([], "of a weighted ensemble")])
def test_splitting_is_written_and_goes_on_where_it_was(rankfall, method, words):
    told = split(rankfall, *method)
    assert told.returncode == 0, told.stderr
    assert f"5 independent repetitions {words} of 50 replicas" in told.stdout
    record = json.loads((rankfall.directory / "out/splitting.json").read_text())
    with open(rankfall.directory / "out/splitting.csv") as file:
        rows = list(csv.DictReader(file))
    for row, cell in zip(rows, record["cells"], strict=True):
        assert float(row["p_fall"]) == cell["p_fall"] == pytest.approx(sum(cell["probabilities"]) / 5)
        assert all(len(arrived) == len(cell["levels"]) for arrived in cell["arrived"])
    record["cells"].pop()  # as if it had been interrupted
    (rankfall.directory / "out/splitting.json").write_text(json.dumps(record))
    assert split(rankfall, *method).stdout == told.stdout


def test_wrong_input_is_one_line(rankfall):
    assert split(rankfall).returncode == 0
    for more, part in ((["--keep", 0.3], "is of other settings"), (["--keep", 2], "--keep"), (["--levels", "0.1,0.2"], "--levels"),
                       (["--set", "phase.noise.optimizer=gd"], "needs random numbers"), (["--backend", "gpu"], "--backend"), (["--method", "other"], "--method"),
                       (["--set", "seed=4"], "another experiment")):
        told = split(rankfall, *more)
        assert told.returncode == 1 and told.stderr.count("\n") == 1 and part in told.stderr, told.stderr
