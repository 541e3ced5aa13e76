#!/usr/bin/env python3
"""Holds the inner loops of the training steps, as compiled, to a budget: share of multiply-adds, loads, spills. Times nothing.

usage: hot_loops.py OBJECT... --compiler CXX [--write]

Each OBJECT is a compiled step_kernels_REAL_D.cpp. Exit status 1 if a loop is over the budget, 77 if there is none for
this compiler.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import budget
from assembly import FEWEST_FMAS, FMA, Function, Instruction, disassembly, reachable

OPTIMIZERS = {"gd": "GradientDescent", "sgd": "SingleEntrySgd"}
SLACK = {"share": 0.97, "loads": 1.05, "stack": 2}  # what another release of the compiler may do worse
SECTION = "inner loops, {}"


def measure(functions: list[Function]) -> dict[str, int]:
    """Sums over the innermost loops that multiply and add."""
    total = {"loops": 0, "instructions": 0, "fma": 0, "loads": 0, "stores": 0, "stack": 0}
    for function in functions:
        for loop in function.innermost_loops():
            fma = sum(bool(FMA.match(instruction.mnemonic)) for instruction in loop)
            if fma < FEWEST_FMAS:
                continue
            on_stack = [instruction for instruction in loop if instruction.touches_stack(function.has_frame)]
            elsewhere = [x for x in loop if x.is_vector and x.memory and x not in on_stack]
            total["loops"] += 1
            total["instructions"] += len(loop)
            total["fma"] += fma
            total["loads"] += sum(not instruction.stores for instruction in elsewhere)
            total["stores"] += sum(instruction.stores for instruction in elsewhere)
            total["stack"] += len(on_stack)
    return total


def instruction_set(functions: dict[str, Function]) -> str:
    """By the widest register that is multiplied."""
    wide = {register for function in functions.values() for x in function.body if FMA.match(x.mnemonic)
            for register in re.findall(r"%([xyz]mm)", x.operands)}
    return "avx512" if "zmm" in wide else "avx2" if "ymm" in wide else "128-bit"


def rows_of(path: str) -> tuple[str, dict[str, dict[str, int]]]:
    """Instruction set, and figures of each optimizer in an object file."""
    made = re.search(r"step_kernels_(float|double)_(\d+)", Path(path).name)
    functions = disassembly(path)
    rows = {}
    for name, optimizer in OPTIMIZERS.items():
        root = next(function for function in functions if "3runIN" in function and optimizer in function)
        rows[f"{name} {made.group(1)} d={made.group(2)}"] = measure(reachable(functions, root))
    return instruction_set(functions), rows


def objections(found: dict[str, int], allowed: dict[str, int]) -> list[str]:
    """What is worse than promised."""
    if not found["fma"]:
        return ["no multiply-add in any inner loop"]
    wrong = []
    share, promised = (x["fma"] / x["instructions"] for x in (found, allowed))
    if share < SLACK["share"] * promised:
        wrong.append(f"{share:.0%} of the instructions are multiply-adds; promised {promised:.0%}")
    loads, promised = (x["loads"] / x["fma"] for x in (found, allowed))
    if loads > SLACK["loads"] * promised:
        wrong.append(f"{loads:.2f} loads per multiply-add; promised {promised:.2f}")
    if found["stack"] > allowed["stack"] + SLACK["stack"]:
        wrong.append(f"{found['stack']} accesses to the stack; promised {allowed['stack']}")
    return wrong


LEAN = """
#include <immintrin.h>
void run(const float* a, const float* b, float* c, long n) {
  __m256 sum[8] = {};
  for (long k = 0; k < n; ++k) {
    const __m256 x = _mm256_loadu_ps(a + 8 * k);
#pragma GCC unroll 8
    for (int q = 0; q < 8; ++q) sum[q] = _mm256_fmadd_ps(x, _mm256_set1_ps(b[8 * k + q]), sum[q]);
  }
  for (int q = 0; q < 8; ++q) _mm256_storeu_ps(c + 8 * q, sum[q]);
}
"""
SPILLING = LEAN.replace("__m256 sum[8]", "volatile __m256 sum[8]").replace("c + 8 * q, sum[q]", "c + 8 * q, __m256(sum[q])")


def compiled(source: str, compiler: str, folder: str) -> dict[str, int]:
    path = Path(folder) / "loop.o"
    subprocess.run([compiler, "-x", "c++", "-O2", "-march=x86-64-v3", "-c", "-", "-o", str(path)], input=source, check=True,
                   text=True)
    return measure(list(disassembly(str(path)).values()))


def refuse_blindness(compiler: str) -> None:
    """A loop whose sums live on the stack must be objected to, and one without must not."""
    with tempfile.TemporaryDirectory() as folder:
        lean, spilling = (compiled(source, compiler, folder) for source in (LEAN, SPILLING))
    if lean["fma"] != 8 or lean["stack"] or not 8 <= lean["loads"] <= 9 or lean["loops"] != 1 or objections(lean, lean):
        sys.exit(f"the guard is blind: of a loop of 8 multiply-adds and 9 loads it sees {lean}")
    told = " ".join(objections(spilling, lean))
    if "stack" not in told or "of the instructions" not in told:
        sys.exit(f"the guard is blind: of sums on the stack it says '{told}' and sees {spilling}")


def print_table(rows: dict[str, dict[str, int]]) -> None:
    print(f"{'inner loops of':<22}{'loops':>6}{'instructions':>14}{'fma':>6}{'share':>7}{'loads/fma':>11}{'stack':>7}")
    for name, row in rows.items():
        print(f"{name:<22}{row['loops']:>6}{row['instructions']:>14}{row['fma']:>6}"
              f"{row['fma'] / max(1, row['instructions']):>7.0%}{row['loads'] / max(1, row['fma']):>11.2f}{row['stack']:>7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", nargs="+")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--write", action="store_true", help="make what is there the budget")
    options = parser.parse_args()
    refuse_blindness(options.compiler)
    rows, sets = {}, set()
    for path in options.objects:
        found, of_object = rows_of(path)
        sets.add(found)
        rows |= of_object
    rows = dict(sorted(rows.items(), key=lambda row: (row[0].split("=")[0], int(row[0].split("=")[1]))))
    if len(sets) != 1:
        sys.exit(f"objects of several instruction sets: {', '.join(sorted(sets))}")
    print_table(rows)
    budget.settle(budget.compiler_of(options.objects[0]), SECTION.format(sets.pop()), rows, objections, options.write)


if __name__ == "__main__":
    main()
