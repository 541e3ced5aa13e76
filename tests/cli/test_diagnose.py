"""diagnose: what it finds in real runs, its exit code, its file."""
import json
import re

SOUND = """\
name = "sound"
replicas = 300
[problem]
rows = 3
[initialization]
scale = 0.5
[[phase]]
learning_rate = 0.2
steps = 5000
stop = { loss = 1e-6 }
[probe]
every = 50
rank_tolerance = 0.05
"""


def names_in(path):
    return [each["problem"] for each in json.loads(path.read_text())["problems"]]


def test_sound_run(rankfall):
    rankfall.experiment.write_text(SOUND)
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    told = rankfall("diagnose", "out", "--json", "d.json")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "sound: 1 cell, 300 of 300 replicas\n\nno problems detected\n"
    assert names_in(rankfall.directory / "d.json") == []


def test_problems_have_an_exit_code_of_their_own(finished):
    before = finished.files()
    told = finished("diagnose", "out")
    assert (told.returncode, told.stderr) == (4, "")
    count = len(re.findall(r"^  Why it matters: ", told.stdout, re.MULTILINE))
    assert count == len(re.findall(r"^  What to do: ", told.stdout, re.MULTILINE))
    assert told.stdout.endswith(f"{count} problem{'s' if count != 1 else ''} detected\n")
    assert not re.search(r"\b0(\.0*)? ?%", told.stdout), told.stdout
    assert "nan" not in told.stdout
    assert finished.files() == before  # it reads only


def test_file_says_what_the_text_says(finished):
    told = finished("diagnose", "out", "--json", "d.json")
    path = finished.directory / "d.json"
    names = names_in(path)
    path.unlink()
    assert told.returncode == 4
    assert told.stdout.endswith(f"{len(names)} problem{'s' if len(names) != 1 else ''} detected\n")


def test_divergence(rankfall):
    rankfall("run", "small.toml", "--out", "out", "--no-figures", "--set", "phase.settle.learning_rate=20")
    told = rankfall("diagnose", "out")
    assert told.returncode == 4
    found = re.search(r"Diverged replicas, in 2 of 2 cells\n    learning_rate=0.04  (\d+) of 300", told.stdout)
    assert found and 0 < int(found[1]) <= 300, told.stdout
    assert "Lower phase.settle.learning_rate or phase.noise.learning_rate." in told.stdout


def test_unfinished_run_with_a_damaged_unit(rankfall):
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    (rankfall.directory / "out/results.nc").unlink()
    units = sorted((rankfall.directory / "out/units").iterdir())
    units[0].write_bytes(units[0].read_bytes()[:100])
    units[1].unlink()
    told = rankfall("diagnose", "out", "--json", "d.json")
    assert told.returncode == 4
    assert "small: 2 cells, 300 of 600 replicas\n" in told.stdout
    assert f"1. Unit files that cannot be trusted: 1 file\n    {units[0].name}: " in told.stdout
    assert "2. Missing replicas, in 1 of 2 cells\n    learning_rate=0.04  300 of 300 missing\n" in told.stdout
    assert names_in(rankfall.directory / "d.json")[:2] == ["damaged_units", "missing_replicas"]


def test_nothing_left(rankfall):
    assert rankfall("run", "small.toml", "--out", "out", "--no-figures").returncode == 0
    for unit in (rankfall.directory / "out/units").iterdir():
        unit.unlink()
    (rankfall.directory / "out/results.nc").unlink()
    told = rankfall("diagnose", "out")
    assert told.returncode == 4
    assert "1 problem detected" in told.stdout
