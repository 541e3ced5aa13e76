"""bench/peers/harness/compare.py: who is timed, who is refused, and what is printed."""

import dataclasses
import json
import subprocess
import sys

import pytest
from peer_work import REPLICAS, harness_folder, solved, synthetic, write

import compare  # isort: skip  (found once peer_work is imported)
import table  # isort: skip
import trainer  # isort: skip
import worker  # isort: skip
from rankfall_rate import Case  # isort: skip


def answers(capsys, peer, path):
    worker.serve(peer, str(path), REPLICAS, "cpu")
    return json.loads(capsys.readouterr().out.splitlines()[0])


def missing_package(folder):
    """A peer's folder, by its path, that imports what nobody has."""
    (folder / "peer.py").write_text("import no_such_package\n")
    return str(folder)


def test_worker_refuses_to_time_what_disagrees(tmp_path, capsys):
    numpy_loop = trainer.PEERS[0]
    told = answers(capsys, numpy_loop, write(tmp_path / "wrong.nc", synthetic()))
    assert compare.status_of(told).startswith("DISAGREES: NumPy")
    told = answers(capsys, dataclasses.replace(numpy_loop, folder=missing_package(tmp_path), needs="spam"),
                   tmp_path / "wrong.nc")
    assert compare.status_of(told) == "not installed (spam)"
    told = answers(capsys, numpy_loop, tmp_path / "absent.nc")
    assert compare.status_of(told).startswith("failed: FileNotFoundError")


FAKE = """#!{python}
import json, shutil, sys
to = sys.argv[-1]
if "--export" in sys.argv:
    shutil.copy({workload!r}, to)
elif "--json" in sys.argv:
    row = {{"median_replica_steps_per_second": 1e6, "peak_gflops": 100.0}}
    open(to, "w").write(json.dumps({{"rows": [row]}}))
"""


@pytest.mark.parametrize("right", [True, False])
def test_comparison_with_a_stand_in_for_rankfall(tmp_path, right):
    work = write(tmp_path / "work.nc", solved(synthetic()) if right else synthetic())
    binary = tmp_path / "rankfall"
    binary.write_text(FAKE.format(python=sys.executable, workload=str(work)))
    binary.chmod(0o755)
    told = subprocess.run([sys.executable, str(harness_folder / "compare.py"), "--device", "cpu", "--rankfall", str(binary),
                           "--sizes", "4", "--operations", "gd", "--replicas", "8", "--precision", "float64", "--rounds",
                           "2", "--seconds", "0.01", "--patience", "0", "--peers", "NumPy", "--json",
                           str(tmp_path / "out.json")], capture_output=True, text=True, check=False)
    assert told.returncode == (0 if right else 1), told.stderr
    rows = json.loads((tmp_path / "out.json").read_text())["rows"]
    if not right:
        assert [row["program"] for row in rows] == ["NumPy, loop over replicas"]
        assert "DISAGREES" in told.stdout
        return
    assert [row["program"] for row in rows] == ["rankfall", "NumPy, loop over replicas"]
    cores = rows[0]["rate"] / 1e6
    assert cores == len(compare.machine.os.sched_getaffinity(0))
    assert rows[0]["fraction_of_peak"] == pytest.approx(1e6 * 768 / 100e9)  # 6 (L-1) d^3 = 768
    assert rows[1]["rankfall_ratio"] > 0


def test_useful_operations():
    assert Case("gd", "float32", 3, 10).useful_operations == 12000
    assert Case("sgd", "float32", 3, 10).useful_operations == 680
    assert str(Case("sgd", "float64", 2, 5)) == "sgd:float64:2:5"


def test_table():
    common = {"case": "gd:float32:3:4", "n": 2048, "quiet": True}
    text = table.text_table([
        common | {"program": "rankfall", "rate": 2.16e8, "rankfall_ratio": 1.0, "fraction_of_peak": 0.7},
        common | {"program": "a loop", "rate": 5432.1, "rankfall_ratio": 39763.0, "fraction_of_peak": 1.8e-5,
                  "replicas": 16, "quiet": False},
        common | {"program": "another", "rate": 1e7},
        common | {"program": "absent", "status": "not installed (jax)"}])
    lines = [line.split("  ") for line in text.splitlines()]
    assert [part.strip() for part in lines[1] if part.strip()] == [
        "gd:float32:3:4", "2048", "rankfall", "2.16e+08", "1 x", "70"]
    assert text.splitlines()[2].endswith("5.43e+03      40000 x  0.0018  16 replicas, machine was busy")
    assert text.splitlines()[3].split()[-3:] == ["1e+07", "-", "-"]
    assert text.splitlines()[4].endswith("not installed (jax)")
    assert len({line.index("2048") for line in text.splitlines()[1:]}) == 1
