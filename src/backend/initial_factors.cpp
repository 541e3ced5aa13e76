// Initial factors, one function per kind (include/rankfall/initialization.hpp says what each means).
#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
#include "kernels/double_double.hpp"
#include "kernels/draw.hpp"
#include "kernels/spectrum.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

using kernels::VariateSequence;

namespace {

template <class Number> using Factor = std::vector<Number>;  // dense, row-major

// W_l = V_l S^(1/L) V_{l-1}^T with W = V_L S V_0^T distributed as a Gaussian matrix of standard deviation
// 1/sqrt(columns); hidden bases are coordinate axes. Symmetric: U = V_L S^(1/2).
template <class Number>
std::vector<Factor<Number>> balanced_factors(const Factorization& model, double scale, VariateSequence& variates) {
  const int rows = model.rows(), columns = model.columns(), depth = model.factors();
  const int rank = *std::min_element(model.widths.begin(), model.widths.end());
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  std::vector<Number> u(static_cast<std::size_t>(rows) * rows), v(static_cast<std::size_t>(columns) * columns);
  std::vector<Number> scratch(std::max(u.size(), v.size()));
  std::vector<double> a(static_cast<std::size_t>(rows) * columns);
  kernels::draw_normal(variates, rows * columns, 1.0 / std::sqrt(static_cast<double>(columns)), a.data());
  const std::vector<double> s = singular_values_of(rows, columns, a);
  // The singular vectors of a Gaussian matrix are Haar distributed and independent of its singular values.
  kernels::draw_orthonormal(variates, rows, rows, scratch.data(), u.data());
  kernels::draw_orthonormal(variates, columns, columns, scratch.data(), v.data());
  std::vector<Factor<Number>> factors;
  for (int l = 0; l < depth; ++l) {
    const int m = model.factor_rows(l), n = model.factor_columns(l);
    Factor<Number> w(static_cast<std::size_t>(m) * n, Number(0.0));
    for (int k = 0; k < rank; ++k) {
      const Number root = Number(scale) * kernels::portable_root(Number(s[k]), symmetric ? 2 : depth);
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
          const Number left = l == depth - 1 ? u[static_cast<std::size_t>(i) * rows + k] : Number(i == k ? 1.0 : 0.0);
          const Number right = l == 0 && !symmetric ? v[static_cast<std::size_t>(j) * columns + k] : Number(j == k ? 1.0 : 0.0);
          Number& entry = w[static_cast<std::size_t>(i) * n + j];
          entry = entry + root * left * right;
        }
    }
    factors.push_back(std::move(w));
  }
  return factors;
}

template <class Number>
Factor<Number> affine_factor(int dimension, const InitializationSpec& spec) {
  const int blocks = spec.blocks > 0 ? spec.blocks : dimension, size = dimension / blocks;
  Factor<Number> w(static_cast<std::size_t>(dimension) * dimension);
  for (int i = 0; i < dimension; ++i)
    for (int j = 0; j < dimension; ++j)
      w[static_cast<std::size_t>(i) * dimension + j] = Number(spec.scale) * Number(i / size == j / size ? 1.0 : spec.mixing);
  return w;
}

template <class Number>
Factor<Number> draw_factor(const InitializationSpec& spec, int layer, int rows, int columns, VariateSequence& variates) {
  const int size = rows * columns;
  const Number scale(spec.scale);
  Factor<Number> w(static_cast<std::size_t>(size), Number(0.0));
  switch (spec.kind) {
    case InitializationKind::gaussian: kernels::draw_normal(variates, size, spec.scale, w.data()); break;
    case InitializationKind::absolute_gaussian:
      for (Number& x : w) x = scale * Number(std::abs(variates.normal()));
      break;
    case InitializationKind::uniform:
      for (Number& x : w) x = scale * Number(2.0 * variates.uniform() - 1.0);
      break;
    case InitializationKind::orthogonal: {
      std::vector<Number> scratch(w.size());
      kernels::draw_orthonormal(variates, rows, columns, scratch.data(), w.data());
      for (Number& x : w) x = scale * x;
      break;
    }
    case InitializationKind::identity:
      for (int k = 0; k < std::min(rows, columns); ++k) w[static_cast<std::size_t>(k) * columns + k] = scale;
      break;
    case InitializationKind::diagonal:
      for (int k = 0; k < std::min(rows, columns); ++k)
        w[static_cast<std::size_t>(k) * columns + k] = scale * Number(std::abs(variates.normal()));
      break;
    case InitializationKind::affine: return affine_factor<Number>(rows, spec);
    case InitializationKind::given:
      std::copy_n(spec.factors[static_cast<std::size_t>(layer)]->entries.begin(), w.size(), w.begin());
      for (Number& x : w) x = scale * x;
      break;
    case InitializationKind::balanced: break;  // all factors at once, above
  }
  return w;
}

template <class Number>
bool determinant_is_positive(const Factorization& model, const std::vector<Factor<Number>>& factors) {
  using kernels::mul_add;
  const int n = model.rows();
  Factor<Number> product = factors.front();
  for (int l = 1; l < model.factors(); ++l) {
    const int m = model.factor_rows(l), inner = model.factor_columns(l), columns = model.columns();
    Factor<Number> next(static_cast<std::size_t>(m) * columns, Number(0.0));
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < columns; ++j)
        for (int k = 0; k < inner; ++k)
          next[static_cast<std::size_t>(i) * columns + j] =
              mul_add(factors[l][static_cast<std::size_t>(i) * inner + k],
                               product[static_cast<std::size_t>(k) * columns + j],
                               next[static_cast<std::size_t>(i) * columns + j]);
    product = std::move(next);
  }
  return kernels::determinant_sign(n, product.data()) > 0;
}

}  // namespace

template <class Number>
FactorsOf<Number> draw_factors(const Experiment& experiment, const Cell& cell, std::int64_t replica, int attempt) {
  const InitializationSpec& spec = cell.initialization;
  const Factorization& model = cell.model;
  for (int tries = 1; tries <= spec.maximum_tries; ++tries) {
    VariateSequence variates(
        draw_source(experiment, cell, replica, kernels::Stream::initialization, 0, attempt + tries - 1));
    FactorsOf<Number> drawn;
    drawn.tries = tries;
    if (spec.kind == InitializationKind::balanced) {
      drawn.factor = balanced_factors<Number>(model, spec.scale, variates);
    } else {
      for (int l = 0; l < model.factors(); ++l)
        drawn.factor.push_back(draw_factor<Number>(spec, l, model.factor_rows(l), model.factor_columns(l), variates));
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

template FactorsOf<double> draw_factors(const Experiment&, const Cell&, std::int64_t, int);
template FactorsOf<kernels::DoubleDouble<double>> draw_factors(const Experiment&, const Cell&, std::int64_t, int);

}  // namespace rankfall
