#pragma once
// One replica as the tests see it: dense, in float64, without padding or lanes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/draw.hpp"
#include "kernels/state.hpp"

namespace rankfall {

using kernels::Word;

struct Replica {
  kernels::Shape shape{};
  std::vector<double> factors;         // W_1 .. W_L, row-major, one after another
  std::vector<double> weight, target;  // rows x columns; weight 0 where unobserved
  std::vector<double> measurement, measured;  // instead of entries: matrices of rows x columns, one after another
  double learning_rate = 0.05, ridge = 0.0;
  double loss_scale = 0.5;  // c of the data loss
  kernels::RandomSource<Word> source{};
  std::uint64_t draws = 0;

  int rows() const { return shape.rows(); }
  int columns() const { return shape.columns(); }
};

// widths[0] = columns, widths[l] = rows of W_l.
inline kernels::Shape make_shape(std::vector<int> widths) {
  kernels::Shape shape{};
  shape.factors = static_cast<int>(widths.size()) - 1;
  shape.model = kernels::Model::general;
  for (std::size_t l = 0; l < widths.size(); ++l) shape.width[l] = widths[l];
  return shape;
}

// W = U U^T with U rows x width.
inline kernels::Shape make_symmetric_shape(int rows, int width) {
  kernels::Shape shape = make_shape({width, rows});
  shape.model = kernels::Model::symmetric;
  return shape;
}

inline int factor_size(const kernels::Shape& shape, int layer) { return shape.width[layer + 1] * shape.width[layer]; }

inline int factor_offset(const kernels::Shape& shape, int layer) {
  int offset = 0;
  for (int l = 0; l < layer; ++l) offset += factor_size(shape, l);
  return offset;
}

inline kernels::VariateSequence variates_of(std::uint32_t seed) {
  return kernels::VariateSequence({seed, 0x7E57u, 0u, 0u});
}

// A value that float32 holds exactly, so that both precisions start from the same replica.
inline double rounded(double x) { return static_cast<double>(static_cast<float>(x)); }

// Gaussian factors and target; a share `observed` of the entries, anywhere but always as many, with weights in
// [1/2, 3/2); a function of the seed.
inline Replica make_replica(const kernels::Shape& shape, std::uint32_t seed, double scale = 0.5,
                            double observed = 0.6) {
  Replica replica;
  replica.shape = shape;
  kernels::VariateSequence variates = variates_of(seed);
  replica.factors.resize(static_cast<std::size_t>(factor_offset(shape, shape.factors)));
  for (double& w : replica.factors) w = rounded(scale * variates.normal());
  const std::size_t size = static_cast<std::size_t>(replica.rows()) * replica.columns();
  replica.target.assign(size, 0.0);
  replica.weight.assign(size, 0.0);
  const auto count = std::max<std::int64_t>(1, std::lround(observed * static_cast<double>(size)));
  std::vector<std::int64_t> elements(size);
  kernels::draw_subset(variates, static_cast<std::int64_t>(size), count, elements.data());
  for (std::int64_t k = 0; k < count; ++k) {
    replica.target[elements[k]] = rounded(variates.normal());
    replica.weight[elements[k]] = rounded(0.5 + variates.uniform());
  }
  replica.source = {seed * 0x9E3779B9u, ~seed, seed, kernels::use_word(kernels::Stream::sampling, 0, 0)};
  return replica;
}

// `count` Gaussian measurements of it in place of its entries.
inline void measure(Replica& replica, int count) {
  kernels::VariateSequence variates = variates_of(replica.source.replica + 0x5E45u);
  const double deviation = 1.0 / std::sqrt(static_cast<double>(replica.target.size()));
  replica.measurement.resize(static_cast<std::size_t>(count) * replica.target.size());
  for (double& a : replica.measurement) a = rounded(deviation * variates.normal());
  for (int k = 0; k < count; ++k) replica.measured.push_back(rounded(variates.normal()));
  replica.loss_scale = 1.0 / count;
}
inline Replica make_sensing_replica(const kernels::Shape& shape, std::uint32_t seed, int count, double scale = 0.5) {
  Replica replica = make_replica(shape, seed, scale);
  measure(replica, count);
  return replica;
}

// Elements of the observed entries in the order in which a sampler numbers them.
inline std::vector<int> observed_elements(const Replica& replica) {
  std::vector<int> elements;
  for (std::size_t e = 0; e < replica.weight.size(); ++e)
    if (replica.weight[e] != 0.0) elements.push_back(static_cast<int>(e));
  return elements;
}

// The number of the entry that draw `draw` picks under uniform sampling: straight from the definition.
inline int uniform_draw(const Replica& replica, std::uint64_t draw, int count) {
  const std::uint64_t block = draw / 4;
  const auto words =
      kernels::random_block<Word>(replica.source, static_cast<Word>(block), static_cast<Word>(block >> 32));
  return static_cast<int>(std::uint64_t{words.word[draw % 4]} * static_cast<std::uint64_t>(count) >> 32);
}

}  // namespace rankfall
