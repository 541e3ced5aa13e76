#!/usr/bin/python3
"""Holds the compiled kernels to the arithmetic contract (kernels/scalar.hpp) and to a budget of registers and memory.

usage: audit.py BUILD_DIR --nvcc NVCC      checks; prints a table; exit status 1 if something is not as promised
       audit.py BUILD_DIR --write          writes the budget from what is there

BUILD_DIR holds what cmake/keep_reports.py keeps beside each object: *.ptx and *.ptxas.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

BUDGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resource_budget.json")
SLACK = 8  # registers that another release of the compiler may take more
REGISTERS, WARPS, BLOCK = 65536, 64, {"threads": 128, "registers": 128, "teams": 256, "memory": 256, "blocks": 256}

# Anything that rounds otherwise than IEEE-754 says, or that the assembler may still fuse: without .rn it is free to.
SLOPPY = re.compile(r"\.approx\b|\.ftz\b|\bdiv\.full\b|\b(mul|add|sub|mad)\.(f32|f64)\b|\bmad\.r[nzmp]\.f")


def files(folder, suffix):
    found = []
    for root, _, names in os.walk(folder):
        found += [os.path.join(root, name) for name in sorted(names) if name.endswith(suffix)]
    return sorted(found)


def violations(ptx):
    found, name = [], "?"
    for line in ptx.splitlines():
        entry = re.match(r"\s*(?:\.visible |\.weak )?\.entry (\w+)", line)
        name = entry.group(1) if entry else name
        instruction = line.split("//")[0].strip()
        if SLOPPY.search(instruction):
            found.append(f"{name}: {instruction}")
    return found


SLOPPY_CODE = """
__global__ void product_and_sum(const float* a, float* b) { b[0] = a[0] * a[1] + a[2]; b[1] = a[3] / a[4]; }
__global__ void root(float* b) { b[0] = sqrtf(b[1]); }
__global__ void wide(double* b) { b[0] = b[1] * b[2] + b[3]; b[4] = b[5] + b[6]; }
"""


def refuse_blindness(nvcc):
    """Code compiled against the contract must be objected to."""
    objections = []
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "sloppy.cu"), os.path.join(folder, "sloppy.ptx")
        with open(source, "w", encoding="utf-8") as file:
            file.write(SLOPPY_CODE)
        for flags in (["--use_fast_math"], []):
            subprocess.run([nvcc, "-arch=sm_90", *flags, "--ptx", source, "-o", out], check=True, capture_output=True)
            with open(out, encoding="utf-8") as file:
                objections += violations(file.read())
    for word in ("div", "sqrt", ".ftz", "add.f64", "add.f32|fma|mul.f32|mad"):
        if not re.search(word, "\n".join(objections)):
            sys.exit(f"the audit is blind: it finds no '{word}' in sloppy code:\n" + "\n".join(objections))


def kernel_name(mangled, file):
    """train_by_threads GradientDescent, for instance, from the mangled name; cub's own kernels have none."""
    if "cub" in mangled:
        return None
    made = re.search(r"(train_\w+?|observe_\w+?|for_each_replica)I(\w+)", mangled)
    if not made:
        return None
    parts = re.finditer(r"(\d+)([A-Z])", made.group(2))
    words = [made.group(2)[m.start(2):m.start(2) + int(m.group(1))] for m in parts]
    real = re.search(r"Job(I[fd])E", made.group(2)) or re.match(r"(NS\w+?LossE)?([fd])E", made.group(2))
    precision = {"f": "float", "d": "double"}.get(real.group(0)[-2] if real else "", "")
    bucket = re.search(r"advance_(\w+)_(\d+)\.cu", file)
    depth = re.search(r"ELi(\d+)E", made.group(2)) if "registers" in made.group(1) else None
    where = f"{bucket.group(1)} d={bucket.group(2)}" if bucket else precision
    where += f" L={depth.group(1)}" if depth else ""
    return " ".join(x for x in (made.group(1), words[0] if words else "", where) if x and x != "AdvanceJob")


