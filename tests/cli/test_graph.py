"""What observed entries join, from the experiment file to results.nc, summary.csv and plan."""
import csv

import numpy as np
import xarray as xr

EXPERIMENT = """\
name = "graph"
replicas = 2
[problem]
rows = 4
columns = 6
observed_count = 7
[[phase]]
name = "before"
learning_rate = 0.01
steps = 5
[[phase]]
name = "after"
learning_rate = 0.01
steps = 5
observed_from = "previous"
observed_count = 2
[probe]
every = 5
classify_at_end = "numerical"
[sweep]
"problem.instance_seed" = [1, 2, 3]
"phase.after.observed_count" = [2, 17]
"""


def classes(observed):
    """Classes of rows and columns that observed entries join, by the closure of the adjacency matrix."""
    rows, columns = observed.shape
    joined = np.eye(rows + columns, dtype=bool)
    joined[:rows, rows:] |= observed
    joined[rows:, :rows] |= observed.T
    for _ in range(4):
        joined = joined @ joined
    return [np.array(one) for one in {tuple(row) for row in joined}]


def test_results_hold_the_masks_and_the_numbers_of_their_graphs(rankfall):
    rankfall.experiment.write_text(EXPERIMENT)
    rankfall.completes("run", "small.toml", "--out", "out", "--no-figures")
    with (rankfall.directory / "out/summary.csv").open(newline="") as file:
        rows = {int(row["cell"]): row for row in csv.DictReader(file)}
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert results["phase"].values.tolist() == ["before", "after"]
        for seed in (1, 2, 3):
            masks = {}
            for count in (2, 17):
                cell = results.sel(instance_seed=seed, observed_count=count)
                for phase in ("before", "after"):
                    at = cell.sel(phase=phase)
                    observed = masks[count, phase] = at["observed_mask"].values[int(at["graph_mask"])] == 1
                    found = classes(observed)
                    joined = [one for one in found if one.sum() > 1]
                    assert int(at["graph_components"]) == len(joined)
                    assert int(at["graph_components_with_isolated"]) == len(found)
                    assert bool(at["graph_connected"]) == (len(joined) == 1)
                    complete = all(observed[np.ix_(one[:4], one[4:])].all() for one in joined)
                    assert bool(at["graph_complete_bipartite"]) == complete
                row = rows[int(cell["cell"])]
                assert int(row["graph_components"]) == int(cell["graph_components"].sel(phase="after"))
                assert int(row["graph_complete_bipartite"]) == int(count == 17)
                assert masks[count, "after"].sum() == 7 + count and (masks[count, "after"] >= masks[count, "before"]).all()
            assert (masks[2, "before"] == masks[17, "before"]).all() and (masks[17, "after"] >= masks[2, "after"]).all()
        assert results.sizes["mask"] == 7  # three of seven entries, three of nine, the full one
    told = rankfall.completes("plan", "small.toml").stdout
    assert "entries: phase before: 7 of 24 entries; " in told and "phase after: 24 of 24 entries; 1 component of 4 x 6" in told


def test_masks_of_replicas_are_shares(rankfall):
    rankfall.experiment.write_text(EXPERIMENT.replace("observed_count = 7", 'observed_count = 7\ninstances = "per-replica"'))
    rankfall.completes("run", "small.toml", "--out", "out", "--no-figures", "--set", "replicas=20")
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert (results["graph_replicas"] == 20).all() and "observed_mask" not in results
        shares = 20 * results["graph_connected"].values
        assert np.array_equal(shares, np.round(shares))
        assert (results["graph_connected"].sel(observed_count=17, phase="after") == 1.0).all()
        assert (results["graph_connected"].sel(phase="before") < 1.0).any()
