#pragma once
// What a run needs of the machine, and whether the machine has it.
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"

namespace rankfall {

// Bytes of memory, and of disk free where `directory` is or would be made.
struct Capacity {
  double memory = 0.0;
  double disk = 0.0;
};

Capacity capacity_of_machine(const std::string& directory);

struct Need {
  double training = 0.0;      // memory: the largest work unit and a register of lanes, in every thread at once
  double merging = 0.0;       // memory: all results, when they are read back and written to results.nc
  double merging_most = 0.0;  // the same if no phase stops early: differs where trajectories are kept
  double disk = 0.0;          // units and results.nc
  double disk_most = 0.0;
};

// Of one thread in training: matrices whose entries are registers of 16 replicas (float32) or 8 (float64).
double lane_group_bytes(const Experiment& experiment, const Cell& cell);

Need need_of(const Experiment& experiment, int threads);

// "about 1.5 GB", or "2 MB to 1.5 GB" where stop rules may end trajectories early.
std::string range_text(double certain, double most);

// One line for each need that exceeds the capacity, without a line break; empty if all fits.
std::vector<std::string> shortages(const Need& need, const Capacity& capacity);

// Throws ConfigError if the results could not be merged in the machine's memory: to be called before training starts,
// which may take days.
void check_merge_fits(const Experiment& experiment, const Capacity& capacity);

}  // namespace rankfall
