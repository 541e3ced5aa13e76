"""The built program, driven as a user drives it. RANKFALL_BINARY names it."""
import json
import os
import pathlib
import subprocess

import pytest

BINARY = os.environ.get("RANKFALL_BINARY", "")

SMALL = (pathlib.Path(__file__).parents[1] / "small.toml").read_text()


def pytest_configure():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"RANKFALL_BINARY must name the built program; it is {BINARY!r}", returncode=2)


class Rankfall:
    """Runs the program in a directory of its own; nothing is inherited but the path."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.experiment = directory / "small.toml"
        self.experiment.write_text(SMALL)

    def __call__(self, *arguments, stdout=subprocess.PIPE):
        return subprocess.run([BINARY, *map(str, arguments)], cwd=self.directory, stdout=stdout, stderr=subprocess.PIPE,
                              text=True, timeout=300, check=False)

    def start(self, *arguments):
        return subprocess.Popen([BINARY, *map(str, arguments)], cwd=self.directory, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def completes(self, *arguments):
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def begins(self, text, *more, out="out"):
        """`run` of this experiment into `out`, whatever comes of it."""
        self.experiment.write_text(text)
        return self("run", "small.toml", "--out", out, "--no-figures", *more)

    def checksum(self, out="out"):
        return json.loads((self.directory / out / "run.json").read_text())["checksum"]

    def replays_and_merges_to_the_same(self, text):
        """A replica trained again, and the run in two shards, have the numbers of the run."""
        assert self.begins(text).returncode == 0
        told = self.completes("replay", "out", "--replica", "0:7", "--every", "1", "--out", "trace.nc")
        assert "bit for bit" in told.stdout
        for part in "12":
            assert self.begins(text, "--shard", f"{part}/2", out=f"s{part}").returncode == 0
        self.completes("merge", "s1", "s2", "--out", "merged")
        assert self.checksum("merged") == self.checksum("out")

    def files(self):
        """Everything below the directory, as relative paths."""
        return {str(path.relative_to(self.directory)) for path in self.directory.rglob("*")}


@pytest.fixture
def rankfall(tmp_path):
    return Rankfall(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A program whose directory holds one finished run in `out`."""
    program = Rankfall(tmp_path_factory.mktemp("finished"))
    done = program("run", "small.toml", "--out", "out", "--no-figures", "--threads", 1)
    assert done.returncode == 0, done.stderr
    return program
