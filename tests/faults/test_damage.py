"""Damaged units and checkpoints: told of, never trusted, made again; the result is the undisturbed one."""
import json
import shutil

import pytest

from harness import ONE_LONG_UNIT, checksum, wait_until


def flip_a_byte(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1:]


DAMAGES = {"flipped": flip_a_byte, "first byte": lambda content: b"R" + content[1:],
           "truncated": lambda content: content[:-1000], "grown": lambda content: content + b"more",
           "empty": lambda content: b""}


@pytest.fixture
def finished(program, reference):
    """A copy of the undisturbed run."""
    out = program.directory / "out"
    shutil.copytree(reference.out, out)
    return out


def is_mended(program, reference, out, damaged):
    """The same command tells of each damaged unit, makes those anew and ends as if nothing had been."""
    told = program.completes(out)
    notes = [line for line in told.splitlines() if line.startswith("note: ")]
    assert len(notes) == len(damaged), told
    for name in damaged:
        assert any(name in note and "is trained again: " in note for note in notes), told
    assert f"{len(reference.units) - len(damaged)} of {len(reference.units)} work units are on disk already" in told
    assert checksum(out) == reference.checksum
    assert reference.is_kept_in(out) == len(reference.units)


@pytest.mark.parametrize("damage, without", [*((damage, []) for damage in DAMAGES),
                                             ("flipped", ["results.nc", "summary.csv", "run.json"])])
def test_damaged_unit(program, reference, finished, damage, without):
    name = sorted(reference.units)[3]
    (finished / "units" / name).write_bytes(DAMAGES[damage](reference.units[name]))
    for product in without:
        (finished / product).unlink()
    is_mended(program, reference, finished, [name])


def test_swapped_units(program, reference, finished):
    one, other = sorted(reference.units)[2:4]
    (finished / "units" / one).write_bytes(reference.units[other])
    (finished / "units" / other).write_bytes(reference.units[one])
    is_mended(program, reference, finished, [one, other])


def test_unit_that_is_a_folder_cannot_be_mended(program, reference, finished):
    name = sorted(reference.units)[0]
    (finished / "units" / name).unlink()
    (finished / "units" / name / "inside").mkdir(parents=True)
    code, told = program.run(finished)
    assert code == 2, told
    assert name in told.splitlines()[-1]
    shutil.rmtree(finished / "units" / name)
    program.completes(finished)
    assert checksum(finished) == reference.checksum


@pytest.fixture
def stopped(program, long_reference):
    """A run of one unit that was killed well on its way, and its checkpoints: the latest, and the one before."""
    out = program.directory / "out"
    folder = out / "checkpoints"
    stem = next(iter(long_reference.units)).removesuffix(".unit")
    pair = [folder / f"{stem}{ending}.checkpoint" for ending in ("", "_prev")]
    while not all(path.exists() for path in pair):
        shutil.rmtree(out, ignore_errors=True)
        process = program.start(program.command(out, *ONE_LONG_UNIT))
        wait_until(lambda: process.poll() is not None or pair[1].exists())
        process.kill()
        program.end(process)
    return out, pair


def trained_steps(out):
    """In the last run of that directory."""
    return json.loads((out / "progress.json").read_text())["replica_steps"]


@pytest.mark.parametrize("damage", ["none", "flipped", "truncated", "empty"])  # a file is read like that of a unit
def test_damaged_checkpoint(program, long_reference, stopped, damage):
    out, (latest, previous) = stopped
    if damage != "none":
        latest.write_bytes(DAMAGES[damage](latest.read_bytes()))
    told = program.completes(out, *ONE_LONG_UNIT)
    notes = [line for line in told.splitlines() if line.startswith("note: ")]
    assert len(notes) == (damage != "none"), told
    assert all(latest.name in note and previous.name not in note for note in notes), told
    assert trained_steps(out) < trained_steps(long_reference.out)  # it went on from one of the two
    assert checksum(out) == long_reference.checksum


@pytest.mark.parametrize("damage", ["flipped", "empty"])
def test_both_checkpoints_damaged(program, long_reference, stopped, damage):
    out, pair = stopped
    for path in pair:
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    told = program.completes(out, *ONE_LONG_UNIT)
    notes = [line for line in told.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1 and all(path.name in notes[0] for path in pair), told
    assert trained_steps(out) == trained_steps(long_reference.out)  # anew
    assert checksum(out) == long_reference.checksum
