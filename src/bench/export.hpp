#pragma once
// What a case computes, as data: for other programs to compute the same, prove it, and be timed on it.
#include <cstdint>
#include <string>

#include "bench/bench_case.hpp"

namespace rankfall {

// Steps whose draws and outcome an exported file holds.
inline constexpr std::int64_t exported_steps = 24;

// Writes replicas 0 .. 15 of a case of GD or SGD as a netCDF file: initial factors, observed weights and target, rates,
// the entries that the first steps of SGD draw, and the factors after `exported_steps` steps, with the weight decay in
// them. Replaces a file of that name. Throws StoreError if it cannot be written.
void export_workload(const BenchCase& subject, const std::string& path);

}  // namespace rankfall
