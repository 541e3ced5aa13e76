"""Where the package lies, and runs to draw."""

import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "python"), str(Path(__file__).resolve().parent)]

from synthetic import Recipe, write_run  # noqa: E402

RATES = {"phase.noise.learning_rate": [0.05, 0.06, 0.07]}
RIDGES = {"objective.ridge": [0.02, 0.03]}
SAMPLINGS = {"phase.noise.sampling": ["uniform", "shuffled"]}
RECIPES = {
    "one": Recipe(jumps=[4]),
    "rates": Recipe(RATES, [0, 4, 10]),
    "text": Recipe(SAMPLINGS, [3, 7]),
    "grid": Recipe(RATES | RIDGES, [0, 1, 2, 5, 8, 10]),
    "cube": Recipe(RATES | RIDGES | SAMPLINGS, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1]),
    "diverging": Recipe(RATES, [2, 3, 0], [0, 4, 10]),
    "descent": Recipe({"initialization.scale": [0.1, 0.2, 0.4]}, [9, 5, 1], optimizer="gd"),
    "traced": Recipe(RATES, [2, 4, 6], trajectories=True),
    "modes": Recipe(RATES, [2, 4, 6], trajectories=True, modes=True),
    "masks": Recipe(jumps=[4], masks=[[[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]], [[1, 1], [1, 1]]], mask_of=[[0, 1]]),
    "long": Recipe({"initialization.scale": [1.0, 0.1, 0.0]} | RIDGES | {"problem.instance_seed": [1, 2, 3, 4]},
                   [(7 * cell) % 11 for cell in range(24)]),
    "observed": Recipe(RATES, [2, 4, 6], fully_observed=True),
}


@pytest.fixture(scope="session")
def directories(tmp_path_factory):
    """The directory of every recipe, by name; only to be read."""
    base = tmp_path_factory.mktemp("runs")
    return {name: write_run(base / name, recipe) for name, recipe in RECIPES.items()}


@pytest.fixture(scope="session")
def loaded(directories):
    """The runs as figures see them."""
    from rankfall.figures.run import load

    runs = {name: load(directory) for name, directory in directories.items()}
    yield runs
    for run in runs.values():
        run.results.close()


@pytest.fixture(autouse=True)
def figure_style():
    import matplotlib

    matplotlib.use("Agg")
    from rankfall.figures import style

    with matplotlib.rc_context(style.settings):
        yield
