"""Schedules of rates and the search among them, through every verb that meets them."""
import csv

ANNEALED = """\
name = "annealed"
replicas = 20
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.5
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = { schedule = "cosine", from = 0.1, to = 0.02, hold = 7 }
ridge = { schedule = "step", from = 0.1, factor = 0.5, every = 25 }
steps = 100
[probe]
every = 20
rank_tolerance = 0.1
[sweep]
"phase.noise.learning_rate.from" = [0.02, 0.1, 0.2, 0.3]
"""
SEARCH = ANNEALED + "[search]\nrank = 2\nfactor = 2\nconfirm = 50\n"


def test_a_schedule_is_trained_again_and_merged_bit_for_bit(rankfall):
    rankfall.replays_and_merges_to_the_same(ANNEALED)


def test_schedules_are_told_and_their_numbers_name_the_axis(rankfall):
    told = rankfall.begins(ANNEALED)
    assert "followed schedules in phase 'noise'" in told.stdout
    with open(rankfall.directory / "out/summary.csv") as file:
        assert [row["learning_rate_from"] for row in csv.DictReader(file)] == ["0.02", "0.1", "0.2", "0.3"]


def test_a_search_trains_what_its_plan_says_and_goes_on_where_it_was(rankfall):
    told = rankfall.begins(SEARCH)
    assert told.returncode == 0, told.stderr
    assert "Successive halving" in told.stdout and "fresh replicas" in told.stdout
    with open(rankfall.directory / "out/summary.csv") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["n"]) for row in rows) == [20, 20, 40, 90]  # 4 x 20, 2 x 40, 1 x 40 + 50
    assert f"{sum(int(row['n']) for row in rows)} replicas in all" in rankfall.completes("plan", "small.toml").stdout
    winner = next(row for row in rows if row["confirmed_trials"] == "50")
    assert winner["n"] == "90" and winner["search_rounds"] == "2" and winner["search_trials"] == "40"
    assert float(winner["confirmed_low"]) <= float(winner["confirmed"]) <= float(winner["confirmed_high"])
    checksum = rankfall.checksum()
    assert "work units are on disk already" in rankfall.begins(SEARCH).stderr
    assert rankfall.checksum() == checksum
    assert "Successive halving" in rankfall.completes("summary", "out").stdout
