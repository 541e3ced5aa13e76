#!/usr/bin/env python3
"""How SGD leaves the minimum of rank two of examples/rank_jumps.toml, simulated here in NumPy, independent of rankfall.

    /usr/bin/python3 bench/splitting/mechanism.py [--rate 0.05] [--replicas 3000] [--steps 12000]

Prints medians of singular values and imbalance so many steps before the fall, and how well sigma_2 and the slow mode of W
(time-lagged independent component analysis) rank replicas by whether they fall within the next 1000 and 2000 steps: the area
under the ROC curve, 0.5 for chance, 1 (or 0) for no exception. 40 s on a core.
"""
import argparse

import numpy as np

U, V = np.array([-.7, .7, -1.4, 1.4, .2]), np.array([.5, -1.7, -.4, -.1, 1.3])
TARGET = np.outer(U, V)
SEEN = np.array([0, 5, 10, 11, 12, 13, 15, 19, 20, 24])
ROW, COLUMN = SEEN // 5, SEEN % 5
RIDGE, EVERY = 0.04, 500


def descend(factors, rate, steps):
    mask = np.zeros((5, 5))
    mask[ROW, COLUMN] = 1
    for _ in range(steps):
        first, middle, last = factors
        slope = 2 / len(SEEN) * (last @ middle @ first - TARGET) * mask
        gradients = (middle.T @ last.T @ slope, last.T @ slope @ first.T, slope @ (middle @ first).T)
        factors = [w - rate * (g + 2 * RIDGE * w) for w, g in zip(factors, gradients)]
    return factors


def minimum_of_rank_two(random):
    while True:
        factors = descend([random.normal(size=(5, 5)) * .4 for _ in range(3)], .05, 6000)
        if np.linalg.svd(factors[2] @ factors[1] @ factors[0], compute_uv=False)[1] > .5:
            return factors


def step(factors, rate, random):
    """One single-entry step of every replica, in place."""
    every = np.arange(len(factors[0]))
    drawn = random.integers(len(SEEN), size=len(every))
    i, j = ROW[drawn], COLUMN[drawn]
    first, middle, last = factors
    column, row = first[every, :, j], last[every, i, :]
    through = np.einsum("rab,rb->ra", middle, column)
    back = np.einsum("ra,rab->rb", row, middle)
    error = 2 * (np.einsum("ra,ra->r", row, through) - TARGET[i, j]) * rate
    decay = 1 - 2 * rate * RIDGE
    first *= decay
    last *= decay
    factors[1] = middle * decay - error[:, None, None] * row[:, :, None] * column[:, None, :]
    first[every, :, j] -= error[:, None] * back
    last[every, i, :] -= error[:, None] * through


def simulate(asked):
    random = np.random.default_rng(1)
    factors = [np.repeat(w[None], asked.replicas, 0).copy() for w in minimum_of_rank_two(random)]
    products, values, imbalances = [], [], []
    for number in range(1, asked.steps + 1):
        step(factors, asked.rate, random)
        if number % EVERY == 0:
            first, middle, last = factors
            products.append(last @ middle @ first)
            values.append(np.linalg.svd(products[-1], compute_uv=False))
            transposed = middle.swapaxes(-1, -2)
            imbalances.append(np.linalg.norm(transposed @ middle - first @ first.swapaxes(-1, -2), axis=(-1, -2)))
    return np.array(products).reshape(len(products), asked.replicas, 25), np.array(values), np.array(imbalances)


def slow_mode(products, alive, lag=2):
    """Mean, direction and correlation a lag apart of the slowest linear function of W."""
    begin = len(products) // 4
    pairs = [(products[k][alive[k + lag]], products[k + lag][alive[k + lag]]) for k in range(begin, len(products) - lag)]
    now, later = (np.concatenate(side) for side in zip(*pairs))
    mean = (now.mean(0) + later.mean(0)) / 2
    now, later = now - mean, later - mean
    variance, vectors = np.linalg.eigh(now.T @ now + later.T @ later)
    basis = vectors[:, variance > 1e-4 * variance.max()] / np.sqrt(variance[variance > 1e-4 * variance.max()])
    correlation, modes = np.linalg.eigh(basis.T @ (now.T @ later + later.T @ now) @ basis)
    return mean, basis @ modes[:, -1], correlation[::-1]


def area(score, event):
    rank = np.empty(len(score))
    rank[np.argsort(score)] = np.arange(len(score))
    events = event.sum()
    return (rank[event].sum() - events * (events - 1) / 2) / (events * (len(event) - events))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--replicas", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=12000)
    asked = parser.parse_args()
    products, values, imbalances = simulate(asked)
    fallen = values[..., 1] < .02
    fell_at = np.where(fallen.any(0), fallen.argmax(0), 10**9)
    alive = np.arange(len(values))[:, None] < fell_at
    fell = np.flatnonzero(fallen.any(0))
    print(f"{len(fell)} of {asked.replicas} fell; all: sigma_1 {np.median(values[len(values) // 2, :, 0]):.3g}, "
          f"sigma_2 {np.median(values[len(values) // 2, :, 1]):.3g}")
    for ago in (10, 6, 4, 3, 2, 1):
        known = [r for r in fell if fell_at[r] >= ago]
        at = [(fell_at[r] - ago, r) for r in known]
        print(f"  {ago * EVERY:5d} steps before: sigma_1 {np.median([values[k, r, 0] for k, r in at]):.3g}, sigma_2 "
              f"{np.median([values[k, r, 1] for k, r in at]):.3g}, imbalance {np.median([imbalances[k, r] for k, r in at]):.2g}")
    mean, direction, correlation = slow_mode(products, alive)
    print("correlations 1000 steps apart of the slowest functions of W:", " ".join(f"{c:.3f}" for c in correlation[:4]))
    for within in (2, 4):
        scores = {"sigma_2": [], "slow mode": []}
        events = []
        for k in range(len(values) // 4, len(values) - within):
            events.append(fell_at[alive[k]] <= k + within)
            scores["sigma_2"].append(-values[k, alive[k], 1])
            scores["slow mode"].append((products[k][alive[k]] - mean) @ direction)
        for name, score in scores.items():
            print(f"falls within {within * EVERY} steps, ranked by {name}: {area(np.concatenate(score), np.concatenate(events)):.3f}")


if __name__ == "__main__":
    main()
