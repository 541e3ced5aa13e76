"""Laws of coupling, and lists of observed entries as swept values, through the verbs that meet them."""
import csv

import xarray as xr

EXPERIMENT = """\
name = "coupling"
replicas = 1
[problem]
target = [[1, 0.5], [0.5, 1]]
[initialization]
kind = "affine"
scale = 0.1
[objective]
loss = "half-sum-squared"
[[phase]]
name = "apart"
optimizer = "gradient-flow"
time = 1e3
stop = { loss = 1e-16 }
observed = "diagonal"
[[phase]]
name = "joined"
optimizer = "gradient-flow"
time = 1e3
stop = { loss = 1e-16 }
[probe]
every = 5
trajectory = true
[sweep]
"phase.joined.observed" = [[[0, 0], [0, 1], [1, 1]], [[0, 0], [1, 0], [0, 1], [1, 1]]]
"""


def test_a_bound_is_told_beside_what_it_bounds(rankfall):
    rankfall.experiment.write_text(EXPERIMENT)
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures")
    assert told.returncode == 0, told.stderr
    line = next(line for line in told.stdout.splitlines() if line.startswith("lock_in"))
    assert "11|01" in line and "+" in line and "holds" in line
    with open(rankfall.directory / "out/summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["observed"] for row in rows] == ["11|01", "11|11"]
    assert abs(float(rows[0]["law_lock_in_predicted"]) - 0.5) < 1e-6  # sigma_min = 1, |e| = 1/2
    assert abs(float(rows[1]["law_lock_in_predicted"]) - (1.0 - 0.5 ** 0.5)) < 1e-6
    assert abs(float(rows[1]["law_lock_in_measured"]) - 0.5) < 1e-6  # all is observed: W = T, of eigenvalues 1.5 and 0.5
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert list(results["observed"].values) == ["11|01", "11|11"]
