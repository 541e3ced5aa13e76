#pragma once
// Replicas in training in a peer written in C++: who trains which, and what is drawn.
// A peer brings the steps of one replica as
//   struct Steps {
//     Steps(int depth, int dimension, const Real* slope, const Real* target);
//     void descend(Real* factors, Real rate, Real decay);
//     void descend_entry(Real* factors, int i, int j, const EntryRates<Real>&);
//   };
// where factors are W_1 .. W_L one after another, row-major, and slope (product - target) is the loss's derivative.
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace peers {

// What a step does about the weight decay: W <- decay W - rate dLoss/dW of the product to_product * W_L ... W_1.
template <class Real>
struct EntryRates {
  Real rate, decay, to_product;
};

// As native.py describes it (struct Job there, field by field).
struct Job {
  std::int32_t is_double, is_sgd, is_lazy, depth, dimension, threads, observed;
  std::int64_t replicas, starts;
  double learning_rate, decay;
  const double* start;  // (starts, layer, row, column); replica r begins as r mod starts
  const double *slope, *target;
  const std::int32_t *rows, *columns;  // of the observed entries
};

struct Training {
  std::function<void(std::int64_t steps)> advance;  // on entries drawn here
  std::function<void(const std::int32_t* rows, const std::int32_t* columns, std::int64_t steps)> replay;  // (step, replica)
  std::function<void(double* out)> copy_factors;
};

// SplitMix64 (Steele, Lea and Flood 2014): a generator that costs a step next to nothing.
struct Generator {
  std::uint64_t state;

  std::int32_t below(std::int32_t count) {
    std::uint64_t z = state += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return static_cast<std::int32_t>((z >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }
};

template <class Real, class Steps>
class Replicas {
 public:
  explicit Replicas(const Job& job) : job_(job), square_(std::size_t(job.dimension) * job.dimension) {
    const std::size_t size = square_ * job.depth;
    for (std::int64_t r = 0; r < job.replicas; ++r) {
      const double* from = job.start + (r % job.starts) * size;
      factors_.insert(factors_.end(), from, from + size);
      random_.push_back({static_cast<std::uint64_t>(r)});
    }
    scale_.assign(job.replicas, 1.0);
    slope_.assign(job.slope, job.slope + square_);
    target_.assign(job.target, job.target + square_);
    rows_.assign(job.rows, job.rows + job.observed);
    columns_.assign(job.columns, job.columns + job.observed);
  }

  void advance(std::int64_t steps) {
    train(steps, [this](std::int64_t replica, std::int64_t) {
      const std::int32_t k = random_[replica].below(job_.observed);
      return Entry{rows_[k], columns_[k]};
    });
  }

  void replay(const std::int32_t* rows, const std::int32_t* columns, std::int64_t steps) {
    train(steps, [=, this](std::int64_t replica, std::int64_t step) {
      const std::int64_t at = step * job_.replicas + replica;
      return Entry{rows[at], columns[at]};
    });
  }

  void copy_factors(double* out) const {
    const std::size_t size = square_ * job_.depth;
    for (std::size_t k = 0; k < factors_.size(); ++k) out[k] = scale_[k / size] * static_cast<double>(factors_[k]);
  }

 private:
  struct Entry {
    std::int32_t row, column;
  };

  // All steps of a replica before the next one begins: its factors stay in the first-level cache.
  template <class Draw>
  void train(std::int64_t steps, Draw draw) {
    std::vector<std::jthread> threads;
    for (std::int64_t t = 0; t < job_.threads; ++t)
      threads.emplace_back([=, this] {
        Steps step(job_.depth, job_.dimension, slope_.data(), target_.data());
        for (std::int64_t r = job_.replicas * t / job_.threads; r < job_.replicas * (t + 1) / job_.threads; ++r)
          train_replica(step, r, steps, draw);
      });
  }

  template <class Draw>
  void train_replica(Steps& step, std::int64_t replica, std::int64_t count, Draw draw) {
    Real* factors = factors_.data() + replica * square_ * job_.depth;
    const Real rate = static_cast<Real>(job_.learning_rate), decay = static_cast<Real>(job_.decay);
    for (std::int64_t k = 0; k < count; ++k) {
      if (!job_.is_sgd) {
        step.descend(factors, rate, decay);
        continue;
      }
      const Entry entry = draw(replica, k);
      if (job_.is_lazy)
        lazy_step(step, factors, entry, scale_[replica]);
      else
        step.descend_entry(factors, entry.row, entry.column, {rate, decay, Real(1)});
    }
  }

  // The true factors are scale * factors: decay scale (F - x) = decay (scale F) - rate g, where g carries
  // scale^(depth - 1). The scale returns to 1 once it has halved.
  void lazy_step(Steps& step, Real* factors, Entry entry, double& scale) {
    double power = 1.0;
    for (int l = 2; l < job_.depth; ++l) power *= scale;
    step.descend_entry(factors, entry.row, entry.column,
                       {static_cast<Real>(job_.learning_rate / job_.decay * power), Real(1),
                        static_cast<Real>(power * scale * scale)});
    scale *= job_.decay;
    if (scale >= 0.5) return;
    for (std::size_t e = 0; e < square_ * job_.depth; ++e) factors[e] *= static_cast<Real>(scale);
    scale = 1.0;
  }

  Job job_;
  std::size_t square_;  // entries of a matrix
  std::vector<Real> factors_, slope_, target_;
  std::vector<std::int32_t> rows_, columns_;
  std::vector<Generator> random_;
  std::vector<double> scale_;
};

template <class Real, class Steps>
Training training_of(const Job& job) {
  const auto replicas = std::make_shared<Replicas<Real, Steps>>(job);
  return {[=](std::int64_t steps) { replicas->advance(steps); },
          [=](const std::int32_t* rows, const std::int32_t* columns, std::int64_t steps) {
            replicas->replay(rows, columns, steps);
          },
          [=](double* out) { replicas->copy_factors(out); }};
}

Training make_training(const Job& job);  // each peer's own
const char* library_version();

}  // namespace peers