def resources(folder):
    """{kernel: [registers, stack bytes, spilled bytes]}"""
    pattern = re.compile(
        r"Compiling entry function '(\w+)'.*?\n(?:.*\n)?\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
        r"(\d+) bytes spill loads\n.*?Used (\d+) registers")
    found = {}
    for path in files(folder, ".ptxas"):
        with open(path, encoding="utf-8") as file:
            for name, stack, stores, loads, registers in pattern.findall(file.read()):
                kernel = kernel_name(name, os.path.basename(path))
                if kernel:
                    found[kernel] = [int(registers), int(stack), int(stores) + int(loads)]
    return found


def resident_warps(kernel, registers):
    """Warps of a multiprocessor that the registers allow; shared memory, which the run chooses, may allow fewer."""
    block = next((size for word, size in BLOCK.items() if word in kernel), 128)
    per_warp = (registers * 32 + 255) // 256 * 256
    blocks = REGISTERS // per_warp // (block // 32)
    return min(WARPS, blocks * (block // 32))


def over_budget(found, budget):
    wrong = []
    for kernel, used in sorted(found.items()):
        allowed = budget.get(kernel)
        if allowed is None:
            wrong.append(f"{kernel}: not in the budget")
        elif used[0] > allowed[0] + SLACK or used[1] > allowed[1] or used[2] > allowed[2]:
            wrong.append(f"{kernel}: registers, stack, spills {used}; allowed {allowed}")
    compiled = {size_of(kernel) for kernel in found}  # a build may leave out sizes (RANKFALL_CUDA_BUCKETS), and then all kernels of one
    missing = [kernel for kernel in sorted(set(budget) - set(found)) if size_of(kernel) in compiled]
    return wrong + [f"{kernel}: in the budget, but not compiled" for kernel in missing]


def size_of(kernel):
    """The padded dimension that a kernel is compiled for, as in its name; None of those that have none."""
    found = re.search(r"\bd=(\d+)", kernel)
    return found and found.group(1)


def print_table(found):
    print(f"{'kernel':<58}{'registers':>10}{'stack':>7}{'spills':>8}{'warps/SM':>10}{'occupancy':>11}")
    for kernel, (registers, stack, spills) in sorted(found.items()):
        warps = resident_warps(kernel, registers)
        print(f"{kernel:<58}{registers:>10}{stack:>7}{spills:>8}{warps:>10}{warps / WARPS:>11.0%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--nvcc")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = resources(options.folder)
    if options.write:
        with open(BUDGET, "w", encoding="utf-8") as file:
            lines = ",\n".join(f" {json.dumps(kernel)}: {json.dumps(used)}" for kernel, used in sorted(found.items()))
            file.write("{\n" + lines + "\n}\n")
        return
    refuse_blindness(options.nvcc)
    sources = files(options.folder, ".ptx")
    found_wrong, fused = [], 0
    for path in sources:
        with open(path, encoding="utf-8") as file:
            ptx = file.read()
        fused += len(re.findall(r"\bfma\.rn", ptx))
        found_wrong += [f"{os.path.basename(path)}: {line}" for line in violations(ptx)]
    with open(BUDGET, encoding="utf-8") as file:
        found_wrong += over_budget(found, json.load(file))
    print_table(found)
    if len(sources) < 3 or len(found) < 20 or fused == 0:
        sys.exit(f"{len(sources)} files with {len(found)} kernels and {fused} multiply-adds: not the whole build")
    if found_wrong:
        sys.exit("\nnot as promised:\n" + "\n".join(found_wrong))
    on_stack = sum(stack > 0 or spills > 0 for _, stack, spills in found.values())
    print(f"\n{len(found)} kernels in {len(sources)} files, {fused} fused multiply-adds, all asked for; no approximation, "
          f"nothing left to fuse; {on_stack} kernels use a stack or spill, as the budget allows")


if __name__ == "__main__":
    main()
