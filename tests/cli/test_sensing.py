"""Matrix sensing through every verb that meets it."""
from test_errors import assert_complaint

SENSING = """\
name = "sensing"
replicas = 24
[problem]
rows = 4
observed = "gaussian"
observed_count = 11
instances = "per-replica"
[model]
symmetric = true
[initialization]
scale = 0.1
[[phase]]
name = "settle"
learning_rate = 0.1
steps = 200
stop = { loss = 1e-4 }
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.05
steps = 100
[probe]
every = 20
"""


def test_run_says_what_was_observed(rankfall):
    told = rankfall.begins(SENSING)
    assert told.returncode == 0, told.stderr
    assert "through 11 Gaussian measurements <A_k, T>" in told.stdout and "then symmetrised" in told.stdout
    assert "24 of 24 replicas" in rankfall("status", "out").stdout


def test_plan_counts_measurements(rankfall):
    rankfall.experiment.write_text(SENSING)

    def memory(count):
        told = rankfall("plan", "small.toml", "--set", f"problem.observed_count={count}", "--threads", "1")
        assert told.returncode == 0, told.stderr
        line = next(line for line in told.stdout.splitlines() if line.startswith("memory:"))
        return line.split(", ")[1]

    assert memory(11) != memory(20000)
    assert memory(20000).split()[1] in ("MB", "GB")


def test_replay_and_shards_have_the_same_numbers(rankfall):
    rankfall.replays_and_merges_to_the_same(SENSING)


def test_there_is_nothing_to_complete(rankfall):
    rankfall.experiment.write_text(SENSING)
    assert_complaint(rankfall("nuclear", "small.toml"), 1, "the last phase observes measurements")
    assert_complaint(rankfall("run", "small.toml", "--out", "out", "--set", "estimate.nuclear_norm=true"), 1,
                     "estimate.nuclear_norm", "measurements")
