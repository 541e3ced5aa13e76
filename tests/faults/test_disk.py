"""No space, or no permission to write: exit status 2 and one line; what is finished stays, and the same command goes
on once it can."""
import os

import pytest

from harness import NEVER, checksum, limit_file_size, the_line, units_in

ENLARGED = 8192  # kilobytes, for everything


def fails_with(program, out, reasons, **how):
    code, told = program.run(out, **how)
    assert code == 2, told
    line = the_line(told)
    assert any(reason in line for reason in reasons), line
    return line


def goes_on(program, out, reference):
    """The same command, with nothing in its way any more."""
    kept = units_in(out)
    told = program.completes(out)
    assert "note:" not in told, told
    if kept:
        assert f"{len(kept)} of {len(reference.units)} work units are on disk already" in told
    assert checksum(out) == reference.checksum
    reference.is_kept_in(out)
    assert not list(out.rglob("*.tmp"))


def sizes(reference):
    unit = min(len(content) for content in reference.units.values())
    results = (reference.out / "results.nc").stat().st_size
    assert results > 4 * unit
    return unit, results


@pytest.mark.parametrize("file, keep", [("experiment.toml", NEVER), (".unit", NEVER), (".checkpoint", "0.00001"),
                                        ("results.nc", NEVER)])
def test_file_size_limit(program, reference, file, keep):
    unit, results = sizes(reference)
    limit = {"experiment.toml": 100, ".unit": unit // 2, ".checkpoint": unit // 2, "results.nc": results // 2}[file]
    out = program.directory / "out"
    line = fails_with(program, out, ["File too large"], keep=keep, preexec_fn=lambda: limit_file_size(limit))
    assert file in line and "raise the file size limit" in line
    kept = reference.is_kept_in(out)
    assert kept == (len(reference.units) if file == "results.nc" else 0)
    assert not (out / "results.nc").exists()
    goes_on(program, out, reference)


@pytest.mark.parametrize("units", [0.5, 2.5, 5.5, "all"])
@pytest.mark.parametrize("keep", [NEVER, "0.0005"])
def test_full_disk(program, reference, small_disk, units, keep):
    unit, results = sizes(reference)
    largest = max(len(content) for content in reference.units.values())
    room = sum(map(len, reference.units.values())) + 0.6 * results if units == "all" else units * largest + 16384
    disk = small_disk(int(room) // 1024)
    out = disk.path / "out"
    fails_with(program, out, ["No space left on device"], keep=keep)
    kept = reference.is_kept_in(out)
    assert kept == len(reference.units) or units != "all" or keep != NEVER
    fails_with(program, out, ["No space left on device"], keep=keep)  # again, with no more room than before
    assert reference.is_kept_in(out) >= kept
    disk.resize(ENLARGED)
    goes_on(program, out, reference)


def test_full_disk_leaves_earlier_results_alone(program, reference, small_disk):
    disk = small_disk(ENLARGED)
    out = disk.path / "out"
    program.completes(out)
    before = (out / "results.nc").read_bytes()
    filler = out.parent / "filler"
    with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    (out / "summary.csv").unlink()  # the products are to be written again
    fails_with(program, out, ["No space left on device"])
    assert (out / "results.nc").read_bytes() == before
    filler.unlink()
    goes_on(program, out, reference)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root; test_read_only_disk does")
@pytest.mark.parametrize("where", [".", "units"])
def test_read_only_directory(program, reference, where):
    out = program.directory / "out"
    assert program.run(out, "--max-hours", "1e-9")[0] == 3
    (out / where).chmod(0o555)
    try:
        fails_with(program, out, ["Permission denied"])
    finally:
        (out / where).chmod(0o755)
    goes_on(program, out, reference)


@pytest.mark.parametrize("made", ["nothing", "folder", "stopped run", "whole run"])
def test_read_only_disk(program, reference, small_disk, made):
    disk = small_disk(ENLARGED)
    out = disk.path / "out"
    if made != "nothing":
        out.mkdir()
    if made == "stopped run":
        assert program.run(out, "--max-hours", "1e-9")[0] == 3
    elif made == "whole run":
        program.completes(out)
    disk.set_read_only(True)
    fails_with(program, out, ["Read-only file system"])
    disk.set_read_only(False)
    goes_on(program, out, reference)
