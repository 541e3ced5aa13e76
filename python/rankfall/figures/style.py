"""The look of all figures: readable at column width, by the colour-blind, and in grey."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

settings: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "mathtext.fontset": "dejavusans",
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.titlepad": 4,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.2,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "savefig.dpi": 200,
}

grey = "0.35"
_okabe_ito = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F")
_markers = ("o", "s", "^", "D", "v", "P", "X", "*")
_dashes = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)),
           (0, (2, 2)), (0, (1, 3)))
_hatches = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oo", "**")
most_kinds = len(_markers)  # things that one panel can tell apart


@dataclass(frozen=True)
class Look:
    """What one of several things looks like; no two of a panel differ in colour alone."""

    colour: Any
    marker: str
    dashes: Any
    hatch: str


def looks(number: int, ordered: bool) -> list[Look]:
    """For `number` <= most_kinds things. Ordered ones go from dark to light (viridis), others are Okabe & Ito's."""
    if ordered and number > 1:
        colours = [matplotlib.colormaps["viridis"](x) for x in np.linspace(0.0, 0.8, number)]
    else:
        colours = list(_okabe_ito[:number])
    return [Look(*parts) for parts in zip(colours, _markers, _dashes, _hatches)]


def lightened(colour: Any, amount: float) -> tuple[float, float, float]:
    """A colour mixed with white."""
    rgb = np.array(matplotlib.colors.to_rgb(colour))
    return tuple(1.0 - (1.0 - rgb) * (1.0 - amount))


def save(figure: Figure, path: Path) -> None:
    """Writes a PNG so that no reader ever meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        figure.savefig(unfinished, format="png", metadata={"Software": None})
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
