"""A switch of the target from one phase to the next, through the verbs that meet it."""
import numpy as np
import xarray as xr

EXPERIMENT = """\
name = "switch"
replicas = 12
[problem]
rows = 5
rank = 3
observed_count = 14
instances = "per-replica"
[model]
depth = 3
[initialization]
scale = 0.4
[[phase]]
name = "before"
learning_rate = 0.1
steps = 200
[[phase]]
name = "after"
learning_rate = 0.1
steps = 300
rank = 1
[probe]
every = 100
"""


def test_bits_and_what_is_told(rankfall):
    rankfall.replays_and_merges_to_the_same(EXPERIMENT)
    told = rankfall.completes("summary", "out").stdout
    assert "Phases with a target of their own had: 'after' a random matrix of rank 1." in told
    assert rankfall("diagnose", "out").returncode in (0, 4)
    told = rankfall("run", "small.toml", "--out", "out", "--no-figures", "--set", "phase.after.rank=2")
    assert told.returncode == 1 and "differs in phase.after.rank (1 there, 2 here)" in told.stderr


def test_error_over_all_entries(rankfall):
    assert rankfall.begins(EXPERIMENT).returncode == 0
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        seen, hidden = 14 * results["loss"], 11 * results["unobserved_error"] ** 2
        assert np.allclose(results["error"] ** 2, (seen + hidden) / 25, rtol=1e-12)
        assert "over all entries" in results["error"].attrs["long_name"]
    assert rankfall.begins(EXPERIMENT.replace("rank = 3", "rank = 3\nnoise = 0.1"), out="noisy").returncode == 0
    with xr.open_dataset(rankfall.directory / "noisy/results.nc") as results:
        assert bool(results["error"].isnull().all())


def test_a_sweep_of_the_second_rank(rankfall):
    told = rankfall.begins(EXPERIMENT + '[sweep]\n"phase.after.rank" = [1, 4]\n')
    assert told.returncode == 0, told.stderr
    with xr.open_dataset(rankfall.directory / "out/results.nc") as results:
        assert results["loss"].dims == ("phase.after.rank", "replica")
