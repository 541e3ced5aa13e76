"""Labels name the places of an axis of several keys."""

import numpy as np
import xarray as xr

from rankfall.experiment import Axis, Experiment
from rankfall.figures import labels, style
from rankfall.figures.run import layout_of

AXIS = Axis("label", ("label", "model.depth", "objective.ridge"),
            (np.array(["SGD", "depth 2, without a ridge"]), np.array([3, 2]), np.array([0.03, 0.0])))


def test_places_are_called_by_their_label_alone():
    assert labels.tag(AXIS, 0) == labels.long_tag(AXIS, 0) == labels.values_text(AXIS, 0) == "SGD"
    assert labels.tag(AXIS, 1) == "depth 2, without a ridge"  # whole
    assert labels.by(AXIS) == [] and labels.axis_name(AXIS) == "label"
    unnamed = Axis("depth_ridge", AXIS.keys[1:], AXIS.values[1:])
    assert labels.tag(unnamed, 1) == "$L$ = 2, $\\lambda$ = 0"


def test_results_say_what_belongs_to_a_label():
    results = xr.Dataset({}, {
        "cell": ("label", [0, 1]), "label": ("label", list(AXIS.values[0]), {"long_name": "label"}),
        "depth": ("label", AXIS.values[1], {"long_name": "model.depth"}),
        "ridge": ("label", AXIS.values[2], {"long_name": "objective.ridge"})}, {"experiment": "[[phase]]\nsteps = 1"})
    experiment = Experiment(results)
    (axis,) = experiment.axes
    assert axis.dimension == "label" and set(axis.keys) == set(AXIS.keys) and not axis.is_numeric
    assert experiment.value("model.depth", {"label": 1}) == 2
    assert [key for key, _ in axis.told] == ["label"]


def test_a_rate_lies_along_x_and_labels_are_its_lines():
    rate = Axis("learning_rate", ("phase.noise.learning_rate",), (np.array([0.05, 0.06]),))
    layout = layout_of((AXIS, rate))
    assert layout.x is rate and layout.series is AXIS


def test_every_kind_has_a_look_of_its_own():
    looks = style.looks(style.most_kinds, False)
    assert len(looks) == len({look.marker for look in looks}) == len({look.colour for look in looks}) == style.most_kinds
