#include "theory/critical_rank.hpp"

#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"

namespace rankfall {

namespace {

using dense::Dense;
using dense::Numbers;
using dense::product;
using kernels::mul_add;

// `rank` orthonormal columns that span those of `a` where it is of that rank: Gram-Schmidt, the longest column first.
Dense leading_columns(const Dense& a, int rank) {
  Numbers left = dense::transposed(a).entries, basis;  // by column
  const auto length = static_cast<std::size_t>(a.rows);
  for (int k = 0; k < rank; ++k) {
    int longest = 0;
    double most = -1.0;
    for (int c = 0; c < a.columns; ++c) {
      const Numbers column = dense::run_of(left, static_cast<std::size_t>(c), a.rows);
      if (const double square = dense::dot(column, column); square > most) {
        most = square;
        longest = c;
      }
    }
    Numbers direction = dense::run_of(left, static_cast<std::size_t>(longest), a.rows);
    dense::normalise(direction);
    for (int c = 0; c < a.columns; ++c) {
      double* column = left.data() + static_cast<std::size_t>(c) * length;
      double share = 0.0;
      for (std::size_t i = 0; i < length; ++i) share = mul_add(direction[i], column[i], share);
      for (std::size_t i = 0; i < length; ++i) column[i] = mul_add(-share, direction[i], column[i]);
    }
    basis.insert(basis.end(), direction.begin(), direction.end());
  }
  return dense::transposed({rank, a.rows, std::move(basis)});
}

}  // namespace

int critical_rank(const RidgedProblem& problem, const Factorization& model, const Numbers& factors, double ridge) {
  const Dense first = dense::factor_of(model, factors, 0);
  Dense w = first;
  for (int l = 1; l < model.factors(); ++l) w = product(dense::factor_of(model, factors, l), w);
  const Numbers slope = loss_gradient(problem, w).entries;
  const double pull = std::sqrt(dense::dot(slope, slope));
  const Numbers values = singular_values_of(first.rows, first.columns, first.entries);
  return static_cast<int>(std::count_if(values.begin(), values.end(), [&](double s) {
    double power = pull;  // of s, L - 2, times the pull
    for (int l = 2; l < model.factors(); ++l) power = power * s;
    return power > ridge;
  }));
}

Numbers without_other_modes(const Factorization& model, const Numbers& factors, int rank) {
  Numbers point;
  Dense before;  // basis of the hidden space below
  for (int l = 0; l < model.factors(); ++l) {
    Dense factor = dense::factor_of(model, factors, l);
    if (l > 0) factor = product(factor, before);
    if (l + 1 < model.factors()) {
      before = leading_columns(factor, rank);
      factor = product(dense::transposed(before), factor);
    }
    point.insert(point.end(), factor.entries.begin(), factor.entries.end());
  }
  return point;
}

}  // namespace rankfall
