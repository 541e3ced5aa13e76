#!/usr/bin/env python3
"""Holds the instructions that a training step executes, counted by callgrind, to a budget. Times nothing.

usage: executed_steps.py COUNT_STEPS --valgrind VALGRIND [--write]

COUNT_STEPS (count_steps.cpp) is run with n and with 2n steps: the difference is n steps, without start and end. Exit
status 1 if a step is over the budget, 77 if there is none for this compiler.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

import budget

STEPS = 32  # a multiple of the four draws that one block of random words serves
CASES = [(optimizer, d) for optimizer in ("gd", "sgd") for d in (4, 10, 32)]
SLACK = 1.03  # what another release of the compiler may execute more
SECTION = "instructions per step, avx2"


def executed(valgrind: str, program: str, optimizer: str, d: int, steps: int) -> int:
    """Instructions of a whole run."""
    told = subprocess.run([valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", program, optimizer, str(d),
                           str(steps)], check=True, capture_output=True, text=True).stderr
    found = re.search(r"Collected : (\d+)", told)
    if not found:
        sys.exit(f"valgrind says nothing of instructions:\n{told}")
    return int(found.group(1))


def useful_multiply_adds(optimizer: str, d: int) -> int:
    """Of a step of depth 3 that a minimal algorithm needs, for a register of replicas (docs/performance.md)."""
    return 6 * d ** 3 if optimizer == "gd" else 3 * d ** 2 + 4 * d


def measure(valgrind: str, program: str, optimizer: str, d: int) -> dict[str, float]:
    once, twice = (executed(valgrind, program, optimizer, d, steps) for steps in (STEPS, 2 * STEPS))
    per_step = (twice - once) / STEPS
    if per_step < useful_multiply_adds(optimizer, d):
        sys.exit(f"the guard is blind: {per_step} instructions cannot be a step of {optimizer} of d = {d}")
    return {"instructions": round(per_step, 2)}


def objections(found: dict[str, float], allowed: dict[str, float]) -> list[str]:
    if found["instructions"] <= SLACK * allowed["instructions"]:
        return []
    return [f"{found['instructions']} instructions a step; promised {allowed['instructions']}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--valgrind", required=True)
    parser.add_argument("--write", action="store_true", help="make what is there the budget")
    options = parser.parse_args()
    print(f"{'a step of':<22}{'instructions':>14}{'per useful multiply-add':>26}")
    rows = {}
    for optimizer, d in CASES:
        name, found = f"{optimizer} float d={d}", measure(options.valgrind, options.program, optimizer, d)
        print(f"{name:<22}{found['instructions']:>14.1f}{found['instructions'] / useful_multiply_adds(optimizer, d):>26.2f}")
        rows[name] = found
    budget.settle(budget.compiler_of(options.program), SECTION, rows, objections, options.write)


if __name__ == "__main__":
    main()
