"""Result directories made by hand, so that the tests need no binary and know every number."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

from rankfall.figures.run import Run

OBSERVABLES = ("loss", "objective", "effective_rank", "stable_rank", "nuclear_norm", "representation_cost",
               "balancedness", "gradient_norm", "unobserved_error")
# 95 % Clopper-Pearson intervals of k in 10, of published tables
INTERVAL_OF_10 = {0: (0.0, 0.3085), 1: (0.0025, 0.4450), 2: (0.0252, 0.5561), 3: (0.0667, 0.6525), 4: (0.1216, 0.7376),
                  5: (0.1871, 0.8129), 6: (0.2624, 0.8784), 7: (0.3475, 0.9333), 8: (0.4439, 0.9748),
                  9: (0.5550, 0.9975), 10: (0.6915, 1.0)}
TEN = 10
HORIZON = 2000
EVERY = 100
BARRIER = (0.25, -3.0)  # V and a of every cell
START = 500  # step at which the last phase begins


@dataclass
class Recipe:
    """Sweep axes (key -> values) and what the replicas of each cell do."""

    axes: dict[str, list] = field(default_factory=dict)
    jumps: list[int] = field(default_factory=lambda: [4])      # of 10 replicas, per cell in row-major order
    diverged: list[int] = field(default_factory=list)          # of the last replicas of each cell
    optimizer: str = "sgd"
    trajectories: bool = False
    modes: bool = False  # read along them
    fully_observed: bool = False
    masks: list[list[list[int]]] = field(default_factory=list)  # distinct ones, 1 where observed; none: results without graphs
    mask_of: list[list[int]] = field(default_factory=list)      # of each cell and phase; -1: not kept


def experiment_text(recipe: Recipe) -> str:
    text = [
        'name = "synthetic"', "replicas = 10",
        "[problem]", "target = [[3.0, 0.0], [0.0, 2.0]]",
        "[model]", "depth = 3",
        "[[phase]]", 'name = "settle"', 'optimizer = "gd"', f"steps = {START}",
        "[[phase]]", 'name = "noise"', f'optimizer = "{recipe.optimizer}"', f"steps = {HORIZON}",
        "[probe]", f"every = {EVERY}", "rank_tolerance = 0.01",
        "[sweep]",
    ]
    text += [f"{json.dumps(key)} = {json.dumps(values)}" for key, values in recipe.axes.items()]
    return "\n".join(text)


def write_run(directory: Path, recipe: Recipe) -> Path:
    """Writes results.nc, summary.csv and experiment.toml; returns the directory.

    In each cell replica r jumps 2 -> 1 at step START + EVERY * (r + 1) if r < jumps, else it stays at rank 2; its
    singular values are 3 and 2, or 3 and 1e-4 after a jump; its unobserved error is final rank + r / 100.
    """
    directory.mkdir(parents=True, exist_ok=True)
    results = dataset(recipe)
    results.to_netcdf(directory / "results.nc", engine="netcdf4")
    (directory / "experiment.toml").write_text(results.attrs["experiment"])
    write_summary(directory / "summary.csv", recipe)
    return directory


def names_of(recipe: Recipe) -> list[str]:
    return [key.rsplit(".", 1)[-1] for key in recipe.axes]


def dataset(recipe: Recipe) -> xr.Dataset:
    names = names_of(recipe)
    shape = tuple(len(values) for values in recipe.axes.values())
    cells = int(np.prod(shape))
    assert len(recipe.jumps) == cells
    diverged = recipe.diverged or [0] * cells
    replica = np.arange(TEN)
    jumped = replica < np.array(recipe.jumps)[:, None]
    lost = replica >= TEN - np.array(diverged)[:, None]
    fell_at = START + EVERY * (replica + 1)
    rank = np.where(lost, -1, np.where(jumped, 1, 2))
    columns = {
        "rank": rank,
        "numerical_rank": rank,
        "start_rank": np.full((cells, TEN), 2),
        "start_step": np.full((cells, TEN), START),
        "steps": np.where(lost, START + EVERY, np.where(jumped, fell_at, START + HORIZON)),
        "outcome": np.where(lost, 2, np.where(jumped, 3, 1)),
        "tries": np.ones((cells, TEN), dtype=int),
    }
    for name in OBSERVABLES:
        columns[name] = np.where(lost, np.nan, np.where(rank > 0, rank + replica / 100.0, np.nan))
    if recipe.fully_observed:
        columns["unobserved_error"] = np.full((cells, TEN), np.nan)
    over_replicas = (*names, "replica")
    values = np.stack([np.full((cells, TEN), 3.0), np.where(jumped, 1e-4, 2.0)], axis=-1)
    values[lost] = np.nan
    variables: dict = {name: (over_replicas, np.asarray(column).reshape(*shape, TEN))
                       for name, column in columns.items()}
    variables["singular_values"] = ((*over_replicas, "singular_value"), values.reshape(*shape, TEN, 2))
    variables["replicas_done"] = (names, np.full(shape, TEN))
    variables |= _events(recipe.jumps, fell_at)
    if recipe.trajectories:
        variables |= _trajectories(over_replicas, shape, values)
    if recipe.modes:
        variables |= _modes((*over_replicas, "probe", "singular_value"), (*shape, TEN, 3, 2))
    if recipe.masks:
        variables |= _graphs(recipe, names, shape)
    coordinates: dict = {"cell": (names, np.arange(cells).reshape(shape)), "replica": np.arange(TEN),
                         "singular_value": [1, 2]}
    for name, (key, axis_values) in zip(names, recipe.axes.items()):
        coordinates[name] = (name, axis_values, {"long_name": key})
    return xr.Dataset(variables, coordinates, {"experiment": experiment_text(recipe)})


def _events(jumps: list[int], fell_at: np.ndarray) -> dict:
    cell = np.repeat(np.arange(len(jumps)), jumps)
    replica = np.concatenate([np.arange(number) for number in jumps]) if jumps else np.zeros(0, dtype=int)
    step = fell_at[replica]
    columns = {"cell": cell, "replica": replica, "phase": np.ones_like(cell), "rank_before": np.full_like(cell, 2),
               "rank_after": np.ones_like(cell), "step_before": step - EVERY, "step_after": step}
    return {f"event_{name}": ("event", column) for name, column in columns.items()}


def _trajectories(over_replicas: tuple, shape: tuple, values: np.ndarray) -> dict:
    """Three probes of each replica: at 0, at START, and at the end."""
    steps = np.broadcast_to(np.array([0.0, START, START + HORIZON]), (values.shape[0], TEN, 3))
    series = np.stack([np.full_like(values, 2.5), np.full_like(values, 2.5), values], axis=2)
    return {
        "trajectory_step": ((*over_replicas, "probe"), steps.reshape(*shape, TEN, 3)),
        "trajectory_singular_values": ((*over_replicas, "probe", "singular_value"), series.reshape(*shape, TEN, 3, 2)),
    }


def _modes(dimensions: tuple, shape: tuple) -> dict:
    """At probe p mode k moves by p + 10 k + replica / 100, a quarter less by the law, and is aligned by (1 + p + k) / 4."""
    replica, probe, mode = np.ogrid[:TEN, :3, :2]
    moves = np.broadcast_to(probe + 10.0 * mode + replica / 100.0, shape)
    lies = np.broadcast_to((1.0 + probe + mode) / 4.0 + 0.0 * replica, shape)
    rank = np.full(shape[:-1], 2.0)
    return {"trajectory_mode_velocity": (dimensions, moves), "trajectory_mode_velocity_balanced": (dimensions, 0.75 * moves),
            "trajectory_alignment_left": (dimensions, lies), "trajectory_alignment_right": (dimensions, lies),
            "trajectory_rank": (dimensions[:-1], rank)}


def _graphs(recipe: Recipe, names: list[str], shape: tuple) -> dict:
    """Masks beside one another, padded; of their numbers those that a test asks for are made up: 10 + mask components."""
    height, width = (max(sizes) for sizes in zip(*(np.shape(mask) for mask in recipe.masks)))
    padded = np.full((len(recipe.masks), height, width), np.nan)
    for number, mask in enumerate(recipe.masks):
        padded[number, :np.shape(mask)[0], :np.shape(mask)[1]] = mask
    place = np.array(recipe.mask_of, dtype=float).reshape(*shape, 2)
    place = np.where(place < 0, np.nan, place)
    along = (*names, "phase")
    return {"observed_mask": (("mask", "row", "column"), padded), "graph_mask": (along, place),
            "phase": ("phase", ["settle", "noise"]), "graph_components": (along, 10 + place),
            "graph_components_with_isolated": (along, 10 + 2 * place), "graph_complete_bipartite": (along, 0 * place),
            "graph_connected": (along, np.full(place.shape, 0.25)), "graph_replicas": (along, np.where(place >= 0, 1, 64))}


def write_summary(path: Path, recipe: Recipe) -> None:
    names = names_of(recipe)
    diverged = recipe.diverged or [0] * len(recipe.jumps)
    rows = []
    for cell, position in enumerate(product(*recipe.axes.values())):
        row: dict = dict(zip(names, position)) | {"cell": cell, "n": TEN, "n_diverged": diverged[cell]}
        jumps, rest = recipe.jumps[cell], TEN - recipe.jumps[cell] - diverged[cell]
        _add(row, "p_rank_0", 0, TEN - diverged[cell])
        _add(row, "p_rank_1", jumps, TEN - diverged[cell])
        _add(row, "p_rank_2", rest, TEN - diverged[cell])
        _add(row, "p_jump", jumps, TEN)
        _add(row, "p_jump_up", 0, TEN)
        exposure = float(HORIZON * TEN)
        row |= {"settled_rate": jumps / exposure, "settled_rate_low": 0.5 * jumps / exposure,
                "settled_rate_high": (2 * jumps + 3) / exposure, "settled_rate_events": jumps,
                "settled_rate_exposure": exposure, "barrier": BARRIER[0], "barrier_intercept": BARRIER[1]}
        row["first_passage_median"] = EVERY * 5 if jumps >= 5 else ""
        row["first_passage_censored"] = TEN - jumps
        rows.append(row)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _add(row: dict, name: str, events: int, trials: int) -> None:
    low, high = INTERVAL_OF_10[events]
    known = trials > 0
    row |= {name: events / trials if known else "", f"{name}_low": low if known else "",
            f"{name}_high": high if known else "", f"{name}_events": events, f"{name}_trials": trials}


def flow_run() -> Run:
    """Two depths at two scales, two replicas each, whose errors are known; distances from the greedy solution too."""
    cells = [(2, 0.1), (2, 0.01), (3, 0.1), (3, 0.01)]
    text = "\n".join(['name = "flows"', "[problem]", "rows = 2", "[model]", "depth = 2", "[initialization]", 'kind = "identity"',
                      "[[phase]]", 'optimizer = "gradient-flow"', "time = 10.0"])
    shape = (2, 2, 2)
    errors = np.empty((2, 2, 2, 3))
    errors[..., 0, :], errors[..., 1, :] = [1.0, 0.5, np.nan], [1.0, 0.7, 0.1]
    times = np.broadcast_to([1.0, 2.0, 10.0], errors.shape).copy()
    times[np.isnan(errors)] = np.nan
    over = ("depth", "scale", "replica")
    results = xr.Dataset(
        {"replicas_done": (over[:2], np.full(shape[:2], 2)), "rank": (over, np.ones(shape, dtype=int)),
         "singular_values": ((*over, "singular_value"), np.ones((*shape, 2))),
         "trajectory_unobserved_error": ((*over, "probe"), errors), "trajectory_time": ((*over, "probe"), times)},
        {"cell": (over[:2], np.arange(4).reshape(2, 2)), "depth": ("depth", [2, 3], {"long_name": "model.depth"}),
         "scale": ("scale", [0.1, 0.01], {"long_name": "initialization.scale"})}, {"experiment": text})
    rows = {cell: {"cell": cell, "n": 2, "n_diverged": 0, "median_greedy_end_distance": scale ** depth}
            for cell, (depth, scale) in enumerate(cells)}
    return Run(results, rows)
