#pragma once
// results.nc: the one merged file of a run (netCDF-4; schema in docs/design.md).
#include <string>

#include "rankfall/experiment.hpp"
#include "rankfall/observed_graphs.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// Written atomically. Dimensions: one per axis, `replica`, `singular_value`, `factor`, `event` (and `probe` with
// trajectories). Missing entries (replicas not done, numbers of diverged replicas, probes after the last one) are NaN,
// or -1 in integers, declared as _FillValue so that readers mask them; `outcome` stays an integer and has a flag for
// them. Where `graphs` are known (of every cell, with as many phases as it has): their numbers along `phase`, and the masks
// that are kept along `mask`, `row`, `column`; read_results leaves them alone. `replicas_done` counts each cell's replicas. The attribute `checksum` is results_checksum(results).
// Memory beyond the arguments: one cell's largest array. Throws StoreError; then nothing is left behind.
void write_results(const std::string& path, const Experiment& experiment, const RunResults& results,
                   const Provenance& provenance, const ObservedGraphs& graphs = {});

// Back into memory, bit for bit. Throws StoreError when the file cannot be read, is not a results file of this
// experiment (digest, shape), or does not match its own checksum.
RunResults read_results(const std::string& path, const Experiment& experiment);

// FNV-1a (64 bits) over every cell's index and number of replicas, then per replica outcome, steps, rank,
// numerical_rank, start_rank, tries, singular values and observables, then the cell's events. All NaNs count as one and
// so do both zeros. effective_rank, derived with libm, is left out; so are factor norms and trajectories. Does not
// depend on how replicas were split into units, nor on the machine. 16 hexadecimal digits.
std::string results_checksum(const RunResults& results);

}  // namespace rankfall
