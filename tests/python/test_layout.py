"""Which axis is drawn how, how values are written, and that no text covers another."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rankfall.experiment import Axis
from rankfall.figures import (alignment, error_in_time, fall_rates, final_rank, greedy_distance, jump_probability, labels,
                              observation_graph, page, phase_diagram, scales, spectra, survival, trajectories,
                              unobserved_error, velocities)
from rankfall.figures.run import choose, layout_of, split
from synthetic import flow_run


def axis(key, values):
    return Axis(key.rsplit(".", 1)[-1], (key,), (np.array(values),))


RATE = axis("phase.noise.learning_rate", [0.05, 0.06])
DEPTH = axis("model.depth", [2.0, 3.0, 4.0])
SCALE = axis("initialization.scale", [0.01, 0.1, 1.0])
SAMPLING = axis("phase.noise.sampling", ["uniform", "cyclic"])
ALONE = axis("objective.ridge", [0.1])


@pytest.mark.parametrize("axes, x, series, panels", [
    ([], None, None, ()),
    ([ALONE], None, None, ()),
    ([DEPTH, SCALE], SCALE, DEPTH, ()),
    ([SAMPLING, DEPTH], DEPTH, SAMPLING, ()),
    ([SAMPLING, ALONE], SAMPLING, None, ()),
    ([SAMPLING, DEPTH, RATE, SCALE], RATE, SAMPLING, (DEPTH, SCALE))])
def test_real_numbers_lie_along_x(axes, x, series, panels):
    layout = layout_of(axes)
    assert (layout.x, layout.series, layout.panels) == (x, series, panels)
    assert layout.single == tuple(a for a in axes if a is ALONE)


def test_choices_keep_both_ends():
    assert choose(3, 5).places == (0, 1, 2) and choose(3, 5).left_out == 0
    assert choose(19, 4).places == (0, 6, 12, 18) and choose(19, 4).left_out == 15


def test_too_many_panels_become_a_smaller_grid(loaded):
    run = loaded["cube"]
    panels = split(run, run.experiment.axes, 8)  # 3 x 2 x 2
    assert panels.positions == [{"learning_rate": rate, "ridge": ridge, "sampling": sampling}
                                for rate in (0, 2) for ridge in (0, 1) for sampling in (0, 1)]
    assert panels.left_out == 4 and panels.columns == 2
    assert run.left_out_note(panels) == ["Not shown: 4 more panels."]


def test_values_and_counts_are_written_as_in_print():
    assert labels.value_text(0.05) == "0.05" and labels.value_text(3.0) == "3"
    assert labels.value_text(1e-7) == "10⁻⁷" and labels.value_text(2.5e-8) == "2.5\N{MULTIPLICATION SIGN}10⁻⁸"
    assert labels.value_text("data/target.csv") == "target.csv"
    assert labels.count(73728) == "73\N{THIN SPACE}728"
    assert labels.tag(RATE, 0) == r"$\eta$ = 0.05" and labels.long_tag(DEPTH, 1) == "depth $L$ = 3"
    zipped = Axis("depth_scale", ("model.depth", "initialization.scale"), (np.array([2.0, 3.0]), np.array([0.1, 0.2])))
    assert labels.values_text(zipped, 1) == "3, 0.2" and not zipped.is_numeric


@pytest.mark.parametrize("values, logarithmic", [
    ([0.01, 0.1, 1.0], True), ([0.04, 0.05, 0.06], False), ([1.0, 10.0], False), ([0.0, 1.0, 10.0], False),
    ([1.0, 20.0, 39.0], False), ([0.08, 0.16, 0.32, 0.64], True)])
def test_axes_spaced_by_factors_are_logarithmic(values, logarithmic):
    assert scales.is_logarithmic(axis("x.scale", values)) == logarithmic


@pytest.mark.parametrize("values, expected", [
    ([0, 10, 100, 1000], True), ([0.0, 0.5, 5.0, 50.0, 500.0], True), ([0, 1, 2, 3], False), ([0, 10, 100], False),
    ([-1, 10, 100, 1000], False), ([1, 10, 100, 1000], False)])
def test_a_length_swept_from_zero_has_a_logarithmic_axis_that_holds_it(values, expected):
    swept = axis("phase.pre.steps", values)
    assert scales.begins_at_zero(swept) == expected
    figure, (ax,) = page.panels(page.Page("t"), 1)
    scales.scale_x(ax, swept)
    assert (ax.get_xscale() == "symlog") == expected
    at = ax.transData.transform([(value, 0.5) for value in values])[:, 0]
    low, high = ax.transAxes.transform([(0.0, 0.0), (1.0, 0.0)])[:, 0]
    assert np.isfinite(at).all() and low < at.min() and at.max() < high  # every value lies inside
    if expected:
        assert np.diff(at).min() > 0.05 * (high - low)  # and apart


@pytest.mark.parametrize("horizon, ticks", [
    (2000, [0, 500, 1000, 1500, 2000]), (20000, [0, 5000, 10000, 15000, 20000]), (150, [0, 50, 100, 150]),
    (7, [0, 2, 4, 6])])
def test_ticks_are_round_numbers_of_steps(horizon, ticks):
    assert scales.step_ticks(horizon).tolist() == ticks


def visible_boxes(figure):
    """Text and its extent in pixels, of everything that is written on a figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    artists = list(figure.texts)
    for legend in figure.legends:
        artists += legend.get_texts()
    for ax in figure.axes:
        artists += [ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title, *ax.texts]
        for one in (ax.xaxis, ax.yaxis):
            low, high = sorted(one.get_view_interval())
            artists += [tick.label1 for tick in one.get_major_ticks() if low <= tick.get_loc() <= high]
    return [(artist.get_text(), artist.get_window_extent(renderer)) for artist in artists
            if artist.get_visible() and artist.get_text().strip()]


kinds = (jump_probability, survival, fall_rates, final_rank, spectra, trajectories, velocities, alignment, unobserved_error, error_in_time,
         greedy_distance, observation_graph, phase_diagram)


def figures_of(run):
    for kind in kinds:
        if kind.applies(run):
            yield from kind.pages(run).values() if hasattr(kind, "pages") else [kind.draw(run)]


@pytest.mark.parametrize("name", ["one", "text", "cube", "diverging", "descent", "traced", "modes", "masks"])
def test_no_text_covers_another_or_leaves_the_page(loaded, name):
    for figure in figures_of(loaded[name]):
        check_texts(figure)


def test_texts_of_diagrams_with_many_panels_do_not_cover_one_another(loaded):
    pages = phase_diagram.pages(loaded["long"])
    for name in ("jump", "unobserved_error"):
        check_texts(pages[name])


def test_texts_of_flows_do_not_cover_one_another():
    run = flow_run()
    for kind in (error_in_time, greedy_distance):
        assert kind.applies(run)
        check_texts(kind.draw(run))


def check_texts(figure):
    boxes = visible_boxes(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in boxes:
        assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height, f"{text!r} leaves the page"
    for (text, box), (other, other_box) in combinations(boxes, 2):
        overlap_x = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        overlap_y = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert overlap_x < 1 or overlap_y < 1, f"{text!r} and {other!r} overlap"
