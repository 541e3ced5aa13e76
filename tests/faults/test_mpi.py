"""One of several MPI ranks is killed: the launcher ends the others, what was finished stays, the command goes on."""
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from harness import ALL_THE_TIME, BINARY, PATIENCE, Reference, checksum, unit_count, wait_until

RANKS = 3
# Long enough for three ranks to be in the middle of it.
MORE = ("--set", "replicas=1536", "--set", "phase.noise.steps=8000")


def has_mpi():
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    return "libmpi" in linked


pytestmark = [pytest.mark.skipif(not shutil.which("mpirun"), reason="mpirun is not installed"),
              pytest.mark.skipif(not has_mpi(), reason="this build has no MPI")]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What a single process gives."""
    return Reference(tmp_path_factory.mktemp("alone"), *MORE)


def parent_of(process):
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def ranks_below(launcher):
    """Process ids of the program's ranks by rank, as far as `launcher` has started them."""
    found = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if parent_of(process) != launcher or not os.path.samefile(process / "exe", BINARY):
                continue
            words = (process / "environ").read_text().split("\0")
        except (OSError, ValueError):  # it has ended meanwhile, or is another user's
            continue
        name = "OMPI_COMM_WORLD_RANK="
        found.update({int(word.removeprefix(name)): int(process.name) for word in words if word.startswith(name)})
    return found


class Launcher:
    """mpirun; no rank outlives a test."""

    def __init__(self, program):
        self.program = program
        self.pids = {}

    def start(self, out, *more, keep=ALL_THE_TIME):
        command = ["mpirun", "-n", str(RANKS), "--oversubscribe", *self.program.command(out, *more, keep=keep)]
        return self.program.start(command, env=ENVIRONMENT)

    def completes(self, out, *more, **how):
        code, told = self.program.end(self.start(out, *more, **how))
        assert code == 0, told
        return told

    def start_and_find(self, out, *more):
        process = self.start(out, *more)
        self.pids = wait_until(lambda: (found := ranks_below(process.pid)) and len(found) == RANKS and found)
        return process

    def clean_up(self):
        for pid in self.pids.values():
            try:
                if os.path.samefile(f"/proc/{pid}/exe", BINARY):
                    os.kill(pid, signal.SIGKILL)
            except OSError:  # gone, as it should be
                pass


@pytest.fixture
def launcher(program):
    made = Launcher(program)
    yield made
    made.clean_up()


def test_ranks_give_what_one_process_gives(program, alone, launcher):
    out = program.directory / "out"
    told = launcher.completes(out, *MORE)
    assert f", {RANKS} processes" in told
    assert checksum(out) == alone.checksum
    assert alone.is_kept_in(out) == len(alone.units)


@pytest.mark.parametrize("rank", range(RANKS))
@pytest.mark.parametrize("units", [0, 3])
def test_killed_rank(program, alone, launcher, rank, units):
    out = program.directory / "out"
    process = launcher.start_and_find(out, *MORE)
    wait_until(lambda: process.poll() is not None or unit_count(out) >= units and (out / "progress.json").exists())
    assert process.poll() is None, "it ended before a rank could be killed"
    os.kill(launcher.pids[rank], signal.SIGKILL)
    code, told = program.end(process)
    assert code != 0, told
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in launcher.pids.values()))
    kept = alone.is_kept_in(out)
    assert units <= kept  # all of them, where a busy machine was late with the kill: then the merge was cut off
    copy = program.directory / "copy"
    shutil.copytree(out, copy)
    for told in (launcher.completes(out, *MORE), program.completes(copy, *MORE)):
        assert not kept or f"{kept} of {len(alone.units)} work units are on disk already" in told
        assert "trained again" not in told
    for directory in (out, copy):
        assert checksum(directory) == alone.checksum
        assert alone.is_kept_in(directory) == len(alone.units)


# Every rank trains the same noise-free beginning and keeps it under one name, as often as it can.
def test_ranks_share_a_beginning(program, launcher):
    shared = ("--set", "initialization.instances=shared", "--set", "phase.settle.steps=30000", "--set", "replicas=1536",
              "--set", "phase.noise.steps=200", "--set", "sweep.phase.noise.learning_rate=[0.05]")
    program.completes("whole", *shared)
    told = launcher.completes("out", *shared, keep="0.00001")
    assert "note:" not in told, told
    assert checksum(program.directory / "out") == checksum(program.directory / "whole")
