"""Several processes at one directory: those that would disturb each other are refused, and told why."""
import os
import signal
import socket

import pytest

from harness import BINARY, checksum, the_line, units_in, wait_until


def signed(process, lock):
    return process.poll() is None and lock.exists() and f"process {process.pid} " in lock.read_text()


def has_told(out):
    return any(out.glob("progress*.json"))


@pytest.fixture
def hold(program):
    """Starts a run and halts it as soon as it holds its lock and has told its first progress."""

    def start(out, *more):  # `more`: nothing, or --shard 1/2
        process = program.start(program.command(out, *more))
        lock = program.directory / out / "units" / ("lock.shard-1-of-2" if more else "lock")
        wait_until(lambda: process.poll() is not None or (signed(process, lock) and has_told(program.directory / out)))
        process.send_signal(signal.SIGSTOP)
        assert signed(process, lock), "it ended before it could be halted"
        return process

    return start


def is_refused(program, command, out, holder):
    """With one line and nothing else."""
    code, told = program.end(program.start(command))
    assert code == 1, told
    whose = f"process {holder.pid} on {socket.gethostname()}"
    remedy = "wait for it to end, or choose another --out"
    assert told == f"rankfall: {out}: is in use; {whose} is at work on it; {remedy}\n"


def ends_undisturbed(program, holder, out, reference):
    holder.send_signal(signal.SIGCONT)
    code, told = program.end(holder)
    assert code == 0, told
    assert checksum(program.directory / out) == reference.checksum


def test_second_process_is_refused(program, reference, hold):
    holder = hold("out")
    before = {path for path in program.directory.rglob("*")}
    for more in ([], ["--shard", "1/2"]):
        is_refused(program, program.command("out", *more), "out", holder)
    assert {path for path in program.directory.rglob("*")} - before <= {program.directory / "out/units/lock.setup"}
    ends_undisturbed(program, holder, "out", reference)


def test_merge_into_a_directory_in_use_is_refused(program, reference, hold):
    holder = hold("out")
    is_refused(program, [BINARY, "merge", str(reference.out), "--out", "out", "--no-figures"], "out", holder)
    ends_undisturbed(program, holder, "out", reference)


def test_reading_is_not_refused(program, reference, hold):
    holder = hold("out")
    for verb in ("status", "summary"):
        code, told = program.end(program.start([BINARY, verb, "out"]))
        assert code == 0, told
    ends_undisturbed(program, holder, "out", reference)


def test_killed_holder_leaves_the_lock_free(program, reference, hold):
    holder = hold("out")
    holder.kill()
    assert program.end(holder)[0] == -9
    program.completes("out")
    assert checksum(program.directory / "out") == reference.checksum


def test_shards_side_by_side(program, reference, hold):
    holder = hold("out", "--shard", "1/2")
    program.completes("out", "--shard", "2/2")
    assert len(units_in(program.directory / "out")) < len(reference.units)
    is_refused(program, program.command("out", "--shard", "1/2"), "out", holder)
    code, told = program.run("out")  # the whole would disturb the shard
    assert code == 1 and " is in use; " in the_line(told)
    ends_undisturbed(program, holder, "out", reference)


# Both shards train the same noise-free beginning and keep it under one name, as often as they can.
SHARED_BEGINNING = ("--set", "initialization.instances=shared", "--set", "phase.settle.steps=60000",
                    "--set", "phase.noise.steps=200", "--set", "sweep.phase.noise.learning_rate=[0.05]")


@pytest.mark.parametrize("attempt", range(3))
def test_shards_at_once(program, attempt):
    program.completes("whole", *SHARED_BEGINNING)
    running = [program.start(program.command("out", *SHARED_BEGINNING, "--shard", f"{part}/2", keep="0.00001"))
               for part in (1, 2)]
    for process in running:
        code, told = program.end(process)
        assert code == 0 and "note:" not in told, told
    assert checksum(program.directory / "out") == checksum(program.directory / "whole")


def test_two_at_the_same_moment(program, reference):
    running = [program.start(program.command("out")) for _ in range(4)]
    codes = sorted(program.end(process)[0] for process in running)
    assert codes[0] == 0 and set(codes) <= {0, 1}, codes
    assert checksum(program.directory / "out") == reference.checksum
    assert os.listdir(program.directory / "out/units")
