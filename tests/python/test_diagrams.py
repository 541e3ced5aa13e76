"""Phase diagrams and graphs of observed entries show the numbers of their runs."""

import numpy as np
import pytest
from matplotlib import colormaps

from drawn import labelled, rows_where
from rankfall.experiment import Axis
from rankfall.figures import edge_diagram, labels, mask_data, observation_graph, phase_data, phase_diagram
from rankfall.figures.run import Run


def test_phase_diagrams_show_the_cells_of_the_summary(directories, loaded):
    run = loaded["cube"]  # 3 rates x 2 ridges x 2 samplings: the two longest axes of numbers, a panel per sampling
    figure = phase_diagram.pages(run)["jump"]
    meshes = [ax.collections[0].get_array().reshape(2, 3) for ax in figure.axes if ax.get_label() != "colours"]
    for mesh, sampling in zip(meshes, ("uniform", "shuffled"), strict=True):
        expected = [[row["p_jump"] for row in rows_where(directories["cube"], sampling=sampling, ridge=ridge)]
                    for ridge in (0.02, 0.03)]
        assert mesh.tolist() == expected
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert cells[0] == "<0.31" and "0.20\n±0.27" in cells  # 0 of 10: up to 0.3085; 2 of 10: 0.0252 to 0.5561
    assert [ax.get_title("left") for ax in figure.axes[:2]] == ["sampling = uniform", "sampling = shuffled"]


def test_a_page_for_every_quantity_that_varies(loaded):
    pages = phase_diagram.pages(loaded["grid"])
    # errors and ranks of the synthetic runs are rank + replica / 100
    assert list(pages) == ["final_rank", "jump", "effective_rank", "stable_rank", "unobserved_error"]
    assert "P(final rank = 2)" in pages["final_rank"].texts[0].get_text()  # of the target, diag(3, 2)
    medians = pages["unobserved_error"].axes[0].collections[0].get_array().reshape(2, 3)
    # 0, 1, 2, 5, 8, 10 of ten replicas end at rank 1, the first of them; cells are counted with the ridge fastest
    assert medians.T.ravel().tolist() == pytest.approx([2.045, 2.045, 2.045, 1.545, 1.045, 1.045])


def test_diagrams_lie_along_the_longest_axes_of_numbers_in_the_order_of_their_values(loaded):
    run = loaded["long"]
    x, y = phase_data.axes_of(run)
    assert (x.dimension, y.dimension) == ("scale", "ridge")  # seeds are longer, and have no order
    assert phase_data.ordered(x) == [2, 1, 0]
    figure = phase_diagram.pages(run)["jump"]
    panel = figure.axes[0]
    drawn = panel.collections[0].get_array().reshape(2, 3)
    assert drawn.tolist() == [[run.row({"scale": i, "ridge": j, "instance_seed": 0})["p_jump"] for i in (2, 1, 0)] for j in (0, 1)]
    ticks = [panel.xaxis.get_major_formatter()(at) for at in (0.0, 1.0, 2.0)]
    assert ticks == ["0", "0.1", "1"]  # zero beside values on a logarithmic scale
    assert len([ax for ax in figure.axes if ax.get_label() != "colours"]) == 4  # a panel per seed


@pytest.mark.parametrize("value, low, high, texts", [
    (0.0, 0.0, 0.0144, ("<0.02", "±0.01")), (0.0, 0.0, 0.0009, ("<0.0009", "±0.01")),
    (1.0, 0.9991, 1.0, (">0.999", "±0.01")), (0.5, 0.4, 0.62, ("0.50", "±0.11")),
    (0.0039, 0.0001, 0.02, ("0.004", "±0.01")), (12.34, 11.0, 14.0, ("12", "±1.50")), (2.6e-7, 1e-7, 5e-7, ("3×10⁻⁷", "±2×10⁻⁷")),
    (1.004, 1.0039, 1.0041, ("1.00", "±0.01")), (1.5, 1.5, 1.5, ("1.50", "±0.00"))])
def test_half_widths_are_rounded_up(value, low, high, texts):
    shown = phase_diagram.estimate_text(low, high, value), phase_diagram.half_width_text(low, high, value)
    assert shown == tuple(text.replace("×", "\N{MULTIPLICATION SIGN}") for text in texts)


def test_added_entries_are_called_so(loaded, monkeypatch):
    experiment = loaded["rates"].experiment
    axis = Axis("observed_count", ("phase.noise.observed_count",), (np.array([1.0, 2.0]),))
    assert labels.axis_label(axis, experiment) == "observations $N$ (phase noise)"
    monkeypatch.setitem(experiment.table["phase"][1], "observed_from", "previous")
    assert labels.axis_label(axis, experiment) == "added entries (phase noise)"


def test_no_diagram_without_two_axes_of_numbers(loaded):
    assert not any(phase_diagram.applies(loaded[name]) for name in ("one", "rates", "text"))


def test_borders_lie_between_cells_whose_intervals_exclude_one_half():
    side = phase_data.sides(np.array([[0.6, 0.0, 0.0]]), np.array([[0.9, 0.4, 0.7]]))
    assert side.tolist() == [[1, -1, 0]]
    assert phase_data.borders(side, lambda a, b: a * b < 0) == [((0.5, -0.5), (0.5, 0.5))]
    assert phase_data.borders(side, lambda a, b: (a == 0) != (b == 0)) == [((1.5, -0.5), (1.5, 0.5))]


