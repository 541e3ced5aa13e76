"""Labels of what varies together: the numbers are those without them, tables show them alone, files have everything."""
import csv

import xarray as xr

PLAIN = """\
replicas = 20
[problem]
target = [[1, 0], [0, 1]]
observed = [[0, 0], [0, 1], [1, 1]]
[model]
depth = 3
[[phase]]
name = "settle"
learning_rate = 0.1
steps = 50
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.1
steps = 50
[probe]
every = 10
[sweep]
"phase.noise.sampling" = ["uniform", "shuffled"]
"phase.noise.batch_size" = [1, 3]
"""
ZIP = 'zip = [["phase.noise.sampling", "phase.noise.batch_size"]]\n'
LABELS = 'label = ["SGD", "full batch (GD)"]\nzip = [["label", "phase.noise.sampling", "phase.noise.batch_size"]]\n'


def test_labels_are_told_instead_of_keys_and_change_no_number(rankfall):
    assert rankfall.begins(PLAIN + ZIP, out="plain").returncode == 0
    told = rankfall.begins(PLAIN + LABELS, out="named")
    assert told.returncode == 0, told.stderr
    head = next(line for line in told.stdout.splitlines() if "P(jump)" in line and "n" in line.split())
    assert "label" in head.split() and "batch_size" not in head
    assert any(line.strip().startswith("full batch (GD)") for line in told.stdout.splitlines())
    with xr.open_dataset(rankfall.directory / "plain/results.nc") as plain, xr.open_dataset(rankfall.directory / "named/results.nc") as named:
        assert list(named["label"].values) == ["SGD", "full batch (GD)"] and named["rank"].dims == ("label", "replica")
        assert named["singular_values"].sel(label="SGD").values.tolist() == plain["singular_values"].values[0].tolist()
        assert named["singular_values"].values[1].tolist() == plain["singular_values"].values[1].tolist()
        assert list(named["batch_size"].values) == [1, 3]
    with open(rankfall.directory / "named/summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["label"], row["sampling"], row["batch_size"]) for row in rows] == [("SGD", "uniform", "1"), ("full batch (GD)", "shuffled", "3")]
    assert "label=full batch (GD)" in rankfall.completes("plan", "small.toml").stdout
