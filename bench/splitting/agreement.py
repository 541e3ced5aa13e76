#!/usr/bin/env python3
"""`rankfall splitting` beside counting: how often their 95 % intervals meet.

    bench/splitting/agreement.py --binary build/release/rankfall [--repeats 40] [--rates 0.045,0.05] [--json FILE]

Every repeat has a seed of its own, for both. The instance is that of examples/rank_jumps.toml with ridge 0.04, where an
independent program counted P(fall within 20000 steps) = 8.1e-3 at learning rate 0.045 and 0.063 at 0.05.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def fields(directory, name):
    with open(pathlib.Path(directory) / name, newline="") as file:
        return list(csv.DictReader(file))


def repeat(binary, rates, seed, counted, split, method):
    """One row per learning rate: (low, value, high) counted, and split."""
    sets = [f"seed={seed}", f"replicas={counted}", "probe.every=100", "probe.classify_at_end=numerical",
            'sweep."phase.noise.learning_rate"=' + json.dumps(rates), 'sweep."objective.ridge"=[0.04]']
    options = [word for each in sets for word in ("--set", each)]
    source = str(ROOT / "examples/rank_jumps.toml")
    with tempfile.TemporaryDirectory() as directory:
        common = [source, *options, "--out", directory]
        subprocess.run([binary, "run", *common, "--no-figures"], check=True, capture_output=True)
        subprocess.run([binary, "splitting", *common, "--method", method, "--replicas", str(split)], check=True, capture_output=True)
        rows = []
        for run, rare in zip(fields(directory, "summary.csv"), fields(directory, "splitting.csv"), strict=True):
            rows.append(([float(run[f"fall_to_1{end}"]) for end in ("_low", "", "_high")],
                         [float(rare[f"p_fall{end}"] or "nan") for end in ("_low", "", "_high")]))
        return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="build/release/rankfall")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--rates", default="0.045,0.05", type=lambda text: [float(word) for word in text.split(",")])
    parser.add_argument("--counted", type=int, default=2048, help="replicas of `run`")
    parser.add_argument("--split", type=int, default=200, help="replicas of `splitting` in each repetition")
    parser.add_argument("--method", choices=("ensemble", "levels"), default="ensemble")
    parser.add_argument("--json", help="also write all numbers to a file")
    asked = parser.parse_args()
    meets = [0] * len(asked.rates)
    record = []
    for seed in range(1, asked.repeats + 1):
        rows = repeat(asked.binary, asked.rates, seed, asked.counted, asked.split, asked.method)
        record.append(rows)
        for k, (counted, split) in enumerate(rows):
            meets[k] += counted[0] <= split[2] and split[0] <= counted[2]
            print(f"seed {seed:3d}  learning rate {asked.rates[k]}: counted {counted[1]:.4g} [{counted[0]:.4g}, {counted[2]:.4g}], "
                  f"split {split[1]:.4g} [{split[0]:.4g}, {split[2]:.4g}]", flush=True)
    for rate, count in zip(asked.rates, meets):
        print(f"learning rate {rate}: intervals meet in {count} of {asked.repeats}")
    if asked.json:
        pathlib.Path(asked.json).write_text(json.dumps({"rates": asked.rates, "meets": meets, "repeats": record}, indent=1))
    sys.exit(0 if all(count >= 0.95 * asked.repeats for count in meets) else 1)


if __name__ == "__main__":
    main()
