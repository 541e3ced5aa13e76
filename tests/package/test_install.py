"""What `cmake --install` puts where, and that another project can build on it."""
import csv
import os
import pathlib
import re
import shutil
import subprocess

import pytest

BINARY = pathlib.Path(os.environ.get("RANKFALL_BINARY", ""))
ROOT = pathlib.Path(__file__).resolve().parents[2]


def done(*command, **settings):
    told = subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=300, check=False, **settings)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    place = tmp_path_factory.mktemp("installed") / "usr"
    done("cmake", "--install", BINARY.parent, "--prefix", place)
    return place


def test_the_program_its_texts_examples_and_package(prefix):
    program = prefix / "bin" / "rankfall"
    assert done(program, "--version").startswith("rankfall ")
    share = prefix / "share"
    assert (share / "man/man1/rankfall.1").read_text() == done(program, "man")
    for shell, place in {"bash": "bash-completion/completions/rankfall", "zsh": "zsh/site-functions/_rankfall",
                         "fish": "fish/vendor_completions.d/rankfall.fish"}.items():
        assert (share / place).read_text() == done(program, "completion", shell)
    presets = {line.split()[0] for line in done(program, "preset", "list").splitlines()}
    assert {path.stem.replace("_", "-") for path in (share / "rankfall/examples").glob("*.toml")} == presets
    package = share / "rankfall/python/rankfall"
    assert {path.relative_to(package) for path in package.rglob("*.py")} == {
        path.relative_to(ROOT / "python/rankfall") for path in (ROOT / "python/rankfall").rglob("*.py")}
    assert not list(share.rglob("__pycache__"))


def test_another_project_links_the_library(prefix, tmp_path):
    """The program of examples/cmake, without a look at the source tree, has the numbers of `rankfall run`."""
    shutil.copytree(ROOT / "examples/cmake", tmp_path / "own")
    done("cmake", "-S", tmp_path / "own", "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Debug")
    done("cmake", "--build", tmp_path / "build")
    targets = (prefix / "lib").rglob("rankfallTargets*.cmake")
    assert str(ROOT) not in "".join(path.read_text() for path in targets)
    told = done(tmp_path / "build" / "rank_share", "preset:rank-jumps", cwd=tmp_path)
    done(prefix / "bin/rankfall", "run", "preset:rank-jumps", "--set", "replicas=200", "--no-figures", "--out", "out", cwd=tmp_path)
    with (tmp_path / "out/summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    intervals = re.findall(r"cell (\d+): 200 replicas, P\(rank 1\) in \[(\S+), (\S+)\]", told)
    assert len(intervals) > 10
    for cell, low, high in intervals:
        row = rows[int(cell)]
        assert (float(low), float(high)) == pytest.approx((float(row["p_rank_1_low"]), float(row["p_rank_1_high"])), rel=1e-5)
    assert "With rankfall " in told
    wrong = subprocess.run([tmp_path / "build" / "rank_share", "nothing.toml"], text=True, capture_output=True, check=False)
    assert wrong.returncode == 1 and wrong.stderr.startswith("nothing.toml: cannot be read")
