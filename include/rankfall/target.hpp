#pragma once
// The matrix to be recovered: itself, or how it is drawn.
#include <memory>
#include <vector>

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

// Of the problem's size, also where it is a phase's own.
struct TargetSpec {
  TargetKind kind = TargetKind::random_rank;
  int rank = 1;                           // random_rank
  std::vector<double> spectrum;           // spectrum: at most min(rows, columns) values, non-negative, descending
  std::shared_ptr<const Matrix> matrix;   // given
};

}  // namespace rankfall
