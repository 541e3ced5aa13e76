#pragma once
// What summary.csv and results.nc hold of a cell's landscape, listed once.
#include <array>
#include <limits>
#include <string_view>

#include "rankfall/landscape.hpp"

namespace rankfall {

// Numbers of a replica's factors up to which a pilot trains some: beyond, it would be long before anything is seen of the run.
inline constexpr std::int64_t most_pilot_parameters = 5000;

struct LandscapeNumber {
  std::string_view name, description, units;
  double (*of)(const Landscape&);  // NaN where there is none
};

namespace landscape_detail {

template <class Read>
double of_told(const Landscape& landscape, Read read) {
  const RidgedMinimum* told = landscape.told();
  return told ? read(*told) : std::numeric_limits<double>::quiet_NaN();
}
inline double last_of(const std::vector<double>& values) {
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.back();
}

}  // namespace landscape_detail

inline constexpr std::array<LandscapeNumber, 10> landscape_numbers{{
    {"minimum_rank", "rank of the minimum that the cell is told by: the highest that the last phase begins from and could fall", "1",
     [](const Landscape& l) { return landscape_detail::of_told(l, [](const RidgedMinimum& m) { return double(m.rank); }); }},
    {"minimum_share", "share of the pilot's starts that settle there", "1",
     [](const Landscape& l) {
       return landscape_detail::of_told(l, [&](const RidgedMinimum& m) { return double(m.starts) / double(l.starts); });
     }},
    {"minimum_singular_value", "smallest singular value of W there", "1",
     [](const Landscape& l) {
       return landscape_detail::of_told(l, [](const RidgedMinimum& m) { return landscape_detail::last_of(m.singular_values); });
     }},
    {"k_max", "largest squared norm of the gradient of an observed entry of W by all factors there", "1",
     [](const Landscape& l) { return landscape_detail::of_told(l, [](const RidgedMinimum& m) { return m.k_max; }); }},
    {"per_sample_edge", "learning rate times the largest curvature of the loss on one drawn entry, 2 c N k_max; linear edge: 2", "1",
     [](const Landscape& l) { return l.edge(); }},
    {"lambda_c", "ridge at which that minimum meets a saddle and ends", "1",
     [](const Landscape& l) { return landscape_detail::of_told(l, [](const RidgedMinimum& m) { return m.lambda_c; }); }},
    {"ridge_over_lambda_c", "ridge of the last phase over that", "1",
     [](const Landscape& l) { return landscape_detail::of_told(l, [&](const RidgedMinimum& m) { return l.ridge / m.lambda_c; }); }},
    {"fold_singular_value", "smallest singular value of W where they meet", "1",
     [](const Landscape& l) {
       return landscape_detail::of_told(l, [](const RidgedMinimum& m) { return landscape_detail::last_of(m.at_fold); });
     }},
    {"saddle_singular_value", "smallest singular value of W at the saddle, the least over all minima that could fall", "1",
     [](const Landscape& l) { return l.saddle_singular_value; }},
    {"rank_threshold", "singular values of W above it count for the rank", "1", [](const Landscape& l) { return l.threshold; }},
}};

}  // namespace rankfall
