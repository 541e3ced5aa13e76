// Initial factors, one function per kind (include/rankfall/initialization.hpp says what each means).
#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
#include "kernels/draw.hpp"
#include "kernels/spectrum.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

using kernels::VariateSequence;

namespace {

using Factor = std::vector<double>;  // dense, row-major

// W_l = V_l S^(1/L) V_{l-1}^T with W = V_L S V_0^T distributed as a Gaussian matrix of standard deviation
// 1/sqrt(columns); hidden bases are coordinate axes. Symmetric: U = V_L S^(1/2).
std::vector<Factor> balanced_factors(const Factorization& model, double scale, VariateSequence& variates) {
  const int rows = model.rows(), columns = model.columns(), depth = model.factors();
  const int rank = *std::min_element(model.widths.begin(), model.widths.end());
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  std::vector<double> u(static_cast<std::size_t>(rows) * rows), v(static_cast<std::size_t>(columns) * columns);
  std::vector<double> scratch(std::max(u.size(), v.size()));
  std::vector<double> a(static_cast<std::size_t>(rows) * columns);
  kernels::draw_normal(variates, rows * columns, 1.0 / std::sqrt(static_cast<double>(columns)), a.data());
  const std::vector<double> s = singular_values_of(rows, columns, a);
  // The singular vectors of a Gaussian matrix are Haar distributed and independent of its singular values.
  kernels::draw_orthonormal(variates, rows, rows, scratch.data(), u.data());
  kernels::draw_orthonormal(variates, columns, columns, scratch.data(), v.data());
  std::vector<Factor> factors;
  for (int l = 0; l < depth; ++l) {
    const int m = model.factor_rows(l), n = model.factor_columns(l);
    Factor w(static_cast<std::size_t>(m) * n, 0.0);
    for (int k = 0; k < rank; ++k) {
      const double root = scale * kernels::portable_root(s[k], symmetric ? 2 : depth);
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
          const double left = l == depth - 1 ? u[static_cast<std::size_t>(i) * rows + k] : i == k ? 1.0 : 0.0;
          const double right = l == 0 && !symmetric ? v[static_cast<std::size_t>(j) * columns + k] : j == k ? 1.0 : 0.0;
          w[static_cast<std::size_t>(i) * n + j] += root * left * right;
        }
    }
    factors.push_back(std::move(w));
  }
  return factors;
}

Factor affine_factor(int dimension, const InitializationSpec& spec) {
  const int blocks = spec.blocks > 0 ? spec.blocks : dimension, size = dimension / blocks;
  Factor w(static_cast<std::size_t>(dimension) * dimension);
  for (int i = 0; i < dimension; ++i)
    for (int j = 0; j < dimension; ++j)
      w[static_cast<std::size_t>(i) * dimension + j] = spec.scale * (i / size == j / size ? 1.0 : spec.mixing);
  return w;
}

Factor draw_factor(const InitializationSpec& spec, int layer, int rows, int columns, VariateSequence& variates) {
  const int size = rows * columns;
  Factor w(static_cast<std::size_t>(size), 0.0);
  switch (spec.kind) {
    case InitializationKind::gaussian: kernels::draw_normal(variates, size, spec.scale, w.data()); break;
    case InitializationKind::absolute_gaussian:
      for (double& x : w) x = spec.scale * std::abs(variates.normal());
      break;
    case InitializationKind::uniform:
      for (double& x : w) x = spec.scale * (2.0 * variates.uniform() - 1.0);
      break;
    case InitializationKind::orthogonal: {
      std::vector<double> scratch(w.size());
      kernels::draw_orthonormal(variates, rows, columns, scratch.data(), w.data());
      for (double& x : w) x = spec.scale * x;
      break;
    }
    case InitializationKind::identity:
      for (int k = 0; k < std::min(rows, columns); ++k) w[static_cast<std::size_t>(k) * columns + k] = spec.scale;
      break;
    case InitializationKind::diagonal:
      for (int k = 0; k < std::min(rows, columns); ++k)
        w[static_cast<std::size_t>(k) * columns + k] = spec.scale * std::abs(variates.normal());
      break;
    case InitializationKind::affine: return affine_factor(rows, spec);
    case InitializationKind::given:
      w = spec.factors[static_cast<std::size_t>(layer)]->entries;
      for (double& x : w) x = spec.scale * x;
      break;
    case InitializationKind::balanced: break;  // all factors at once, above
  }
  return w;
}

bool determinant_is_positive(const Factorization& model, const std::vector<Factor>& factors) {
  const int n = model.rows();
  Factor product = factors.front();
  for (int l = 1; l < model.factors(); ++l) {
    const int m = model.factor_rows(l), inner = model.factor_columns(l), columns = model.columns();
    Factor next(static_cast<std::size_t>(m) * columns, 0.0);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < columns; ++j)
        for (int k = 0; k < inner; ++k)
          next[static_cast<std::size_t>(i) * columns + j] =
              kernels::mul_add(factors[l][static_cast<std::size_t>(i) * inner + k],
                               product[static_cast<std::size_t>(k) * columns + j],
                               next[static_cast<std::size_t>(i) * columns + j]);
    product = std::move(next);
  }
  return kernels::determinant_sign(n, product.data()) > 0;
}

}  // namespace

DrawnFactors draw_factors(const Experiment& experiment, const Cell& cell, std::int64_t replica, int attempt) {
  const InitializationSpec& spec = cell.initialization;
  const Factorization& model = cell.model;
  for (int tries = 1; tries <= spec.maximum_tries; ++tries) {
    VariateSequence variates(
        draw_source(experiment, cell, replica, kernels::Stream::initialization, 0, attempt + tries - 1));
    DrawnFactors drawn;
    drawn.tries = tries;
    if (spec.kind == InitializationKind::balanced) {
      drawn.factor = balanced_factors(model, spec.scale, variates);
    } else {
      for (int l = 0; l < model.factors(); ++l)
        drawn.factor.push_back(draw_factor(spec, l, model.factor_rows(l), model.factor_columns(l), variates));
    }
    if (spec.requirement != Requirement::positive_determinant || determinant_is_positive(model, drawn.factor))
      return drawn;
  }
  throw ConfigError({"initialization.require", "no start with a positive determinant in " +
                         std::to_string(spec.maximum_tries) + " draws" +
                         (cell.label.empty() ? "" : " (cell " + cell.label + ")"),
                     "this initialization hardly ever has one",
                     "choose another kind, or raise initialization.maximum_tries"});
}

}  // namespace rankfall
