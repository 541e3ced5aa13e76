#pragma once
// The minima that a cell's last phase begins from, what separates them from lower ranks, and the threshold below which a
// singular value has left for good. Found before training, from what the problem and the phases say.
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace rankfall {

// Why there is a saddle, or none.
enum class SaddleStatus {
  found,
  shallow,     // depth 1 or 2, or the symmetric model: nothing is lost for good
  no_ridge,    // minima are not isolated
  too_large,   // most_landscape_numbers
  no_minimum,  // no start of the pilot that could fall settled at a minimum
  no_fold      // the minimum does not end in a fold, or the way there was lost
};
inline constexpr std::array<std::string_view, 6> saddle_status_names{"found",     "shallow",    "no_ridge",
                                                                     "too_large", "no_minimum", "no_fold"};

inline constexpr std::int64_t landscape_starts = 32;        // of the pilot
inline constexpr int most_landscape_numbers = 400;          // of the factors of a critical point, hidden widths being its rank
inline constexpr double threshold_share = 0.2;              // of the saddle's smallest singular value, at most

// A minimum of the last phase's objective.
struct RidgedMinimum {
  int rank = 0;
  std::int64_t starts = 0;                      // of the pilot, that settled there
  std::vector<double> singular_values;          // of W, `rank` of them, descending; likewise the next two
  std::vector<double> at_fold, at_saddle;       // empty where they were not come to
  double k_max = 0.0;                           // largest weight_ij k_ij (theory/ridged_objective.hpp)
  SaddleStatus status = SaddleStatus::no_fold;
  double lambda_c = std::numeric_limits<double>::quiet_NaN();  // ridge of the fold
};

struct Landscape {
  SaddleStatus status = SaddleStatus::no_minimum;
  std::int64_t starts = 0;            // of the pilot, those that diverged left out
  std::vector<RidgedMinimum> minima;  // those that could fall first, of the highest rank first, then of the most starts
  std::int64_t at_risk = 0;           // minima that could fall
  double saddle_singular_value = std::numeric_limits<double>::quiet_NaN();  // the least of those at risk
  double threshold = 0.0;             // singular values above it count: absolute, as it is used
  double curvature_per_k = 0.0;       // 2 c N: the largest curvature of one entry's loss is this times k_max
  double learning_rate = 0.0, ridge = 0.0;  // of the last phase

  // The one that a cell is told by: of the highest rank that could fall; null without any.
  const RidgedMinimum* told() const { return at_risk > 0 ? &minima.front() : nullptr; }
  // learning_rate * 2 c N * k_max: a step on one entry overshoots above 2.
  double edge() const { return told() ? learning_rate * curvature_per_k * told()->k_max : std::numeric_limits<double>::quiet_NaN(); }
};

}  // namespace rankfall
