"""Schedules in figures, and the figure of a search: what cells were judged by, and what fresh replicas of the finalists say."""

import copy

import numpy as np
from drawn import labelled, rows_where
from synthetic import Recipe, write_run

from rankfall.figures import final_rank, halving, labels
from rankfall.figures.run import load


def searched(run, rounds, shares, confirmed):
    """`run` with columns of a search: per cell its rounds, its share, and that of fresh replicas (None: no finalist)."""
    found = copy.copy(run)
    found.rows = {}
    for cell, row in run.rows.items():
        fresh = confirmed[cell]
        found.rows[cell] = row | {
            "search_rounds": rounds[cell], "search": shares[cell], "search_low": shares[cell] - 0.1, "search_high": shares[cell] + 0.1,
            "search_events": 1, "search_trials": 10, "confirmed": float("nan") if fresh is None else fresh,
            "confirmed_low": 0.0, "confirmed_high": 1.0, "confirmed_events": 0, "confirmed_trials": 0 if fresh is None else 20}
    return found


def test_finalists_stand_on_top_with_their_fresh_replicas(loaded):
    run = searched(loaded["rates"], [1, 3, 3], [0.3, 0.9, 0.8], [None, 0.4, 0.6])
    assert halving.applies(run) and not halving.applies(loaded["rates"])
    assert [position["learning_rate"] for position, _ in halving.cells_in_order(run)] == [2, 1, 0]  # by fresh replicas
    ax = halving.draw(run).axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0.07", "0.06", "0.05"]
    assert np.allclose([line[0] for line in labelled(ax, "search")], [[0.8, 0], [0.9, 1], [0.3, 2]])
    assert np.allclose([line[0] for line in labelled(ax, "confirmed")], [[0.6, 0.3], [0.4, 1.3]])


def test_a_search_under_way_has_no_fresh_replicas(loaded):
    run = searched(loaded["grid"], [2, 1, 1, 2, 1, 1], [0.5] * 6, [None] * 6)
    figure = halving.draw(run)
    assert len(figure.axes[0].get_yticklabels()) == 6
    assert "fresh" not in " ".join(text.get_text() for legend in figure.legends for text in legend.get_texts())


def test_final_ranks_over_a_number_of_a_schedule_are_lines_with_intervals(tmp_path):
    directory = write_run(tmp_path / "run", Recipe({"phase.noise.ridge.from": [0.03, 0.06, 0.1]}, [0, 4, 10]))
    run = load(directory)
    with run.results:
        ax = final_rank.draw(run).axes[0]
    rows = rows_where(directory)
    assert np.allclose(labelled(ax, "rank 1")[0], [[row["from"], row["p_rank_1"]] for row in rows if row["p_rank_1_events"] > 0])
    assert any("initial ridge" in text.get_text() for text in ax.figure.texts)


def test_numbers_of_schedules_have_names():
    assert labels.key_label("phase.noise.ridge.from") == r"initial ridge $\lambda_0$"
    assert labels.key_label("phase.noise.learning_rate.to", 1) == r"final learning rate $\eta_1$"
    assert labels.key_label("phase.noise.learning_rate.hold", 2) == "learning rate: hold (phase noise)"
