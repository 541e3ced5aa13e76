"""RANKFALL_BINARY names the built program. Tests kill it, starve it and lie to it; what it has finished must stay, and
repeating the command must give what an undisturbed run gives."""
import os

import pytest

from harness import BINARY, ONE_LONG_UNIT, Program, Reference, UNITS
from small_disk import NotPermitted, SmallDisk


def pytest_configure():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"RANKFALL_BINARY must name the built program; it is {BINARY!r}", returncode=2)


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path)
    yield made
    made.clean_up()


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    made = Reference(tmp_path_factory.mktemp("reference"))
    assert len(made.units) == UNITS
    return made


@pytest.fixture(scope="session")
def long_reference(tmp_path_factory):
    made = Reference(tmp_path_factory.mktemp("long"), *ONE_LONG_UNIT)
    assert len(made.units) == 1
    return made


@pytest.fixture
def small_disk(tmp_path):
    """Makes a file system of the size asked for."""
    disks = []

    def make(kilobytes):
        folder = tmp_path / "disk"
        folder.mkdir()
        try:
            disks.append(SmallDisk(folder, kilobytes))
        except NotPermitted as refusal:
            pytest.skip(f"no file system may be mounted here: {refusal}")
        return disks[-1]

    yield make
    for disk in disks:
        disk.clean_up()
