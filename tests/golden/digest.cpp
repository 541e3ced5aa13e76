// Digests of trained replicas, one line each: equal whatever instruction set, compiler and optimisation built this
// file.
#include "tests/golden/digest.hpp"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstring>

#include "backend/lanes.hpp"
#include "kernels/spectrum.hpp"
#include "tests/kernels/flow.hpp"
#include "tests/kernels/memory.hpp"

namespace rankfall {
namespace {

constexpr int replica_count = 16;  // a multiple of every register's lanes

// FNV-1a over the bytes of numbers; adding 0 first takes away a zero's sign, the one thing padding may touch.
class Fnv {
 public:
  template <class Real>
  void add(Real value) {
    value = value + Real(0);
    unsigned char bytes[sizeof(Real)];
    std::memcpy(bytes, &value, sizeof value);
    for (unsigned char byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001B3ull;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ull;
};

// One configuration; replicas differ in start, data, rate, ridge and place in their random stream.
struct Configuration {
  const char* name;
  kernels::Shape shape;
  TrainerSettings settings;
  int steps;
  int measurements = 0;  // in place of entries
};

Replica replica_of(const Configuration& configuration, int number) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(configuration.shape.width[1]));
  Replica replica = make_replica(configuration.shape, 1000u + number, scale * (1.0 + 0.03 * number));
  replica.loss_scale = 1.0 / static_cast<double>(observed_elements(replica).size());
  if (configuration.measurements > 0) measure(replica, configuration.measurements);
  replica.learning_rate = 0.01 + 0.002 * number;
  replica.ridge = number % 4 == 0 ? 0.0 : 0.004 * number;
  replica.draws = 7u * number;
  return replica;
}

// Digests of the singular values of W for `lanes` replicas at once, as a probe reads them.
void add_spectra(const std::vector<std::vector<double>>& factors, const kernels::Shape& shape, Fnv* hashes) {
  using V = Lanes<double>;
  const int pitch = 24, square = pitch * pitch, values = std::min(shape.rows(), shape.columns());
  AlignedVector<V> padded(static_cast<std::size_t>(square * shape.factors), V(0.0)), zero(square, V(0.0));
  AlignedVector<V> workspace(static_cast<std::size_t>(square * kernels::training_workspace_matrices(shape.factors)),
                             V(0.0));
  for (std::size_t begin = 0; begin < factors.size(); begin += V::count) {
    for (int q = 0; q < V::count; ++q) {
      std::size_t from = 0;
      for (int l = 0; l < shape.factors; ++l)
        for (int i = 0; i < shape.width[l + 1]; ++i)
          for (int j = 0; j < shape.width[l]; ++j)
            padded[static_cast<std::size_t>(l * square + i * pitch + j)].v[q] = factors[begin + q][from++];
    }
    AlignedVector<V> w(static_cast<std::size_t>(square)), value(static_cast<std::size_t>(values));
    std::fill(workspace.begin(), workspace.end(), V(0.0));
    kernels::end_to_end<V>(kernels::SerialTeam{}, kernels::Pitch<0>{pitch}, shape, padded.data(), workspace.data(),
                           [&](int e, V x) { w[static_cast<std::size_t>(e)] = x; });
    const int rows = shape.rows(), columns = shape.columns();
    AlignedVector<V> by_column(static_cast<std::size_t>(rows * columns));
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        by_column[static_cast<std::size_t>(rows >= columns ? j * rows + i : i * columns + j)] = w[i * pitch + j];
    kernels::singular_values<V>(kernels::SerialTeam{}, std::max(rows, columns), values, by_column.data(), value.data());
    for (int q = 0; q < V::count; ++q)
      for (int k = 0; k < values; ++k) hashes[begin + q].add(value[static_cast<std::size_t>(k)].v[q]);
  }
}

void print_lines(std::FILE* out, const char* name, int bits, const Fnv* hashes, const Fnv* spectra) {
  for (int number = 0; number < replica_count; ++number)
    std::fprintf(out, "%s float%d replica %2d factors %016" PRIx64 " spectrum %016" PRIx64 "\n", name, bits, number,
                 hashes[number].value(), spectra[number].value());
}

// train(replicas, begin, hashes, factors) trains as many as fit into a register, adds what they end with to hashes[begin ..]
// and their factors to the list.
template <class V, class Train>
void print_digests_of(std::FILE* out, const Configuration& configuration, const Train& train) {
  Fnv hashes[replica_count], spectra[replica_count];
  std::vector<std::vector<double>> factors;
  for (int begin = 0; begin < replica_count; begin += V::count) {
    std::vector<Replica> replicas;
    for (int q = 0; q < V::count; ++q) replicas.push_back(replica_of(configuration, begin + q));
    train(replicas, begin, hashes + begin, factors);
  }
  add_spectra(factors, configuration.shape, spectra);
  print_lines(out, configuration.name, static_cast<int>(8 * sizeof(kernels::RealOf<V>)), hashes, spectra);
}

template <class Optimizer, class Real, int D>
void print_digests(std::FILE* out, const Configuration& configuration) {
  using V = Lanes<Real>;
  print_digests_of<V>(out, configuration, [&](const auto& replicas, int, Fnv* hashes, auto& factors) {
    Trainer<V, D> trainer(replicas, configuration.settings);
    trainer.template train<Optimizer>(configuration.steps);
    for (int q = 0; q < V::count; ++q) {
      for (Real w : trainer.stored(q)) hashes[q].add(w);
      hashes[q].add(trainer.scale(q));
      factors.push_back(trainer.factors(q));
    }
  });
}

// The same after a gradient flow, of a length of its own for each replica, and in two legs.
template <int D>
void print_flow_digests(std::FILE* out, const Configuration& configuration, double time) {
  using V = Lanes<double>;
  print_digests_of<V>(out, configuration, [&](const auto& replicas, int begin, Fnv* hashes, auto& factors) {
    std::vector<double> half, whole;
    for (int q = 0; q < V::count; ++q) {
      whole.push_back(time * (1.0 + 0.1 * (begin + q)));
      half.push_back(0.5 * whole.back());
    }
    Flow<V, D> flow(replicas, {1e-7, 0.0, configuration.settings.pitch});
    flow.advance(half);
    flow.advance(whole, configuration.steps);
    for (int q = 0; q < V::count; ++q) {
      factors.push_back(flow.factors(q));
      for (double w : factors.back()) hashes[q].add(w);
      for (double number : {flow.time(q), flow.step(q), static_cast<double>(flow.steps(q))}) hashes[q].add(number);
    }
  });
}

// Of descent that remembers, and what it remembers of the objective.
template <class Real, int D>
void print_memory_digests(std::FILE* out, const Configuration& configuration, const kernels::DescentTerms<double>& terms) {
  using V = Lanes<Real>;
  print_digests_of<V>(out, configuration, [&](const auto& replicas, int, Fnv* hashes, auto& factors) {
    Remembering<V, D> trained(replicas, terms);
    trained.train(configuration.steps);
    for (int q = 0; q < V::count; ++q) {
      factors.push_back(trained.factors(q));
      for (double w : factors.back()) hashes[q].add(w);
      hashes[q].add(trained.rise(q));
    }
  });
}

template <class Real>
void print_precision(std::FILE* out) {
  using kernels::Sampling;
  print_digests<kernels::GradientDescent, Real, 4>(out, {"gd-3x3-depth4", make_shape({3, 3, 3, 3, 3}), {}, 300});
  print_digests<kernels::GradientDescent, Real, 8>(out, {"gd-symmetric-7", make_symmetric_shape(7, 4), {}, 60});
  print_digests<kernels::GradientDescent, Real, 24>(out, {"gd-24-depth3", make_shape({24, 20, 17, 23}), {}, 6});
  print_digests<kernels::SingleEntrySgd, Real, 5>(
      out, {"sgd-5x5-depth3", make_shape({5, 5, 5, 5}), {1, Sampling::uniform, 8}, 1000});
  print_digests<kernels::SingleEntrySgd, Real, 24>(
      out, {"sgd-shuffled-24-depth2", make_shape({24, 22, 19}), {1, Sampling::shuffled, 8}, 60});
  print_digests<kernels::BatchSgd, Real, 8>(out,
                                            {"batch-8x6-depth2", make_shape({8, 7, 6}), {5, Sampling::cyclic, 8}, 60});
  print_digests<kernels::SmallBatchSgd, Real, 12>(
      out, {"small-batch-10x8-depth3", make_shape({10, 9, 11, 8}), {4, Sampling::uniform, 16}, 60});
  print_memory_digests<Real, 5>(out, {"momentum-5x5-depth3", make_shape({5, 5, 5, 5}), {}, 60}, {0.02, 0.01, 0.9, 0.0, 1.0});
  print_memory_digests<Real, 0>(out, {"group-rmsprop-symmetric-7", make_symmetric_shape(7, 4), {}, 60},
                                {0.02, 0.01, 0.0, 0.99, 1e-4});
}

template <class Real>
void print_sensing(std::FILE* out) {
  using kernels::Sampling;
  print_digests<kernels::SensingDescent, Real, 8>(out, {"sensing-8x6-depth3", make_shape({8, 5, 7, 6}), {}, 60, 47});
  print_digests<kernels::SensingDescent, Real, 0>(
      out, {"sensing-symmetric-7", make_symmetric_shape(7, 4), {1, Sampling::uniform, 8}, 60, 30});
  print_digests<kernels::SensingSgd, Real, 8>(
      out, {"sensing-sgd-symmetric-7", make_symmetric_shape(7, 4), {3, Sampling::shuffled, 8}, 60, 30});
}

}  // namespace

void print_digests(std::FILE* out) {
  print_precision<float>(out);
  print_precision<double>(out);
  print_flow_digests<4>(out, {"flow-3x3-depth4", make_shape({3, 3, 3, 3, 3}), {}, 1000}, 30.0);
  print_flow_digests<0>(out, {"flow-symmetric-7", make_symmetric_shape(7, 4), {}, 30}, 40.0);
  print_flow_digests<24>(out, {"flow-24-depth3", make_shape({24, 20, 17, 23}), {}, 8}, 2.0);
  print_sensing<float>(out);
  print_sensing<double>(out);
}

const char* digest_instruction_set() { return instruction_set; }

}  // namespace rankfall
