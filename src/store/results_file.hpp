#pragma once
// results.nc: the one merged file of a run (netCDF-4; schema in docs/design.md).
#include <string>

#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// Written atomically. Dimensions: one per axis, `replica`, `singular_value`, `factor`, `event` (and `probe` with
// trajectories). Cells with fewer replicas are padded with fill values. Throws StoreError.
void write_results(const std::string& path, const Experiment& experiment, const RunResults& results,
                   const Provenance& provenance);

// Back into memory; throws StoreError when it is not a results file of this experiment.
RunResults read_results(const std::string& path, const Experiment& experiment);

// FNV-1a over every number of every replica, in cell and replica order: equal results <=> equal checksum, on any machine.
// Values derived on the host with libm (effective_rank) are left out. 16 hexadecimal digits.
std::string results_checksum(const RunResults& results);

}  // namespace rankfall
