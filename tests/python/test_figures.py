"""What is drawn are the numbers: of summary.csv, of the replicas, of curves computed by hand."""

import numpy as np
import pytest
import xarray as xr

import rankfall
from rankfall.figures import (alignment, error_in_time, fall_rates, final_rank, greedy_distance, jump_probability,
                              observation_graph, phase_diagram, spectra, spectrum_data, survival, trajectories,
                              unobserved_error, velocities)
from rankfall.figures.run import Run
from drawn import bars_of, labelled, rows_where
from synthetic import BARRIER, EVERY, START, flow_run

LADDER = [0.05, 0.06, 0.07]


@pytest.mark.parametrize("name, panels, lines", [
    ("rates", [{}], [{}]),
    ("grid", [{}], [{"ridge": 0.02}, {"ridge": 0.03}]),
    ("cube", [{"sampling": "uniform"}, {"sampling": "shuffled"}], [{"ridge": 0.02}, {"ridge": 0.03}])])
def test_jump_probabilities_are_those_of_the_summary(directories, loaded, name, panels, lines):
    axes = jump_probability.draw(loaded[name]).axes
    assert len(axes) == len(panels)
    for ax, panel in zip(axes, panels):
        points, bars, lower, upper = (labelled(ax, "estimates"), bars_of(ax), labelled(ax, "lower bounds"),
                                      labelled(ax, "upper bounds"))
        for number, line in enumerate(lines):
            rows = rows_where(directories[name], **panel, **line)
            assert [row["learning_rate"] for row in rows] == LADDER
            inside = [row for row in rows if 0 < row["p_jump_events"] < 10]
            assert points[number].tolist() == [[row["learning_rate"], row["p_jump"]] for row in inside]
            intervals = [(row["learning_rate"], row["p_jump_low"], row["p_jump_high"]) for row in inside]
            assert np.allclose(bars[number].reshape(-1, 3), np.reshape(intervals, (-1, 3)))
            none = [[row["learning_rate"], 0.3085] for row in rows if row["p_jump_events"] == 0]
            every = [[row["learning_rate"], 0.6915] for row in rows if row["p_jump_events"] == 10]
            assert upper[number].tolist() == none
            assert lower[number].tolist() == every


def test_fall_rates_lie_over_the_inverse_learning_rate_with_their_law(directories, loaded):
    assert fall_rates.applies(loaded["grid"]) and not fall_rates.applies(loaded["descent"])
    ax = fall_rates.draw(loaded["grid"]).axes[0]
    for number, ridge in enumerate((0.02, 0.03)):
        rows = rows_where(directories["grid"], ridge=ridge)[::-1]  # 1 / rate ascends
        seen = [row for row in rows if row["settled_rate_events"] > 0]
        assert np.allclose(labelled(ax, "rates")[number], [[1 / row["learning_rate"], row["settled_rate"]] for row in seen])
        none = [[1 / row["learning_rate"], row["settled_rate_high"]] for row in rows if row["settled_rate_events"] == 0]
        assert np.allclose(labelled(ax, "upper bounds")[number].reshape(-1, 2), np.reshape(none, (-1, 2)))
        law = labelled(ax, "law")[number]
        assert np.allclose(np.log(law[:, 1]), BARRIER[1] - BARRIER[0] * law[:, 0])


def test_jump_figure_says_horizon_replicas_upward_jumps_and_divergence(loaded):
    texts = " ".join(text.get_text() for text in jump_probability.draw(loaded["diverging"]).texts)
    assert "within 2\N{THIN SPACE}000 steps" in texts and "n = 10 replicas per cell" in texts
    assert "Upward jumps: 0 in 30 replicas" in texts
    assert "14 of 30 replicas diverged" in texts


def test_cells_of_many_diverged_replicas_are_marked(loaded):
    ax = jump_probability.draw(loaded["diverging"]).axes[0]
    crosses = [tuple(point) for points in labelled(ax, "diverged") for point in points]
    assert crosses == [(0.06, 0.3), (0.07, 0.3085)]


@pytest.mark.parametrize("name, panel, ridge", [("grid", 1, 0.03), ("cube", 2, 0.03)])
def test_survival_curves_are_those_of_their_own_cells(directories, loaded, name, panel, ridge):
    ax = survival.draw(loaded[name]).axes[panel]
    sampling = {"sampling": "uniform"} if name == "cube" else {}
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    for line, row in zip(steps, rows_where(directories[name], ridge=ridge, **sampling), strict=True):
        jumps = row["p_jump_events"]
        # without censoring before the horizon, one of ten falls at each of the first `jumps` probes
        expected = [(0.0, 1.0)] + [(EVERY * (r + 1), 0.9 - 0.1 * r) for r in range(jumps)]
        drawn = np.transpose(line.get_data())
        assert np.allclose(drawn[:jumps + 1], expected)
        assert drawn[-1, 0] == (2000 if jumps < 10 else EVERY * 10)


