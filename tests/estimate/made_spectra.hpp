#pragma once
// Made replicas with singular values.
#include <vector>

#include "made_replicas.hpp"

namespace rankfall {

// The singular values of the latest replica; numerical_rank is their number above 1, the threshold of these tests.
inline void set_spectrum(ReplicaResults& results, const std::vector<double>& values) {
  results.singular_value_count = static_cast<int>(values.size());
  results.singular_values.insert(results.singular_values.end(), values.begin(), values.end());
  int rank = 0;
  for (const double s : values) rank += s > 1.0 ? 1 : 0;
  results.numerical_rank.back() = rank;
}

// `replicas` of cell 0 of rank 2, of which `near` have their second singular value at 2, the others at 9.
inline ReplicaResults near_threshold(int replicas, int near) {
  ReplicaResults results;
  for (int i = 0; i < replicas; ++i) {
    add_replica(results, {});
    set_spectrum(results, {20.0, i < near ? 2.0 : 9.0});
  }
  return results;
}

}  // namespace rankfall
