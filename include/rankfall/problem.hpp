#pragma once
// The matrix to be recovered and what of it is observed.
#include <cstdint>
#include <memory>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

// A dense matrix of doubles, row-major: entry (i, j) is entries[i * columns + j].
struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<double> entries;
};

enum class TargetKind {
  random_rank,  // sum of `rank` outer products of Gaussian vectors, scaled to root-mean-square entry 1
  spectrum,     // given singular values between random orthogonal bases
  given,        // from a file or listed in the experiment
};

// Whether a random object is drawn once for all replicas of a cell, or once for each.
enum class Instances { shared, per_replica };

struct ProblemSpec {
  int rows = 0;
  int columns = 0;
  TargetKind target_kind = TargetKind::random_rank;
  int rank = 1;                                // random_rank
  std::vector<double> spectrum;                // spectrum: at most min(rows, columns) values, non-negative, descending
  std::shared_ptr<const Matrix> target;        // given
  double noise = 0.0;                          // standard deviation of Gaussian noise added to what is observed
  ObservationSpec observed;
  Instances instances = Instances::shared;     // of target, mask and measurements
  std::uint64_t instance_seed = 0;
};

}  // namespace rankfall
