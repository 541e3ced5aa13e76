"""One peer in a process of its own: verifies, then times as often as asked.

usage: worker.py PEER WORKLOAD.nc REPLICAS cpu|cuda

Writes one JSON object per line: first {"ready": ...} or why there is none ({"missing"}, {"disagrees"}, {"failed"}), then
{"rate": replica-steps/s} for every line read, which holds the seconds that a timing should take.
"""

from __future__ import annotations

import json
import sys
import time

from trainer import PEERS, Peer, Trainer
from workload import Disagreement, Workload, read_workload, verify

MOST_STEPS = 1 << 22


def prepared(peer: Peer, workload: Workload, n: int, device: str) -> tuple[Trainer, dict]:
    """A trainer that has computed what rankfall computes, and what is worth recording about it."""
    trainer = peer.load()
    n = min(n, trainer.most_replicas or n)
    proof = trainer(workload, n, device)
    proof.replay(*workload.draws(n))
    error = verify(peer.name, workload, proof.factors())
    del proof  # a GPU may not hold two
    return trainer(workload, n, device), {"ready": True, "replicas": n, "error": error, "version": trainer.version()}


class Stopwatch:
    """Rates of a trainer; the number of steps adapts to the time a measurement should take."""

    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self.steps = trainer.granule
        trainer.advance(self.steps)  # compilers and caches

    def _seconds(self) -> float:
        begin = time.perf_counter()
        self.trainer.advance(self.steps)
        return time.perf_counter() - begin

    def rate(self, seconds: float) -> float:
        """Replica-steps per second over about `seconds`, over one granule of steps if that takes longer."""
        spent = self._seconds()
        while spent < 0.5 * seconds and self.steps < MOST_STEPS:
            growth = min(16, max(2, int(0.9 * seconds / max(spent, 1e-9))))
            self.steps *= growth
            spent = self._seconds()
        return self.trainer.n * self.steps / spent


def serve(peer: Peer, path: str, n: int, device: str) -> None:
    """Answer on standard output until standard input ends."""
    def answer(**told) -> None:
        print(json.dumps(told), flush=True)

    try:
        trainer, told = prepared(peer, read_workload(path), n, device)
        watch = Stopwatch(trainer)
    except ImportError as error:
        answer(missing=peer.needs, reason=str(error))
        return
    except Disagreement as error:
        answer(disagrees=str(error))
        return
    except Exception as error:  # whatever a foreign library throws is that peer's result
        answer(failed=f"{type(error).__name__}: {error}".splitlines()[0][:200])
        return
    answer(**told)
    for line in sys.stdin:
        answer(rate=watch.rate(float(line)))


def main() -> None:
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    name, path, n, device = sys.argv[1:]
    serve(next(peer for peer in PEERS if peer.name == name), path, int(n), device)


if __name__ == "__main__":
    main()
