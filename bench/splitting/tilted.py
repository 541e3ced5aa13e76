#!/usr/bin/env python3
"""`rankfall splitting` beside importance sampling and an exact recursion, on the smallest problem that has rank jumps.

    /usr/bin/python3 bench/splitting/tilted.py [--binary build/release/rankfall] [--rates 0.1,0.08,0.06,0.05] [--json FILE]

The problem: [[1, ?], [?, 1]] at depth 3 from diagonal factors, which stay diagonal, so the two modes never meet; ridge 0.17. A
mode of size s in every layer keeps (1 - 2 rate ridge) s of itself in a step, and is drawn to its target where its entry is the
one chosen: it falls after many steps in a row that choose the other. Three ways to P(fall within the horizon), apart:

* exact: the probability that one mode falls, by recursion over the steps on a fine grid of s, independent of rankfall. Two
  modes: 2 p - p^2, as if independent; they are not, and the error is of order p^2.
* importance sampling: steps of NumPy that choose entries by tilted probabilities within a window of steps, and carry the ratio
  of likelihoods. The window begins at a step at random and favours a mode at random, and the ratio is against this mixture:
  unbiased whatever the tilt.
* rankfall splitting, by both methods.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import tempfile

import numpy as np

RIDGE, STEPS, EVERY, SMALL = 0.17, 400, 10, 0.01
EXPERIMENT = """
name = "two-modes"
precision = "float64"
replicas = 2
[problem]
target = [[1, 0], [0, 1]]
observed = [[0, 0], [1, 1]]
[model]
depth = 3
[initialization]
kind = "affine"
blocks = 2
scale = 0.9
mixing = 0.0
instances = "shared"
[objective]
loss = "mean-squared"
ridge = {ridge}
[[phase]]
name = "settle"
optimizer = "gd"
learning_rate = 0.1
steps = 2000
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.1
batch_size = 1
steps = {steps}
stop = {{ rank_at_most = 1 }}
[probe]
every = {every}
rank = "numerical"
rank_tolerance = {small}
[sweep]
"phase.noise.learning_rate" = {rates}
"""


def minimum():
    """The size per layer of a mode of the minimum: (1 - s^3) s = 2 ridge, the larger root."""
    sizes = np.roots([-1, 0, 0, 1, -2 * RIDGE])
    return max(size.real for size in sizes if abs(size.imag) < 1e-12)


def moved(size, rate, chosen):
    """A step of a mode of equal layers."""
    return (1 - 2 * rate * RIDGE) * size - chosen * 2 * rate * (size**3 - 1) * size**2


def exact(rate, points):
    """P(one mode is below SMALL at a probe), backwards from the horizon; V of the sizes, log-linear between them."""
    sizes = np.linspace(0.0, 1.6, points)
    left = np.where(sizes**3 < SMALL, 1.0, 0.0)
    after = [np.minimum(moved(sizes, rate, chosen), sizes[-1]) for chosen in (0, 1)]
    for step in reversed(range(STEPS)):
        terms = [np.exp(np.interp(later, sizes, np.log(np.maximum(left, 1e-300)))) for later in after]
        left = 0.5 * (terms[0] + terms[1])
        if step % EVERY == 0 and step > 0:
            left[sizes**3 < SMALL] = 1.0
    return float(np.interp(minimum(), sizes, left))


def tilted(rate, window, share, replicas, random):
    """Estimate and standard error: within a window, `share` of the steps choose the other entry than the mode's."""
    begins = STEPS - window + 1
    begin, mode = random.integers(begins, size=replicas), random.integers(2, size=replicas)
    factors = np.full((3, 2, replicas), minimum())
    other = np.empty((STEPS, replicas), bool)  # whether entry 1 is chosen
    fallen = np.zeros(replicas, bool)
    for step in range(STEPS):
        inside = (step >= begin) & (step < begin + window)
        chance = np.where(inside, np.where(mode == 0, share, 1 - share), 0.5)
        other[step] = random.random(replicas) < chance
        chosen = np.stack([~other[step], other[step]])
        error = 2 * rate * (factors.prod(0) - 1) * chosen
        factors = (1 - 2 * rate * RIDGE) * factors - error * np.stack([factors[1] * factors[2], factors[0] * factors[2],
                                                                       factors[0] * factors[1]])
        if (step + 1) % EVERY == 0:
            fallen |= (factors.prod(0) < SMALL).any(0)
    mixture = np.zeros(replicas)  # likelihood under the mixture over that of fair choices
    for favoured in (0, 1):
        logs = np.log(2 * np.where(other == (favoured == 0), share, 1 - share))
        sums = np.concatenate([np.zeros((1, replicas)), np.cumsum(logs, 0)])
        mixture += np.exp(sums[window:] - sums[:-window]).mean(0) / 2
    terms = fallen / mixture
    return terms.mean(), terms.std(ddof=1) / np.sqrt(replicas)


def best_tilt(rate, random):
    """Of a few windows and shares the pair with the least relative error in a small trial."""
    trials = []
    run = np.log(0.5) / np.log(1 - 2 * rate * RIDGE)  # steps without a choice in which a mode halves
    for window in sorted({max(EVERY, int(round(run * times))) for times in (1.5, 2.5, 4, 6)}):
        for share in (0.8, 0.9, 0.95):
            value, error = tilted(rate, window, share, 4000, random)
            trials.append((error / value if value > 0 else np.inf, window, share))
    return min(trials)[1:]


def split(binary, rates, method, replicas):
    text = EXPERIMENT.format(ridge=RIDGE, steps=STEPS, every=EVERY, small=SMALL, rates=rates)
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory) / "two_modes.toml"
        source.write_text(text)
        subprocess.run([binary, "splitting", str(source), "--out", directory + "/run", "--method", method, "--replicas",
                        str(replicas)], check=True, stdout=subprocess.DEVNULL)
        with open(pathlib.Path(directory) / "run/splitting.csv", newline="") as file:
            return [[float(row[key] or "nan") for key in ("p_fall", "p_fall_low", "p_fall_high")] for row in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="build/release/rankfall")
    parser.add_argument("--rates", default="0.1,0.08,0.06,0.05", type=lambda text: [float(word) for word in text.split(",")])
    parser.add_argument("--replicas", type=int, default=40000, help="of importance sampling")
    parser.add_argument("--split", type=int, default=1000, help="replicas of `splitting` in each repetition")
    parser.add_argument("--json", help="also write all numbers to a file")
    asked = parser.parse_args()
    random = np.random.default_rng(1)
    ways = {method: split(asked.binary, asked.rates, method, asked.split) for method in ("levels", "ensemble")}
    record = []
    for k, rate in enumerate(asked.rates):
        single, coarse = exact(rate, 40001), exact(rate, 20001)
        truth = 2 * single - single**2
        window, share = best_tilt(rate, random)
        value, error = tilted(rate, window, share, asked.replicas, random)
        record.append({"rate": rate, "exact": truth, "tilted": value, "tilted_error": error, "window": window, "share": share,
                       **{method: rows[k] for method, rows in ways.items()}})
        print(f"learning rate {rate}: exact {truth:.4g} (half the grid: {abs(coarse / single - 1):.1g} off), importance sampling "
              f"{value:.4g} +- {error:.2g} (window {window}, share {share})", flush=True)
        for method, rows in ways.items():
            print(f"    splitting, {method}: {rows[k][0]:.4g} [{rows[k][1]:.4g}, {rows[k][2]:.4g}]")
    if asked.json:
        pathlib.Path(asked.json).write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
