#pragma once
// Statistics of pairs.
#include <cstdint>
#include <optional>
#include <vector>

#include "rankfall/estimate.hpp"

namespace rankfall {

// Interval of p1 - p2 from `pairs`, of which `first_only` and `second_only` are discordant: the score interval of Tango (1998),
// where the variance is that of the hypothesis tested. Its width is not 0 without discordant pairs: +- z^2 / (n + z^2).
// [-1, 1] without pairs.
Interval paired_difference_interval(std::int64_t first_only, std::int64_t second_only, std::int64_t pairs, double confidence);

// Two-sided exact McNemar (1947) test of p1 = p2: twice the smaller tail of Binomial(discordant pairs, 1/2), at most 1.
double mcnemar_p_value(std::int64_t first_only, std::int64_t second_only);

// Interval of the median that holds for every distribution, ties included: between the k-th smallest and the k-th largest, with
// the largest k for which Binomial(n, 1/2) < k at most (1 - confidence)/2 of the time (the sign test turned round; Conover
// 1999). Nothing where n is too small for any k: fewer than 6 values at 95 %.
std::optional<Interval> median_interval(std::vector<double> values, double confidence);

}  // namespace rankfall
