"""Opening results: labelled axes, types, and one clear line where it fails."""

import math

import numpy as np
import pytest
import xarray as xr

import rankfall
from rankfall.experiment import Experiment


def test_axes_are_labelled(directories):
    with rankfall.open(directories["grid"]) as results:
        assert results["rank"].dims == ("learning_rate", "ridge", "replica")
        assert results["rank"].sel(learning_rate=0.06, ridge=0.03).values.tolist() == [1] * 5 + [2] * 5
        assert results["singular_values"].dims[-1] == "singular_value"
        assert results["cell"].sel(learning_rate=0.07, ridge=0.02).item() == 4


def test_summary_has_numbers_texts_and_gaps(directories):
    row = rankfall.summary(directories["text"])[1]
    assert row["sampling"] == "shuffled"
    assert row["p_jump_events"] == 7 and isinstance(row["p_jump_events"], int)
    assert (row["p_jump"], row["p_jump_low"], row["p_jump_high"]) == (0.7, 0.3475, 0.9333)
    assert math.isnan(rankfall.summary(directories["text"])[0]["first_passage_median"])


def test_settings_of_a_cell_are_the_sweeps_or_the_files(directories):
    with rankfall.open(directories["grid"]) as results:
        experiment = Experiment(results)
        position = {"learning_rate": 2, "ridge": 1}
        assert experiment.value("phase.noise.learning_rate", position) == 0.07
        assert experiment.value("objective.ridge", position) == 0.03
        assert experiment.horizon(position) == 2000
        assert experiment.value("probe.quench.steps", position, 7) == 7
        assert experiment.asks_for_jumps()
        assert experiment.rank_tolerance(position) == pytest.approx(0.01 * 3.0)  # sigma_1 of diag(3, 2)


@pytest.mark.parametrize("problem, probe, expected", [
    ("rows = 4\nrank = 1", "", 4e-3 * 4.0),                       # entries of root-mean-square 1: Frobenius norm 4
    ("rows = 2\ncolumns = 8\nrank = 1", "", 4e-3 * 4.0),
    ("rows = 4\nspectrum = [5.0, 1.0]", "rank_tolerance = 0.1", 0.5),
    ("rows = 4\nrank = 2", "rank_tolerance = { absolute = 0.02 }", 0.02),
    ("rows = 4\nrank = 2", "", None),
    ('target = "target.csv"', "", None)])
def test_rank_tolerance_is_what_the_file_says_of_it(problem, probe, expected):
    text = f"[problem]\n{problem}\n[probe]\n{probe}\n[[phase]]\nsteps = 1"
    results = xr.Dataset({}, {"cell": 0}, {"experiment": text})
    tolerance = Experiment(results).rank_tolerance({})
    assert tolerance == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("phase, expected", [
    ("", None), ("rank = 2", None), ("rank = 1", 4e-3 * 4.0), ("spectrum = [0.5]", 4e-3 * 0.5),
    ("target = [[0, 3], [0, 0]]", 4e-3 * 3.0)])
def test_rank_tolerance_is_relative_to_the_last_phases_target(phase, expected):
    text = f"[problem]\nrows = 4\nrank = 3\n[[phase]]\nsteps = 1\nspectrum = [7.0]\n[[phase]]\nsteps = 1\n{phase}"
    tolerance = Experiment(xr.Dataset({}, {"cell": 0}, {"experiment": text})).rank_tolerance({})
    assert tolerance == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("problem, phase, expected", [
    ('observed = "gaussian"\nobserved_count = 9', "", True),
    ('observed = "gaussian"\nobserved_count = 9', "observed_count = 5", False),  # entries of its own
    ("observed_count = 9", 'observed = "gaussian"\nobserved_count = 5', True),
    ("observed_count = 9", "", False)])
def test_what_the_last_phase_senses(problem, phase, expected):
    text = f"[problem]\nrows = 4\n{problem}\n[[phase]]\nsteps = 1\n[[phase]]\nsteps = 1\n{phase}"
    assert Experiment(xr.Dataset({}, {"cell": 0}, {"experiment": text})).senses() is expected


def refusal(call, *arguments):
    with pytest.raises(rankfall.ResultsError) as caught:
        call(*arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_refusals_are_one_clear_line(tmp_path, directories):
    assert "is not a directory" in refusal(rankfall.open, tmp_path / "nowhere")
    assert "is not a result directory" in refusal(rankfall.summary, tmp_path)
    (tmp_path / "experiment.toml").write_text("")
    assert "not finished" in refusal(rankfall.open, tmp_path)
    (tmp_path / "results.nc").write_bytes((directories["one"] / "results.nc").read_bytes()[:2000])
    assert "cannot be read" in refusal(rankfall.open, tmp_path)
    xr.Dataset({"x": ("t", np.zeros(3))}).to_netcdf(tmp_path / "other.nc", engine="netcdf4")
    (tmp_path / "other.nc").replace(tmp_path / "results.nc")
    assert "is not a result file of rankfall" in refusal(rankfall.open, tmp_path)
    (tmp_path / "summary.csv").write_text("a,b\n1,2\n")
    assert "is not a summary" in refusal(rankfall.summary, tmp_path)
    (tmp_path / "summary.csv").write_text("cell,n\n0,10\n1\n")
    assert "line 3" in refusal(rankfall.summary, tmp_path)
