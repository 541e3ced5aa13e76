#pragma once
// Where flows of depth 2 end or what bounds them, as a function of where they begin (Shin & Yun 2026, arXiv 2603.04703; Menon 2024;
// Bai, Zhao & Zhang 2024). All of them without a ridge, whatever the factor c of the loss.
#include <optional>
#include <span>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

// W = W_2 W_1 of d x d, its diagonal observed: W(inf), dense row-major. `second` is W_2 (d x width), `first` is W_1 (width x d),
// both row-major, at the start; `target` the d observed values, of any sign. With a_i = row i of W_2, b_i = column i of W_1,
// x = (a + b)/2, y = (a - b)/2, w_ii = |x_i|^2 - |y_i|^2 and the flow is dx_i/dt = -e_i x_i, dy_i/dt = e_i y_i up to a factor: every
// entry learns by itself, |x_i||y_i| is kept, x_i grows by g_i and y_i falls by it,
//   g_i^2 = (w_i + sqrt(w_i^2 + 4 |x_i|^2 |y_i|^2)) / (2 |x_i|^2),  W_ij(inf) = (g_i x_i + y_i/g_i) . (g_j x_j - y_j/g_j).
// Weights of entries change how fast, not where. A start that is the saddle's own (x_i = 0 < w_i, or y_i = 0 > w_i) ends there,
// at w_ii = 0.
std::vector<double> diagonal_limit(int dimension, int width, std::span<const double> second, std::span<const double> first,
                                   std::span<const double> target);

// Sum of the nuclear norms of the blocks that the components of the observations fill, each of which must be complete (all of
// its rows and columns observed against one another): the least nuclear norm of a completion, as putting zeros between
// the blocks never raises it. Of a diagonal sum |w_i|. Nothing where a component is not complete. `values` one per entry.
std::optional<double> nuclear_norm_of_parts(int rows, int columns, std::span<const ObservedEntry> entries,
                                            std::span<const double> values);

// |W_2| of factors of hidden width 1, W = W_2 W_1 with the one singular value `product` = |W_2||W_1|, where |W_2|^2 - |W_1|^2
// is `imbalance`: flows stay on that hyperbola.
double on_hyperbola(double imbalance, double product);

// Whether some u v^T has the given values at the entries, to 1e-9 of each, of observations that join all rows and columns and
// have no zero: then u v^T is unique.
bool fits_rank_one(int rows, int columns, std::span<const ObservedEntry> entries, std::span<const double> values);

// p of sigma_2/sigma_1 ~ scale^p where a flow ends that escapes from factors of `scale` to a completion of rank one: the depth
// beyond depth 2, 2 (1 - ratio) at depth 2, `ratio` = s_2/s_1 < 1 of the gradient at W = 0 (the observed target filled with
// zeros): the second mode of W grows as s_2 while the first, at s_1, comes from scale^2 to order 1.
double rank_exponent(int depth, double ratio);

}  // namespace rankfall
