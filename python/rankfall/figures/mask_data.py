"""The masks of results.nc, and what their entries join."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import labels
from .run import Run


@dataclass(frozen=True)
class Mask:
    """One of the distinct masks: where it is observed, and in which phase of which cell it is met first."""

    observed: np.ndarray   # (rows, columns), True where observed
    title: str             # its phases, and the swept values of its first cell where others have other masks
    position: dict[str, int]
    phase: int


def masks_of(run: Run) -> list[Mask]:
    """Those that are kept, in the order of the cells and their phases."""
    if "observed_mask" not in run.results:
        return []
    axes = [axis.dimension for axis in run.experiment.axes]
    kept, where = run.results["observed_mask"].values, run.results["graph_mask"].transpose(*axes, "phase").values
    names = [str(name) for name in run.results["phase"].values]
    met = where.reshape(-1, len(names))  # cell by phase
    masks = []
    for number in range(len(kept)):
        cells = np.flatnonzero((met == number).any(axis=1))
        if cells.size == 0:
            continue
        phases = np.flatnonzero(met[cells[0]] == number)
        position = dict(zip(axes, (int(place) for place in np.unravel_index(cells[0], where.shape[:-1]))))
        own = kept[number][np.ix_(np.isfinite(kept[number]).any(axis=1), np.isfinite(kept[number]).any(axis=0))]
        parts = []
        if len(names) > 1 and phases.size < len(names):
            parts.append(f"phase{'s' if phases.size > 1 else ''} {', '.join(names[phase] for phase in phases)}")
        parts += [labels.tag(axis, position[axis.dimension]) for along, axis in enumerate(run.experiment.axes)
                  if axis.size > 1 and _depends(where[..., phases], along)]
        masks.append(Mask(own == 1, ", ".join(parts), position, int(phases[0])))
    return masks


def _depends(numbers: np.ndarray, along: int) -> bool:
    """Whether the masks differ along an axis."""
    first = numbers.take([0], axis=along)
    return bool((np.nan_to_num(numbers, nan=-1.0) != np.nan_to_num(first, nan=-1.0)).any())


def components_of(observed: np.ndarray) -> np.ndarray:
    """The component of each observed entry, from 0 for that of most entries (ties: the first row); -1 where hidden."""
    rows, columns = observed.shape
    label = np.where(observed.any(axis=1), np.arange(rows), -1)  # of each row; rows that share a column take the least
    changed = True
    while changed:
        before = label.copy()
        for column in range(columns):
            touched = observed[:, column]
            if touched.any():
                label[touched] = label[touched].min()
        changed = not np.array_equal(before, label)
    of_entry = np.where(observed, label[:, None], -1)
    found, counts = np.unique(of_entry[observed], return_counts=True)
    order = found[np.lexsort((found, -counts))]
    place = {int(number): rank for rank, number in enumerate(order)}
    return np.vectorize(lambda number: place.get(int(number), -1), otypes=[int])(of_entry)


def numbers_text(run: Run, mask: Mask) -> str:
    """What results.nc says of its graph, e.g. "7 of 16 entries, 2 components, 1 isolated, not complete"."""
    at = run.results.isel(mask.position).isel(phase=mask.phase)
    components, all_of = (int(at[name].item()) for name in ("graph_components", "graph_components_with_isolated"))
    parts = [f"{int(mask.observed.sum())} of {mask.observed.size} entries", labels.counted(components, "component")]
    if all_of > components:
        parts.append(f"{labels.count(all_of - components)} isolated")
    parts.append("complete bipartite" if at["graph_complete_bipartite"].item() == 1.0 else "not complete")
    return ", ".join(parts)


def own_masks_notes(run: Run) -> list[str]:
    """A sentence per phase whose masks differ from replica to replica."""
    notes = []
    for phase, name in enumerate(run.results["phase"].values):
        at = run.results.isel(phase=phase)
        connected = at["graph_connected"].values[at["graph_replicas"].values > 1]
        if connected.size:
            low, high = f"{connected.min():.3g}", f"{connected.max():.3g}"
            share = low if low == high else f"{low} to {high}, by cell"
            notes.append(f"Phase {name}: replicas have masks of their own; share of those looked at that are connected: {share}.")
    return notes
