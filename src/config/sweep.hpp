#pragma once
// [sweep]: which keys vary, over which values, and which vary together.
#include <cstdint>
#include <string>
#include <vector>

#include "config/files.hpp"
#include "config/node.hpp"
#include "rankfall/sweep.hpp"
#include "rankfall/sweep_labels.hpp"

namespace rankfall::config {

// One swept key with its values, ready to be put into the tree.
struct SweptKey {
  std::string key;                // "phase.noise.learning_rate"
  std::vector<std::string> path;  // {"phase", "noise", "learning_rate"}
  Place place;
  std::vector<Node> values;
  std::vector<SweepValue> shown;        // what results.nc keeps; a file is its absolute path, a list of entries mask_text
  std::vector<std::string> labels;      // what a person reads; a file is its name
  std::vector<std::string> identities;  // what a cell's identity is made of; a file is the hash of its content

  bool is_label() const { return key == label_key; }  // it names places of its axis and sets nothing
};

struct SweepPlan {
  std::vector<std::vector<SweptKey>> groups;  // one per axis, in the order of the file; several keys if zipped
  std::vector<Axis> axes;
  std::int64_t cells = 1;
};

// Throws ConfigError. `root` must have a flat sweep (flatten_sweep).
SweepPlan read_sweep(const Node& root, DataFiles& files);

// Keys whose values may be lists of observed entries.
bool holds_entries(std::string_view key);

// Keys whose strings may be paths of data files.
bool holds_path(std::string_view key, const std::string& value);

}  // namespace rankfall::config
