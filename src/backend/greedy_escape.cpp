#include "backend/greedy_escape.hpp"

#include <cmath>

#include "backend/dense.hpp"
#include "kernels/draw.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall {

namespace {

using dense::Dense;
using dense::dot;
using dense::factor_of;
using dense::normalise;
using dense::Numbers;
using dense::product;
using dense::transposed;
using kernels::mul_add;

// -(G + G^T)
Numbers symmetric_pull(int d, const Numbers& gradient) {
  Numbers pull(gradient.size());
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      const auto at = static_cast<std::size_t>(i) * d + j, mirrored = static_cast<std::size_t>(j) * d + i;
      pull[at] = -(gradient[at] + gradient[mirrored]);
    }
  return pull;
}

// The two longest of the columns (runs of `length` numbers), and their lengths.
struct Longest {
  std::size_t first = 0;
  double length = 0.0, next = 0.0;
};
Longest longest_runs(const Numbers& runs, int length) {
  Longest found;
  for (std::size_t c = 0; c * static_cast<std::size_t>(length) < runs.size(); ++c) {
    double squares = 0.0;
    for (int k = 0; k < length; ++k) {
      const double x = runs[c * static_cast<std::size_t>(length) + static_cast<std::size_t>(k)];
      squares = mul_add(x, x, squares);
    }
    const double norm = std::sqrt(squares);
    if (norm > found.length)
      found = {c, norm, found.length};
    else if (norm > found.next)
      found.next = norm;
  }
  return found;
}

// Jacobi rotations of the rows of `a`, of which there are no more than columns: they end as sigma v^T.
Numbers rotated_rows(const Dense& a) {
  Numbers runs = a.entries, values(static_cast<std::size_t>(a.rows));
  kernels::singular_values<double>(kernels::SerialTeam{}, a.columns, a.rows, runs.data(), values.data());
  return runs;
}

Numbers unit_run(const Numbers& runs, std::size_t c, int length) {
  Numbers run = dense::run_of(runs, c, length);
  normalise(run);
  return run;
}

// Shifted by a bound on its norm, no eigenvalue is negative: then they are the singular values, and two of opposite
// sign do not share one.
Escape symmetric_escape(int d, const Numbers& gradient) {
  Dense half{d, d, symmetric_pull(d, gradient)};
  double shift = 0.0;
  for (int i = 0; i < d; ++i) {
    double row = 0.0;
    for (int j = 0; j < d; ++j) {
      half.entries[static_cast<std::size_t>(i) * d + j] *= 0.5;
      row += std::fabs(half(i, j));
    }
    shift = row > shift ? row : shift;
  }
  if (shift == 0.0)
    return {0.0, 0.0, Numbers(static_cast<std::size_t>(d), 0.0), Numbers(static_cast<std::size_t>(d), 0.0)};
  Dense shifted = half;
  for (int i = 0; i < d; ++i) shifted.entries[static_cast<std::size_t>(i) * d + i] += shift;
  const Numbers runs = rotated_rows(shifted);
  const Longest longest = longest_runs(runs, d);
  Escape escape;
  escape.right = escape.left = unit_run(runs, longest.first, d);
  const Dense u{d, 1, escape.left};
  escape.rate = dot(escape.left, product(half, u).entries);  // without the rounding of the shift
  escape.runner_up = longest.next - shift;
  return escape;
}

Escape general_escape(int rows, int columns, const Numbers& gradient) {
  Dense pull{rows, columns, gradient};
  for (double& x : pull.entries) x = -x;
  const bool tall = rows > columns;
  const Dense wide = tall ? transposed(pull) : pull;
  const Numbers runs = rotated_rows(wide);
  const Longest longest = longest_runs(runs, wide.columns);
  Numbers right = unit_run(runs, longest.first, wide.columns);
  Numbers left = product(wide, {wide.columns, 1, right}).entries;
  normalise(left);
  if (tall) std::swap(left, right);
  return {longest.length, longest.next, std::move(left), std::move(right)};
}

}  // namespace

