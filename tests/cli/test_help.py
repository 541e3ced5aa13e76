"""What the program says about itself."""
import re
import shlex

import pytest

VERBS = ["run", "plan", "validate", "summary", "status", "diagnose", "nuclear", "splitting", "plot", "report", "replay", "preset", "preset list",
         "preset show", "backends"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_ends_with_an_example_of_it(rankfall, verb):
    told = rankfall(*verb.split(), "--help")
    assert told.returncode == 0
    assert told.stderr == ""
    examples = [line for line in told.stdout.splitlines() if line.startswith("Example: ")]
    assert len(examples) == 1, told.stdout
    assert examples[0].startswith(f"Example: rankfall {verb}")


def test_help_lists_every_verb(rankfall):
    told = rankfall("--help")
    assert told.returncode == 0
    listed = re.findall(r"^  (\w+)  ", told.stdout.partition("Subcommands:")[2], re.MULTILINE)
    assert {verb.split()[0] for verb in VERBS} <= set(listed)
    for verb in listed:  # one that is not in the list above too
        test_help_of_every_verb_ends_with_an_example_of_it(rankfall, verb)


@pytest.mark.parametrize("verb", ["run", "plan", "validate", "diagnose", "nuclear", "splitting", "preset show"])
def test_examples_are_understood(rankfall, verb):
    """The options of an example are options of the verb: only the file or directory it names may be missing."""
    help_text = rankfall(*verb.split(), "--help").stdout
    example = next(line for line in help_text.splitlines() if line.startswith("Example: "))
    words = shlex.split(example)[2:]
    told = rankfall(*words)
    assert told.returncode == 0 or "cannot be read" in told.stderr or "not a result directory" in told.stderr, told.stderr


def test_version(rankfall):
    told = rankfall("--version")
    assert (told.returncode, told.stdout) == (0, "rankfall 0.1.0\n")


def test_backends(rankfall):
    told = rankfall("backends")
    assert told.returncode == 0
    assert "cpu    available: " in told.stdout
    assert "cuda   unavailable: " in told.stdout


def test_presets_are_listed_and_shown(rankfall):
    listed = rankfall("preset", "list")
    assert listed.returncode == 0
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert {"rank-jumps", "seed-sweep", "depth-and-scale"} <= set(names)
    for name in names:
        shown = rankfall("preset", "show", name)
        assert shown.returncode == 0
        assert f'name = "{name}"' in shown.stdout
        (rankfall.directory / "shown.toml").write_text(shown.stdout)
        valid = rankfall("validate", "shown.toml")
        assert valid.returncode == 0, valid.stderr
        assert valid.stdout.startswith("shown.toml: valid; ")
