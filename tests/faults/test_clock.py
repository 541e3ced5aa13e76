"""A wall clock that jumps by an hour at every look: nothing that matters may hang on it."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from harness import PATIENCE, checksum


@pytest.fixture(scope="module")
def jumping(tmp_path_factory):
    """The environment of a process whose clock jumps."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler: clocks cannot be made to jump")
    library = tmp_path_factory.mktemp("clock") / "clock_jumps.so"
    source = pathlib.Path(__file__).with_name("clock_jumps.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, timeout=PATIENCE)
    return {**os.environ, "LD_PRELOAD": str(library)}


def is_sane(out, real_seconds):
    progress = json.loads((out / "progress.json").read_text())
    assert progress["state"] == "done"
    assert 0 <= progress["seconds"] <= real_seconds
    assert progress["seconds_left"] == 0
    assert progress["replica_steps_per_second"] >= 0
    assert 0 <= json.loads((out / "run.json").read_text())["wall_seconds"] <= real_seconds


def test_clock_jumps(program, reference, jumping):
    out = program.directory / "out"
    begin = time.monotonic()
    told = program.completes(out, "--max-hours", "0.5", env=jumping)  # half a jump
    is_sane(out, time.monotonic() - begin)
    assert "note:" not in told
    assert checksum(out) == reference.checksum
    reference.is_kept_in(out)
    written = json.loads((out / "run.json").read_text())["created_at"]
    created = datetime.datetime.fromisoformat(written.replace("Z", "+00:00"))
    off = abs((created - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    assert 1800 < off < 5400, "the clock did not jump: this test would show nothing"


def test_going_on_with_files_from_the_future(program, reference, jumping):
    out = program.directory / "out"
    assert program.run(out, "--max-hours", "1e-5", env=jumping)[0] == 3
    for path in out.rglob("*"):
        os.utime(path, (time.time() + 1e6, time.time() + 1e6))
    program.completes(out)
    assert checksum(out) == reference.checksum
