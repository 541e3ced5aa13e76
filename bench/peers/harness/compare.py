"""rankfall beside the programs people use today, on the same work, in one table.

Every peer first proves that it computes what rankfall computes: its factors after the exported steps must agree to
rounding. Then rankfall and the peer are timed in turns. Exit status 1 if a peer disagrees.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import machine
import native
from rankfall_rate import Case, RankfallError, Rate, export, rankfall_rate
from table import text_table
from trainer import PEERS, Peer

HERE = Path(__file__).resolve().parent


class WorkerProcess:
    """A peer in its own process: a library that crashes, hangs or keeps its memory does so alone."""

    def __init__(self, peer: Peer, path: Path, n: int, options: argparse.Namespace):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), peer.name, str(path), str(n), options.device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | {native.FOLDER: options.libraries})
        self.limit = options.limit

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.communicate()

    def answer(self) -> dict:
        """The next line; {"failed"} if the process ends or the time limit passes before it."""
        late = threading.Event()
        timer = threading.Timer(self.limit, lambda: (late.set(), self.process.kill()))
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if line:
            return json.loads(line)
        return {"failed": f"no answer within {self.limit:.0f} s" if late.is_set() else "ended without an answer"}

    def rate(self, seconds: float) -> dict:
        try:
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer tells
        return self.answer()


def status_of(told: dict) -> str:
    """What the table says of a peer that gave no rate."""
    if "missing" in told:
        return f"not installed ({told['missing']})"
    return f"DISAGREES: {told['disagrees']}" if "disagrees" in told else f"failed: {told.get('failed', 'no rate')}"


def compare_peer(peer: Peer, case: Case, n: int, path: Path, options: argparse.Namespace) -> tuple[dict, list[Rate]]:
    """A peer's result, and what rankfall reached in between."""
    result = {"case": str(case), "n": n, "program": peer.name}
    with WorkerProcess(peer, path, n, options) as worker:
        told = worker.answer()
        if not told.get("ready"):
            return result | {"status": status_of(told)}, []
        worker.rate(options.seconds)  # finds the number of steps
        ours, theirs, quiet = [], [], True
        for _ in range(options.rounds):
            quiet = machine.wait_until_quiet(options.patience) and quiet
            if options.rankfall_timed:
                ours.append(rankfall_rate(options.rankfall, case, n, options.device))
            answer = worker.rate(options.seconds)
            if "rate" not in answer:
                return result | {"status": status_of(answer)}, ours
            theirs.append(answer["rate"])
    result |= {"status": "ok", "rate": statistics.median(theirs), "rates": theirs, "quiet": quiet}
    result |= {key: told[key] for key in ("replicas", "error", "version")}
    if ours:
        result["rankfall_ratio"] = statistics.median(rate.replica_steps / t for rate, t in zip(ours, theirs))
        peak = statistics.median(rate.peak for rate in ours)
        result["fraction_of_peak"] = case.useful_operations * result["rate"] / peak
    return result, ours


def rankfall_result(case: Case, n: int, rates: list[Rate]) -> dict:
    rate = statistics.median(rate.replica_steps for rate in rates)
    peak = statistics.median(rate.peak for rate in rates)
    return {"case": str(case), "n": n, "program": "rankfall", "status": "ok", "rate": rate, "rankfall_ratio": 1.0,
            "rates": [rate.replica_steps for rate in rates], "peak_flops": peak, "replicas": n,
            "fraction_of_peak": case.useful_operations * rate / peak}


def peers_for(case: Case, options: argparse.Namespace) -> list[Peer]:
    """Peers that know the operation and the device; that a package is missing is seen when it is loaded."""
    def wanted(peer: Peer) -> bool:
        return not options.peers or any(word.lower() in peer.name.lower() for word in options.peers)

    return [peer for peer in PEERS
            if case.operation in peer.operations and options.device in peer.devices and wanted(peer)]


def compare_case(case: Case, options: argparse.Namespace, folder: Path) -> list[dict]:
    path = folder / "workload.nc"
    export(options.rankfall, case, path)
    results = []
    for n in options.replicas:
        rows, ours = [], []
        for peer in peers_for(case, options):
            if time.monotonic() > options.end:
                rows.append({"case": str(case), "n": n, "program": peer.name, "status": "not reached (--budget)"})
                continue
            print(f"{case}, N = {n}: {peer.name}", file=sys.stderr)
            result, rates = compare_peer(peer, case, n, path, options)
            rows.append(result)
            ours += rates
        results += ([rankfall_result(case, n, ours)] if ours else []) + rows
    return results


def integers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--rankfall", default="build/release/rankfall", help="the built program")
    parser.add_argument("--libraries", help="where the peers written in C++ were built (default: bench beside rankfall)")
    parser.add_argument("--operations", default="gd,sgd", type=lambda text: text.split(","))
    parser.add_argument("--sizes", default="4,10,20,32,64", type=integers)
    parser.add_argument("--depth", default=3, type=int)
    parser.add_argument("--replicas", default="128,4096,32768", type=integers)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--peers", nargs="*", help="only programs whose name contains one of these words")
    parser.add_argument("--rounds", default=5, type=int, help="alternating timings; their median counts")
    parser.add_argument("--seconds", default=0.5, type=float, help="of one timing of a peer")
    parser.add_argument("--limit", default=300.0, type=float, help="seconds a peer has to compile, verify, or answer")
    parser.add_argument("--patience", default=60.0, type=float, help="seconds to wait for a quiet machine")
    parser.add_argument("--budget", default=float("inf"), type=float, help="start no further peer of a case once its part of so many seconds is over")
    parser.add_argument("--json", help="write the record to this file")
    options = parser.parse_args(arguments)
    options.libraries = options.libraries or str(Path(options.rankfall).resolve().parent / "bench")
    if options.device == "auto":
        options.device = "cuda" if machine.gpu_model() else "cpu"
    return options


def write_record(options: argparse.Namespace, results: list[dict]) -> None:
    """All that a reader needs to judge the numbers or to repeat them, as JSON."""
    settings = {key: value for key, value in vars(options).items() if key not in ("rankfall", "libraries", "json", "end", "budget")}
    versions = {row["program"]: row["version"] for row in results if "version" in row}
    told = subprocess.run([options.rankfall, "--version"], capture_output=True, text=True, check=False).stdout
    record = {"machine": machine.describe(), "settings": settings,
              "versions": {"rankfall": told.strip()} | versions, "rows": results}
    Path(options.json).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    options = parse()
    begin = time.monotonic()
    cases = [Case(operation, options.precision, options.depth, size)
             for operation in options.operations for size in options.sizes]
    results = []
    options.rankfall_timed = True
    try:
        rankfall_rate(options.rankfall, cases[0], options.replicas[0], options.device)
    except RankfallError as error:
        print(f"rankfall is not timed: {error}", file=sys.stderr)
        options.rankfall_timed = False
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number, case in enumerate(cases, 1):
                options.end = begin + options.budget * number / len(cases)
                results += compare_case(case, options, Path(folder))
                if options.json:  # after every case: an interruption loses one
                    write_record(options, results)
    except RankfallError as error:
        sys.exit(f"compare: {error}")
    print(text_table(results))
    return 1 if any(row["status"].startswith("DISAGREES") for row in results) else 0


if __name__ == "__main__":
    sys.exit(main())
