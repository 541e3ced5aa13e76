#!/usr/bin/python3
"""Who may include whom (docs/design.md), checked on every source file.

usage: include_rules.py SOURCE_DIR     lists violations, one per line; exit status 1 if there are any
       include_rules.py --self-test    proves that each rule finds a violation of it
"""
import os
import re
import sys
import tempfile

C_AND_CPP_STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits
clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio
cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream
functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore
set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view syncstream
system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
version
""".split())
KERNEL_STANDARD = {"cmath", "cstddef", "cstdint", "concepts", "type_traits"}
THIRD_PARTY = re.compile(
    r"(fmt/|toml|CLI|netcdf|boost/|nlohmann/|zlib\.h|gtest/|gmock/|benchmark/|lapacke|cblas|Eigen/|Random123/|mpi\.h)")
CUDA = re.compile(r"(cuda|cublas|curand|cusolver|cub/|thrust/|cooperative_groups|device_|nvtx|nvml|nv/)")
SUFFIXES = (".hpp", ".h", ".cpp", ".cu", ".cuh", ".in")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    """(line number, quote, name) of each include of a file."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)


def source_files(root):
    for top in ("include", "kernels", "src", "bench", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith(SUFFIXES):
                    yield os.path.relpath(os.path.join(folder, name), root)


def objection(path, quote, name):
    """Why `path` may not include `name`, or None. What counts in single files is counted elsewhere."""
    own = quote == '"'
    is_header = path.endswith((".hpp", ".h", ".cuh"))
    room = path.split("/")[0]
    if name.startswith(".") or "/../" in name:
        return "includes are written from the root, not relative"
    if room == "include" and not (name.startswith("rankfall/") if own else name in C_AND_CPP_STANDARD):
        return "include/ is the vocabulary: rankfall/* and the standard library only"
    if room == "kernels" and not (name.startswith("kernels/") if own else name in KERNEL_STANDARD):
        if not (path.endswith(".cu") and CUDA.match(name)):
            return "kernels/ includes itself and <cmath> <cstddef> <cstdint> <concepts> <type_traits> only"
    if room in ("src", "bench") and own and name.startswith("tests/"):
        return "the program does not know its tests"
    if THIRD_PARTY.match(name) and path.endswith(".cu"):
        return "third-party headers do not go through nvcc"
    if THIRD_PARTY.match(name) and is_header and room in ("include", "kernels", "src"):
        return "third-party headers belong in a .cpp"
    if CUDA.match(name) and not path.endswith(".cu") and not (room == "src" and path.endswith(".cpp")):
        return "CUDA headers belong in a .cu or the CUDA backend's .cpp"
    if name.startswith("CLI/") and not path.startswith("src/cli/"):
        return "CLI11 belongs in src/cli"
    return None


def violations(root):
    found, cuda_files = [], set()
    for path in source_files(root):
        for number, quote, name in includes(os.path.join(root, path)):
            reason = objection(path, quote, name)
            if reason:
                found.append(f"{path}:{number}: includes {name}: {reason}")
            if CUDA.match(name) and path.endswith(".cpp"):
                cuda_files.add(path)
    if len(cuda_files) > 1:
        found.append(f"CUDA headers are included by more than one .cpp: {', '.join(sorted(cuda_files))}")
    return found


CLEAN = {
    "include/rankfall/a.hpp": '#include <vector>\n#include "rankfall/b.hpp"\n',
    "kernels/k.hpp": '#include <cmath>\n#include "kernels/l.hpp"\n',
    "kernels/k.cu": '#include <cuda_runtime.h>\n#include "kernels/k.hpp"\n',
    "src/cli/main.cpp": '#include <CLI/CLI.hpp>\n#include <fmt/format.h>\n#include "rankfall/a.hpp"\n',
    "src/backend/cuda.cpp": "#include <cuda_runtime.h>\n",
    "src/backend/lanes.hpp": '#include <immintrin.h>\n#include "kernels/k.hpp"\n',
    "tests/kernels/k_test.cpp": "#include <gtest/gtest.h>\n#include <boost/math/distributions/normal.hpp>\n",
}
BROKEN = {
    "include/rankfall/c.hpp": ['#include "kernels/k.hpp"', "#include <fmt/format.h>", '#include "store/x.hpp"',
                               "#include <unistd.h>"],
    "kernels/m.hpp": ['#include "rankfall/a.hpp"', "#include <vector>", "#include <cuda_runtime.h>",
                      '#include "backend/lanes.hpp"'],
    "kernels/m.cu": ["#include <fmt/format.h>", "#include <vector>"],
    "src/store/s.hpp": ["#include <netcdf.h>", "#include <nlohmann/json.hpp>", "  #  include <toml++/toml.h>",
                        "#include <zlib.h>", "#include <boost/math/distributions.hpp>", "#include <CLI/CLI.hpp>", "#include <Eigen/Core>",
                        "#include <gtest/gtest.h>", "#include <cuda_runtime.h>", '#include "../config/x.hpp"', '#include "tests/kernels/x.hpp"'],
    "src/run/other.cpp": ["#include <CLI/CLI.hpp>", "#include <cublas_v2.h>"],
    "src/backend/b.cu": ["#include <toml++/toml.h>"],
    "tests/kernels/t.cpp": ["#include <cuda_runtime.h>"],
}


def write(root, path, text):
    os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
    with open(os.path.join(root, path), "w", encoding="utf-8") as file:
        file.write(text)


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, text in CLEAN.items():
            write(root, path, text)
        if violations(root):
            sys.exit("objects to a clean tree:\n" + "\n".join(violations(root)))
        count = 0
        for path, lines in BROKEN.items():
            for line in lines:
                write(root, path, "#pragma once\n" + line + "\n")
                if not violations(root):
                    sys.exit(f"does not object to {line} in {path}")
                os.remove(os.path.join(root, path))
                count += 1
    print(f"finds each of {count} violations, and nothing in a clean tree")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--self-test":
        self_test()
        return
    files = list(source_files(sys.argv[1]))
    if len(files) < 50:
        sys.exit(f"only {len(files)} source files under {sys.argv[1]}: not the source tree?")
    found = violations(sys.argv[1])
    if found:
        sys.exit("\n".join(found))
    print(f"{len(files)} files include what they may")


if __name__ == "__main__":
    main()
