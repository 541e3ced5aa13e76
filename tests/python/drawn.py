"""What tests read off a figure, and off the summary of a run."""

import numpy as np

import rankfall


def labelled(ax, label):
    """(x, y) of all points of the lines with a label, in the order they were drawn, one array per line."""
    return [np.transpose(line.get_data()) for line in ax.lines if line.get_label() == label]


def bars_of(ax):
    """(x, low, high) of vertical bars, one array per collection."""
    return [np.array([(segment[0][0], segment[0][1], segment[-1][1]) for segment in collection.get_segments()])
            for collection in ax.collections if hasattr(collection, "get_segments")]


def rows_where(directory, **values):
    return [row for row in rankfall.summary(directory) if all(row[name] == value for name, value in values.items())]
