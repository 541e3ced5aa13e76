#pragma once
// One of N parts of an experiment that are trained apart, as array jobs are.
#include <string>

#include "rankfall/backend.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

struct Shard {
  int number = 1;  // from 1
  int count = 1;

  bool is_whole() const { return count == 1; }
  // Units of a cell go round the shards, and so do cells: every shard gets a share of each. A unit's shard depends on
  // nothing but the unit.
  bool has(const Experiment& experiment, const WorkUnit& unit) const;
  std::string file_word() const;  // "shard-2-of-4"
};

// From "K/N". Throws ConfigError.
Shard parse_shard(const std::string& text);

}  // namespace rankfall
