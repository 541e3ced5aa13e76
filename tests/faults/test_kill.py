"""SIGKILL at any moment: no finished unit is lost, and the same command goes on to the undisturbed result."""
import random
import shutil

from harness import BINARY, ONE_LONG_UNIT, UNITS, checksum, unit_count, units_in, wait_until

KILLS_WHILE_TRAINING, KILLS_WHILE_WRITING, KILLS_IN_A_LONG_UNIT, KILLS_WHILE_JOINING = 50, 30, 20, 10


class Tally:
    """How often what happened."""

    def __init__(self):
        self.kills = self.completed = self.resumed = self.writing = self.checkpoints = 0


def killed(process, delay):
    """Whether the process was killed after `delay` seconds rather than had ended by itself, well."""
    try:
        process.wait(timeout=delay)
    except Exception:  # still running, which is what was hoped for
        process.kill()
    told = process.communicate(timeout=60)[1]
    assert process.returncode in (0, -9), told
    assert "trained again" not in told and "note:" not in told, told
    return process.returncode == -9


def being_written(out):
    """Products under their temporary names, and when they were last written to."""
    found = [out / name for name in ("results.nc.tmp", "summary.csv.tmp", "run.json.tmp")]
    return {path.name: path.stat().st_mtime_ns for path in found if path.exists()}


def after_kill(out, before, reference, tally):
    """Checks and counts what a kill has left in `out`, where there were the units `before`."""
    now = units_in(out)
    assert set(before) <= set(now), "a finished unit is lost"
    reference.is_kept_in(out)
    tally.kills += 1
    tally.resumed += bool(before)
    tally.checkpoints += any(out.glob("checkpoints/*.checkpoint"))


def kill_repeatedly(program, reference, kills, delay, *more, aim=lambda process, out: None):
    """Starts, kills and starts again, and from scratch whenever a run completes, until `kills` were killed."""
    tally = Tally()
    out = program.directory / "out"
    while tally.kills < kills:
        before, half_written = units_in(out), being_written(out)
        process = program.start(program.command("out", *more))
        aim(process, out)
        was_killed = killed(process, delay())
        program.started.remove(process)
        if was_killed:
            after_kill(out, before, reference, tally)
            tally.writing += bool(set(being_written(out).items()) - set(half_written.items()))
            if not (out / "run.json").exists():  # the last of the products
                continue
        assert checksum(out) == reference.checksum
        tally.completed += 1
        shutil.rmtree(out)
    program.completes("out", *more)
    assert checksum(out) == reference.checksum
    reference.is_kept_in(out)
    return tally


def test_while_training(program, reference):
    choice = random.Random(1)
    longest = 0.8 * reference.seconds
    tally = kill_repeatedly(program, reference, KILLS_WHILE_TRAINING, lambda: choice.uniform(0, longest))
    assert tally.resumed > 0 and tally.checkpoints > 0, vars(tally)


def test_while_results_are_written(program, reference):
    choice = random.Random(2)

    def last_unit(process, out):
        lock = out / "units/lock"
        wait_until(lambda: process.poll() is not None or (lock.exists() and f" {process.pid} " in lock.read_text()))
        wait_until(lambda: process.poll() is not None or unit_count(out) == UNITS)

    tally = kill_repeatedly(program, reference, KILLS_WHILE_WRITING, lambda: choice.uniform(0, 0.03), aim=last_unit)
    print(f"{tally.writing} of {tally.kills} kills came while results were being written")
    assert tally.writing > 0, vars(tally)


# No run is given the time that the unit takes: only what checkpoints keep brings it to its end.
def test_in_one_long_unit(program, long_reference):
    choice = random.Random(3)
    longest = 0.6 * long_reference.seconds
    tally = kill_repeatedly(program, long_reference, KILLS_IN_A_LONG_UNIT, lambda: choice.uniform(0.1, 1) * longest,
                            *ONE_LONG_UNIT)
    assert tally.checkpoints > 0 and tally.completed > 0, vars(tally)


def test_while_shards_are_joined(program, reference):
    choice = random.Random(4)
    for part in (1, 2):
        program.completes(f"part{part}", "--shard", f"{part}/2")
    parts = {part: units_in(program.directory / part) for part in ("part1", "part2")}
    command = [BINARY, "merge", "part1", "part2", "--out", "out", "--no-figures"]
    tally = Tally()
    out = program.directory / "out"
    while tally.kills < KILLS_WHILE_JOINING:
        before = units_in(out)
        if killed(program.start(command), choice.uniform(0, 0.05)):
            after_kill(out, before, reference, tally)
        else:
            assert checksum(out) == reference.checksum
            shutil.rmtree(out)
    code, told = program.end(program.start(command))
    assert code == 0, told
    assert checksum(out) == reference.checksum
    assert parts == {part: units_in(program.directory / part) for part in parts}