@pytest.mark.parametrize("n, k", [(6, 1), (10, 2), (25, 8), (100, 40)])
def test_intervals_of_medians_are_the_tabulated_order_statistics(n, k):
    # 95 %: the k-th from either end, as in tables of the sign test
    values = np.random.default_rng(1).permutation(np.arange(1.0, n + 1.0))
    assert phase_data.median_with_interval(values, 0.95) == ((n + 1) / 2, k, n + 1 - k)


def test_medians_of_few_have_no_interval():
    middle, low, high = phase_data.median_with_interval(np.array([1.0, 2.0, 4.0, 8.0, 9.0]), 0.95)  # at most 1 - 2/32
    assert middle == 4.0 and np.isnan(low) and np.isnan(high)
    assert np.isnan(phase_data.median_with_interval(np.zeros(0), 0.95)).all()


def test_masks_are_drawn_as_entries_and_edges(loaded):
    run = loaded["masks"]
    first, second = mask_data.masks_of(run)
    assert first.title == "phase settle" and second.title == "phase noise" and second.observed.shape == (2, 2)
    components = mask_data.components_of(first.observed)
    assert components.tolist() == [[0, -1, -1], [0, 0, -1], [-1, -1, -1], [-1, -1, 1]]
    panels = observation_graph.draw(run).axes
    for ax, mask in zip(panels, (first, second), strict=True):
        cells, edges = ([collection for collection in ax.collections if str(collection.get_label()).startswith(what)]
                        for what in ("component", "edges"))
        found = mask_data.components_of(mask.observed)
        for number, (patches, lines) in enumerate(zip(cells, edges, strict=True)):
            assert len(patches.get_paths()) == len(lines.get_segments()) == (found == number).sum()
        ends = {tuple(end) for lines in edges for segment in lines.get_segments() for end in segment}
        vertices = [tuple(point) for points in labelled(ax, "vertices") for point in points]
        assert ends == set(vertices) and len(vertices) == len(set(vertices))
    isolated = [len(points) for points in labelled(panels[0], "isolated")]
    assert isolated == [1, 0]  # the third row
    texts = [text.get_text() for ax in panels for text in ax.texts]
    assert "4 of 12 entries, 10 components, not complete" in texts  # the numbers are those of results.nc
    assert "4 of 4 entries, 11 components, 1 isolated, not complete" in texts


def test_masks_of_replicas_are_told_in_a_note(loaded):
    assert mask_data.own_masks_notes(loaded["masks"]) == []
    run = loaded["masks"]
    own = run.results.assign(graph_replicas=("phase", [1, 64]))
    assert mask_data.own_masks_notes(Run(own, run.rows)) == [
        "Phase noise: replicas have masks of their own; share of those looked at that are connected: 0.25."]


def test_components_of_random_masks_are_closed_and_apart():
    random = np.random.default_rng(4)
    for _ in range(50):
        observed = random.random((6, 7)) < random.uniform(0.05, 0.5)
        found = mask_data.components_of(observed)
        assert ((found >= 0) == observed).all()
        for line in [*found, *found.T]:
            assert len(set(line[line >= 0])) <= 1  # entries of one row or column are joined
        joined = np.zeros((13, 13), dtype=bool)  # the closure of rows and columns
        joined[:6, 6:] = observed
        joined |= joined.T | np.eye(13, dtype=bool)
        for _ in range(4):
            joined = joined @ joined
        numbers = {tuple(joined[i]) for i in range(6) if observed[i].any()}
        assert len(numbers) == found.max() + 1
        sizes = [int((found == number).sum()) for number in range(found.max() + 1)]
        assert sizes == sorted(sizes, reverse=True)


def test_full_masks_and_results_without_masks_have_no_graph(loaded):
    assert not observation_graph.applies(loaded["rates"])
    run = loaded["masks"]
    full = run.results.assign(observed_mask=0.0 * run.results["observed_mask"] + 1.0)
    assert not observation_graph.applies(Run(full, run.rows))


def test_cells_lie_between_their_edges(loaded, monkeypatch):
    run = loaded["grid"]
    assert not edge_diagram.applies(run)  # no edges were asked for
    rows = {cell: {**row, "per_sample_edge": 0.5 + 0.1 * cell, "ridge_over_lambda_c": 0.3 if cell % 2 else 0.6}
            for cell, row in run.rows.items()}
    rows[5]["ridge_over_lambda_c"] = ""  # its minimum does not end in a fold
    monkeypatch.setattr(run, "rows", rows)
    assert edge_diagram.applies(run)
    figure = edge_diagram.draw(run)
    points = {each.get_label(): each for each in figure.axes[0].collections}
    jumped = [cell for cell in range(5) if rows[cell]["p_jump_events"] > 0]
    assert points["jumps"].get_offsets().tolist() == [list(edge_diagram.places_of(rows[cell])) for cell in jumped]
    assert len(points["bounds"].get_offsets()) == 5 - len(jumped)
    assert points["jumps"].get_facecolors()[-1].tolist() == pytest.approx(
        colormaps["viridis"](np.log(rows[jumped[-1]]["p_jump"] / 0.1) / np.log(10.0)), abs=0.01)
    assert any("Left out: 1 without a fold" in text.get_text() for text in figure.texts)