def test_at_risk_table_counts_who_is_still_followed(loaded):
    texts = [text.get_text() for text in survival.draw(loaded["one"]).axes[0].texts]
    # ticks at 0, 500, ..., 2000: four of ten fall at 100, 200, 300, 400
    assert texts == ["replicas at risk", "10", "6", "6", "6", "6"]


def test_shares_in_bins_count_every_replica_once():
    edges = np.array([1e-3, 1e-2, 1e-1, 1.0])
    shares = spectra.shares_in_bins(np.array([1e-9, 0.0, 5e-3, 0.5, np.nan]), edges)
    assert shares.tolist() == [0.75, 0.0, 0.25]


def test_spectra_show_both_populations_and_the_tolerance(loaded):
    ax = spectra.draw(loaded["rates"]).axes[0]
    tolerances = [line.get_ydata()[0] for line in ax.lines if line.get_color() == "black"]
    assert tolerances == pytest.approx([0.03, 0.03, 0.03])
    heights = [[path.vertices[:, 1] for path in strip.get_paths()] for strip in ax.collections]
    # columns of sigma_1, sigma_2 per cell; none, four and ten of ten replicas have lost sigma_2
    assert [len(paths) for paths in heights] == [1, 1, 1, 2, 1, 1]
    assert min(map(min, heights[3])) < 1.1e-4 and max(map(max, heights[3])) > 1.9
    assert max(map(max, heights[5])) < 1.5e-4


def test_unknown_tolerance_is_bracketed_by_what_was_counted(loaded, monkeypatch):
    monkeypatch.setattr(type(loaded["rates"].experiment), "rank_tolerance", lambda *_: None)
    ranges = spectrum_data.tolerance_ranges(loaded["rates"])
    assert ranges == {cell: (1e-4, 2.0) for cell in range(3)}  # the cells share their target


def test_final_ranks_are_stacked_to_the_shares_of_the_summary(directories, loaded):
    axes = final_rank.draw(loaded["grid"]).axes
    for ax, ridge in zip(axes, (0.02, 0.03), strict=True):
        rows = rows_where(directories["grid"], ridge=ridge)
        bars = {container.get_label(): container for container in ax.containers}
        for rank in (1, 2):
            heights = [bar.get_height() for bar in bars[f"rank {rank}"]]
            assert heights == pytest.approx([row[f"p_rank_{rank}"] for row in rows])
        tops = [bar.get_y() + bar.get_height() for bar in bars["rank 2"]]
        assert tops == pytest.approx([1.0] * 3)


def test_final_ranks_over_a_number_are_lines_with_intervals(directories, loaded):
    ax = final_rank.draw(loaded["descent"]).axes[0]
    rows = rankfall.summary(directories["descent"])
    for rank, bars in zip((1, 2), bars_of(ax), strict=True):
        (points,) = labelled(ax, f"rank {rank}")
        assert points.tolist() == [[row["scale"], row[f"p_rank_{rank}"]] for row in rows]
        assert np.allclose(bars[:, 1:], [(row[f"p_rank_{rank}_low"], row[f"p_rank_{rank}_high"]) for row in rows])


def test_one_cell_has_a_histogram_of_final_ranks(loaded):
    ax = final_rank.draw(loaded["one"]).axes[0]
    assert [bar.get_height() for bar in ax.patches] == [0.4, 0.6]
    assert bars_of(ax)[0].tolist() == [[1, 0.1216, 0.7376], [2, 0.2624, 0.8784]]


def test_replicas_that_stopped_keep_their_last_value():
    steps = np.array([[0.0, 10.0, 20.0], [0.0, 10.0, np.nan], [5.0, np.nan, np.nan]])
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan], [6.0, np.nan, np.nan]])
    expected = [[1, 1, 2, 3], [4, 4, 5, 5], [np.nan, 6, 6, 6]]
    assert np.array_equal(trajectories.held(steps, values, np.array([0.0, 7.0, 10.0, 30.0])), expected, equal_nan=True)


def test_trajectories_are_drawn_per_replica_where_few(loaded):
    axes = trajectories.draw(loaded["traced"]).axes
    assert len(axes) == 3
    for ax, jumps in zip(axes, (2, 4, 6)):
        ends = [line.get_ydata()[-1] for line in ax.lines if len(line.get_xdata()) == 3]
        assert sorted(ends) == [1e-4] * jumps + [2.0] * (10 - jumps) + [3.0] * 10
        assert START in [line.get_xdata()[0] for line in ax.lines]  # where the last phase begins


