#include "backend/tangent_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/dense.hpp"
#include "backend/observation_graph.hpp"
#include "backend/vertex_sets.hpp"

namespace rankfall {

using dense::Dense;
using dense::factor_of;
using dense::Numbers;
using dense::product;
using dense::transposed;

namespace {

Dense identity(int n) {
  Dense I{n, n, Numbers(static_cast<std::size_t>(n) * n, 0.0)};
  for (int i = 0; i < n; ++i) I.entries[static_cast<std::size_t>(i) * n + i] = 1.0;
  return I;
}

}  // namespace

TangentKernel::TangentKernel(const Factorization& model, std::span<const double> factors)
    : rows_(model.rows()), columns_(model.columns()), symmetric_(model.symmetry == Symmetry::symmetric) {
  const Numbers numbers(factors.begin(), factors.end());
  std::vector<Dense> W;
  for (int l = 0; l < model.factors(); ++l) W.push_back(factor_of(model, numbers, l));
  if (symmetric_) {
    row_gram_.push_back(product(W[0], transposed(W[0])).entries);
    return;
  }
  Dense above = identity(rows_), below = identity(columns_);  // P_l, Q_l
  for (auto layer = W.rbegin(); layer != W.rend(); ++layer) {
    row_gram_.push_back(product(above, transposed(above)).entries);
    above = product(above, *layer);
  }
  std::reverse(row_gram_.begin(), row_gram_.end());
  for (const Dense& layer : W) {
    column_gram_.push_back(product(transposed(below), below).entries);
    below = product(layer, below);
  }
}

double TangentKernel::operator()(const ObservedEntry& a, const ObservedEntry& b) const {
  const auto in = [](const std::vector<double>& gram, int n, int i, int j) { return gram[static_cast<std::size_t>(i) * n + j]; };
  double sum = 0.0;
  if (symmetric_) {
    for (const auto& [same, other] : {std::pair{a.row == b.row, std::pair{a.column, b.column}},
                                      {a.column == b.column, {a.row, b.row}},
                                      {a.row == b.column, {a.column, b.row}},
                                      {a.column == b.row, {a.row, b.column}}})
      if (same) sum += in(row_gram_[0], rows_, other.first, other.second);
    return sum;
  }
  for (std::size_t l = 0; l < row_gram_.size(); ++l)
    sum += in(row_gram_[l], rows_, a.row, b.row) * in(column_gram_[l], columns_, a.column, b.column);
  return sum;
}

Coupling coupling_of(const TangentKernel& kernel, int rows, int columns, std::span<const ObservedEntry> entries, double tolerance) {
  const std::vector<int> component = component_of_entries(rows, columns, entries);
  std::vector<double> length;
  for (const ObservedEntry& entry : entries) length.push_back(std::sqrt(kernel(entry, entry)));
  VertexSets blocks(static_cast<int>(entries.size()));
  Coupling coupling{std::numeric_limits<double>::quiet_NaN(), static_cast<int>(entries.size())};
  for (std::size_t a = 0; a < entries.size(); ++a)
    for (std::size_t b = a + 1; b < entries.size(); ++b) {
      if (!(length[a] > 0.0) || !(length[b] > 0.0)) continue;  // what has no slope learns from nobody
      const double strength = std::abs(kernel(entries[a], entries[b])) / (length[a] * length[b]);
      if (component[a] != component[b]) coupling.index = std::fmax(coupling.index, strength);
      if (strength > tolerance && blocks.join(static_cast<int>(a), static_cast<int>(b))) --coupling.blocks;
    }
  return coupling;
}

}  // namespace rankfall
