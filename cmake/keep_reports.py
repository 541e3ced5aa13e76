#!/usr/bin/python3
"""Runs a CUDA compiler and keeps beside the object what it says of it: OBJECT.ptx and OBJECT.ptxas (registers, memory).

usage: keep_reports.py NVCC ARGUMENT...     (a CMAKE_CUDA_COMPILER_LAUNCHER)
"""
import os
import shutil
import subprocess
import sys
import tempfile


def main():
    command = sys.argv[1:]
    target = command[command.index("-o") + 1] if "-o" in command else None
    if target is None or "-c" not in command:
        sys.exit(subprocess.run(command, check=False).returncode)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*command, "--keep", "--keep-dir", folder], check=False, capture_output=True, text=True)
        said = done.stdout + done.stderr
        report = [line for line in said.splitlines() if line.startswith("ptxas info") or line.startswith("    ")]
        rest = [line for line in said.splitlines() if line not in report]
        if rest or done.returncode != 0:
            print(said if done.returncode != 0 else "\n".join(rest), file=sys.stderr)
        if done.returncode == 0:
            with open(target + ".ptxas", "w", encoding="utf-8") as file:
                file.write("\n".join(report) + "\n")
            for name in os.listdir(folder):
                if name.endswith(".ptx"):
                    shutil.move(os.path.join(folder, name), target + ".ptx")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
