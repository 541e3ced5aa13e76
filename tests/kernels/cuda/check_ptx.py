#!/usr/bin/python3
"""Compiles the kernels with nvcc and holds the instructions to the arithmetic contract (kernels/scalar.hpp).

usage: check_ptx.py SOURCE_DIR

Exit status 0: as promised; 1: not; 77: no nvcc here, skipped (CTest shows it).
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-arch=sm_90", "-fmad=false", "--std=c++20", "--ptx"]
KERNELS = 2 * 3 * 6  # thread and block, three optimizers, float and double in three buckets


def find_nvcc():
    given = os.environ.get("CUDACXX")
    return given if given else shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def compile_to_ptx(nvcc, source, flags, include):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.ptx")
        done = subprocess.run([nvcc, *flags, "-I", include, source, "-o", out], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"nvcc does not compile {source}:\n{done.stdout}{done.stderr}")
        if done.stderr.strip() or done.stdout.strip():
            sys.exit(f"nvcc warns about {source}:\n{done.stdout}{done.stderr}")
        with open(out, encoding="utf-8") as file:
            return file.read()


def bodies(ptx):
    """Name and text of every kernel."""
    parts = re.split(r"^\s*(?:\.visible |\.weak )?\.entry ", ptx, flags=re.MULTILINE)[1:]
    return [(re.match(r"\w+", part).group(0), part) for part in parts]


def violations(ptx):
    found = []
    for name, body in bodies(ptx):
        for line in body.splitlines():
            instruction = line.split("//")[0].strip()
            if re.search(r"\.approx\b|\.ftz\b|\bdiv\.full\b", instruction):
                found.append(f"{name}: {instruction}")
            if "product_and_sum" in name and re.match(r"(fma|mad\.rn)\b", instruction):
                found.append(f"{name}: contracted: {instruction}")
    return found


SLOPPY = """
__global__ void product_and_sum(const float* a, float* b) { b[0] = a[0] * a[1] + a[2]; b[1] = a[3] / a[4]; }
__global__ void root(float* b) { b[0] = sqrtf(b[1]); }
"""


def find_in_sloppy_code(nvcc):
    """What the check says of code compiled against the contract: it must object to everything."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "sloppy.cu")
        with open(source, "w", encoding="utf-8") as file:
            file.write(SLOPPY)
        flags = ["-arch=sm_90", "--use_fast_math", "--std=c++20", "--ptx"]
        return violations(compile_to_ptx(nvcc, source, flags, folder))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    nvcc = find_nvcc()
    if not nvcc:
        print("skipped: no nvcc on PATH, so the kernels were not compiled for a GPU")
        sys.exit(77)
    objections = "\n".join(find_in_sloppy_code(nvcc))
    for word in ("contracted", "div", "sqrt", ".ftz"):
        if word not in objections:
            sys.exit(f"the check is blind: it finds no '{word}' in code compiled with fast math:\n{objections}")
    source_dir = sys.argv[1]
    ptx = compile_to_ptx(nvcc, os.path.join(source_dir, "tests/kernels/cuda/training_kernels.cu"), FLAGS, source_dir)
    names = [name for name, _ in bodies(ptx)]
    trained = sum("train_by_" in name for name in names)
    if trained != KERNELS:
        sys.exit(f"expected {KERNELS} training kernels in the PTX, found {trained}")
    found = violations(ptx)
    if found:
        sys.exit("instructions that round differently on a CPU:\n" + "\n".join(found))
    fused = len(re.findall(r"fma\.rn", ptx))
    print(f"{len(names)} kernels, {fused} fused multiply-adds, all asked for; no approximation")


if __name__ == "__main__":
    main()
