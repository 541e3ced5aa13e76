"""Figures of coupled and decoupled flows: what is drawn are the numbers."""

import numpy as np

from rankfall.figures import hyperbola, lock_in, nuclear_norm, rank_exponent, stable_rank
from rankfall.figures.labels import value_text
from rankfall.figures.run import Run
from synthetic import flow_run


def with_law(run, law, **of):
    rows = {cell: row | {f"law_{law}_{part}": values[cell] for part, values in of.items()} for cell, row in run.rows.items()}
    ranks = np.array([[[3.0, 1.0], [1.2, 1.0]], [[2.0, 2.0], [1.0, np.nan]]])  # depth, scale, replica
    return Run(run.results.assign(stable_rank=(("depth", "scale", "replica"), ranks)), rows)


def test_stable_ranks_are_medians_over_replicas_at_the_scale_of_the_start():
    run = with_law(flow_run(), "affine_limit", predicted=[0.5, 0.5, 0.1, np.nan])
    lines = stable_rank.points(run)
    assert list(lines) == ["depth $L$ = 2", "depth $L$ = 3"]
    assert np.allclose(lines["depth $L$ = 2"], [[1e-4, 1.05, 1.1, 1.15], [1e-2, 1.5, 2.0, 2.5]])
    assert np.allclose(lines["depth $L$ = 3"][:, 2], [1.0, 2.0])
    assert stable_rank.applies(run) and len(stable_rank.draw(run).axes) == 1
    assert not stable_rank.applies(flow_run())  # no law says anything


def test_nuclear_norms_stand_over_their_minimum():
    run = with_law(flow_run(), "nuclear_norm_limit", predicted=[2.0, 2.0, np.nan, np.nan],
                   measured=[3.0, 2.002, np.nan, np.nan])
    assert np.allclose(nuclear_norm.points(run)["depth $L$ = 2"], [[1e-4, 1e-3, 1e-3, 1e-3], [1e-2, 0.5, 0.5, 0.5]])
    assert nuclear_norm.applies(run) and len(nuclear_norm.draw(run).axes) == 1
    assert not nuclear_norm.applies(flow_run())


def test_masks_are_written_whole():
    assert value_text("0111|1111|1111|1111") == "0111|1111|1111|1111"


def test_factors_stand_at_their_norms():
    run = with_law(flow_run(), "hyperbola", predicted=[1.0] * 4)
    norms = np.stack((np.full((2, 2, 2), 0.5), np.full((2, 2, 2), 2.0)), axis=-1)
    run = Run(run.results.assign(factor_norm=(("depth", "scale", "replica", "factor"), norms)), run.rows)
    (ax,) = hyperbola.draw(run).axes
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert points and all(np.allclose(line.get_xydata(), [0.5, 2.0]) for line in points)
    assert hyperbola.applies(run) and not hyperbola.applies(flow_run())
    deeper = with_law(flow_run(), "hyperbola", predicted=[np.nan, np.nan, 1.0, 1.0])  # the law's cells are not the first ones
    norms[0] = np.nan
    run = Run(deeper.results.assign(factor_norm=(("depth", "scale", "replica", "factor"), norms)), deeper.rows)
    (ax,) = hyperbola.draw(run).axes
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert points and all(np.allclose(line.get_xydata(), [0.5, 2.0]) for line in points)


def test_the_predicted_power_goes_through_the_smallest_scale_that_has_one():
    run = with_law(flow_run(), "rank_exponent", predicted=[np.nan, np.nan, np.nan, 3.0])
    values = np.array([[[1e-4, 1e-2], [1e-6, 1.0]], [[2e-6, 2e-6], [1e-9, 1e-9]]])  # sigma_2/sigma_1: depth, scale, replica
    values = np.stack((np.full_like(values, 2.0), 2.0 * values), axis=-1)
    run = Run(run.results.assign(singular_values=(("depth", "scale", "replica", "singular_value"), values)), run.rows)
    lines = rank_exponent.points(run)
    assert np.allclose(lines["depth $L$ = 3"][:, :4], [[1e-2, 1e-9, 1e-9, 1e-9], [1e-1, 2e-6, 2e-6, 2e-6]], atol=0.0)
    assert np.isnan(lines["depth $L$ = 2"][:, 4]).all()
    (ax,) = rank_exponent.draw(run).axes
    (law,) = [line for line in ax.lines if line.get_label() == "law"]
    assert np.allclose(law.get_ydata(), [1e-9, 1e-6], atol=0.0)
    assert rank_exponent.applies(run) and not rank_exponent.applies(flow_run())


def test_what_is_kept_stands_above_its_bound_since_the_last_phase_began():
    run = with_law(flow_run(), "lock_in", predicted=[0.3, np.nan, np.nan, np.nan])
    shape = (2, 2, 2, 3)
    times = np.broadcast_to([1.0, 4.0, 6.0], shape)
    values = np.stack((np.full(shape, 2.0), np.broadcast_to([0.1, 0.9, 0.5], shape)), axis=-1)
    dims = ("depth", "scale", "replica", "probe")
    run = Run(run.results.assign(trajectory_time=(dims, times), trajectory_phase=(dims, np.zeros(shape)),
                                 trajectory_singular_values=((*dims, "singular_value"), values)), run.rows)
    ((name, bound, own),) = lock_in.curves(run)
    assert bound == 0.3 and "depth" in name or "$L$" in name
    assert len(own) == 2 and np.allclose(own[0][0], [0.0, 3.0, 5.0]) and np.allclose(own[0][1], [0.1, 0.9, 0.5])
    assert lock_in.applies(run) and not lock_in.applies(flow_run())
    assert len(lock_in.draw(run).axes) == 1