std::vector<double> loss_gradient(const ObservedData& data, double loss_scale, const Numbers& w) {
  Numbers gradient(w.size());
  for (std::size_t e = 0; e < w.size(); ++e) gradient[e] = 2.0 * loss_scale * data.weight[e] * (w[e] - data.target[e]);
  if (!data.measurements) return gradient;
  const Measurements& measured = *data.measurements;
  for (std::size_t k = 0; k < measured.value.size(); ++k) {
    const double* a = measured.matrix.data() + k * w.size();
    double seen = 0.0;
    for (std::size_t e = 0; e < w.size(); ++e) seen = mul_add(a[e], w[e], seen);
    const double pull = 2.0 * loss_scale * (seen - measured.value[k]);
    for (std::size_t e = 0; e < w.size(); ++e) gradient[e] = mul_add(pull, a[e], gradient[e]);
  }
  return gradient;
}

Escape find_escape(const Factorization& model, EscapePair pair, const Numbers& gradient) {
  const bool symmetric = model.symmetry == Symmetry::symmetric || pair == EscapePair::eigenvector;
  return symmetric ? symmetric_escape(model.rows(), gradient) : general_escape(model.rows(), model.columns(), gradient);
}

void add_escape(const Factorization& model, const Escape& escape, double size, int index, Numbers& factors) {
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  const double s = kernels::portable_root(size, symmetric ? 2 : model.factors());
  std::size_t begin = 0;
  for (int l = 0; l < model.factors(); ++l) {
    const int rows = model.factor_rows(l), columns = model.factor_columns(l);
    const bool last = l + 1 == model.factors(), first = l == 0 && !symmetric;
    const auto at = [&](int i, int j) -> double& { return factors[begin + static_cast<std::size_t>(i) * columns + j]; };
    if (first)
      for (int j = 0; j < columns; ++j) at(index, j) = s * escape.right[static_cast<std::size_t>(j)];
    else if (last)
      for (int i = 0; i < rows; ++i) at(i, index) = s * escape.left[static_cast<std::size_t>(i)];
    else
      at(index, index) = s;
    begin += static_cast<std::size_t>(rows) * columns;
  }
}

double drive(const Factorization& model, const Numbers& factors, int index, const Numbers& gradient) {
  const Dense last = transposed(factor_of(model, factors, model.factors() - 1));
  Numbers left = unit_run(last.entries, static_cast<std::size_t>(index), last.columns);
  Numbers right = left;
  if (model.symmetry == Symmetry::general) {
    const Dense first = factor_of(model, factors, 0);
    right = unit_run(first.entries, static_cast<std::size_t>(index), first.columns);
  }
  return -dot(left, product({model.rows(), model.columns(), gradient}, {model.columns(), 1, right}).entries);
}

std::vector<double> velocity(const Factorization& model, const Numbers& factors, const Numbers& gradient) {
  const int rows = model.rows(), columns = model.columns();
  if (model.symmetry == Symmetry::symmetric) {  // dU/dt = -(G + G^T) U
    const Dense u = factor_of(model, factors, 0), moved = product({rows, rows, symmetric_pull(rows, gradient)}, u);
    Numbers sum = product(moved, transposed(u)).entries;
    const Numbers mirrored = product(u, transposed(moved)).entries;
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += mirrored[e];
    return sum;
  }
  // -sum_l A_l A_l^T G B_l^T B_l with A_l = W_L .. W_{l+1}, B_l = W_{l-1} .. W_1.
  const int depth = model.factors();
  std::vector<Dense> before(static_cast<std::size_t>(depth));  // B_l of factor l, from the second on
  for (int l = 1; l < depth; ++l) {
    const Dense factor = factor_of(model, factors, l - 1);
    before[static_cast<std::size_t>(l)] = l == 1 ? factor : product(factor, before[static_cast<std::size_t>(l - 1)]);
  }
  Numbers sum(gradient.size(), 0.0);
  Dense after{0, 0, {}};
  for (int l = depth - 1; l >= 0; --l) {
    Dense term{rows, columns, gradient};
    if (l + 1 < depth) {
      const Dense factor = factor_of(model, factors, l + 1);
      after = l + 2 == depth ? factor : product(after, factor);
      term = product(after, product(transposed(after), term));
    }
    if (l > 0) {
      const Dense& b = before[static_cast<std::size_t>(l)];
      term = product(product(term, transposed(b)), b);
    }
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] -= term.entries[e];
  }
  return sum;
}

}  // namespace rankfall
