"""Figures of coupled and decoupled flows: what is drawn are the numbers."""

import numpy as np

from rankfall.figures import hyperbola, nuclear_norm, stable_rank
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