def test_velocities_are_the_first_replicas_beside_the_law(loaded):
    for ax in velocities.draw(loaded["modes"]).axes:
        measured, law = labelled(ax, "measured"), labelled(ax, "law")
        assert [line[:, 1].tolist() for line in measured] == [[0, 1, 2], [10, 11, 12]]
        assert [line[:, 1].tolist() for line in law] == [[0, 0.75, 1.5], [7.5, 8.25, 9]]
        assert measured[0][:, 0].tolist() == law[1][:, 0].tolist() == [0, START, START + 2000]


def test_alignment_is_the_first_replicas(loaded):
    for ax in alignment.draw(loaded["modes"]).axes:
        assert [line[:, 1].tolist() for line in labelled(ax, "left")] == [[0.25, 0.5, 0.75], [0.5, 0.75, 1]]


def test_unobserved_errors_are_medians_by_rank(loaded):
    ax = unobserved_error.draw(loaded["rates"]).axes[0]
    # error = rank + replica / 100; replicas 0-3 of the second cell jumped, all of the third
    assert [float(points[0, 1]) for points in labelled(ax, "rank 1")] == pytest.approx([1.015, 1.045])
    assert [float(points[0, 1]) for points in labelled(ax, "rank 2")] == pytest.approx([2.045, 2.065])


@pytest.mark.parametrize("name, kinds", [
    ("one", {survival, final_rank, spectra, unobserved_error}),
    ("grid", {jump_probability, survival, fall_rates, final_rank, spectra, unobserved_error, phase_diagram}),
    ("masks", {survival, final_rank, spectra, unobserved_error, observation_graph}),
    ("descent", {final_rank, spectra, unobserved_error}),
    ("traced", {jump_probability, survival, fall_rates, final_rank, spectra, trajectories, unobserved_error}),
    ("modes", {jump_probability, survival, fall_rates, final_rank, spectra, trajectories, velocities, alignment,
               unobserved_error}),
    ("observed", {jump_probability, survival, fall_rates, final_rank, spectra})])
def test_only_figures_that_make_sense(loaded, name, kinds):
    every = (jump_probability, survival, fall_rates, final_rank, spectra, trajectories, velocities, alignment,
             unobserved_error, observation_graph, phase_diagram)
    assert {kind for kind in every if kind.applies(loaded[name])} == kinds


def test_trajectories_of_a_gradient_flow_run_over_its_time(loaded, monkeypatch):
    run = loaded["traced"]
    steps = run.results["trajectory_step"]
    times = 0.0 * steps + xr.DataArray(100.0 ** np.arange(steps.sizes["probe"]), dims="probe")
    monkeypatch.setattr(run, "results", run.results.assign(trajectory_time=times))
    monkeypatch.setitem(run.experiment.table, "phase", 2 * [{"optimizer": "gradient-flow"}])
    axes = trajectories.draw(run).axes
    assert all(ax.get_xscale() == "log" for ax in axes if ax.lines)
    assert max(ax.get_xlim()[1] for ax in axes) == pytest.approx(float(times.max()))


def test_errors_in_time_are_means_and_deviations_over_replicas():
    run = flow_run()
    assert error_in_time.applies(run)
    mean, deviation = error_in_time.mean_and_deviation(run, {"depth": 0, "scale": 0}, np.array([1.0, 3.0, 10.0]))
    assert np.allclose(mean, [1.0, 0.6, 0.3])  # who has stopped keeps its last value
    assert np.allclose(deviation, [0.0, 0.1, 0.2])
    axes = error_in_time.draw(run).axes
    assert [ax.get_title("left") for ax in axes] == ["depth $L$ = 2", "depth $L$ = 3"]
    assert all(len(labelled(ax, "mean")) == 2 for ax in axes)


def test_greedy_distances_stand_at_the_scale_of_the_whole_start():
    run = flow_run()
    lines = greedy_distance.points(run)
    assert list(lines) == ["depth $L$ = 2", "depth $L$ = 3"]
    assert np.allclose(lines["depth $L$ = 3"], [[1e-6, 1e-6], [1e-3, 1e-3]])
    assert greedy_distance.applies(run) and len(greedy_distance.draw(run).axes) == 1


def test_figures_of_flows_are_not_drawn_of_other_runs(loaded):
    assert not error_in_time.applies(loaded["traced"]) and not greedy_distance.applies(loaded["rates"])


def test_errors_stand_beside_those_of_the_minimum_nuclear_norm(loaded):
    run = loaded["rates"]
    assert "minimum norm" not in [c.get_label() for c in unobserved_error.draw(run).axes[0].collections]
    with_norms = Run(run.results, {cell: row | {"nuclear_norm_unobserved_error": 0.5} for cell, row in run.rows.items()})
    bars = [c for c in unobserved_error.draw(with_norms).axes[0].collections if c.get_label() == "minimum norm"]
    assert len(bars) == 3 and all(bar.get_segments()[0][0][1] == 0.5 for bar in bars)
