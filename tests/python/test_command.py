"""python3 -m rankfall.figures: paths on stdout and nothing else, or one line that says what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RATES
from rankfall import figures
from rankfall.figures.__main__ import main
from synthetic import Recipe, write_run

package = Path(__file__).resolve().parents[2] / "python"


def draw(directory, *before):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, before), str(package)])}
    return subprocess.run([sys.executable, "-m", "rankfall.figures", str(directory)], env=environment, text=True,
                          capture_output=True, check=False)


def complaint(status, out, err):
    assert status == 1 and out == ""
    (line,) = err.splitlines()
    return line


def test_paths_of_the_figures_and_nothing_else(tmp_path):
    run = write_run(tmp_path / "a run", Recipe(RATES, [2, 4, 6], trajectories=True))
    done = draw(run)
    assert (done.returncode, done.stderr) == (0, "")
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert {path.stem for path in paths} == {"jump_probability", "survival", "fall_rates", "final_rank", "spectra", "trajectories",
                                             "unobserved_error"}
    assert sorted(paths) == sorted((run / "figures").iterdir())  # and nothing unfinished is left
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_the_same_run_gives_the_same_bytes(tmp_path):
    run = write_run(tmp_path, Recipe(jumps=[4]))
    figures.draw(run)
    first = {path.name: path.read_bytes() for path in (run / "figures").iterdir()}
    figures.draw(run)
    assert first == {path.name: path.read_bytes() for path in (run / "figures").iterdir()}


def test_complaints_are_one_line(tmp_path, capsys):
    def complaint_about(*arguments):
        status = main([str(argument) for argument in arguments])
        return complaint(status, *capsys.readouterr())

    assert "usage" in complaint_about()
    assert "is not a directory" in complaint_about(tmp_path / "nowhere")
    (tmp_path / "experiment.toml").write_text("")
    assert "not finished" in complaint_about(tmp_path)
    run = write_run(tmp_path / "run", Recipe(RATES, [0, 0, 0], [10, 10, 10], optimizer="gd"))
    assert "all replicas diverged" in complaint_about(run)
    run = write_run(tmp_path / "blocked", Recipe(jumps=[4]))
    (run / "figures").write_text("a file in the way")
    assert "cannot be written" in complaint_about(run)
    (run / "summary.csv").unlink()
    assert "summary.csv" in complaint_about(run)


@pytest.mark.parametrize("name", ["matplotlib", "xarray", "netCDF4"])
def test_a_missing_package_is_named(tmp_path, name):
    run = write_run(tmp_path / "run", Recipe(jumps=[4]))
    (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}', name='{name}')")
    done = draw(run, tmp_path)
    line = complaint(done.returncode, done.stdout, done.stderr)
    assert f"'{name}' is missing; install python3-{name.lower()}" in line
