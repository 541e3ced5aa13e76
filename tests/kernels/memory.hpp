#pragma once
// Descent that remembers, of a few replicas, one per lane.
#include "kernels/memory_descent.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {

// Replica q sits in lane q. Rate and ridge are those of `terms`, not the replicas'.
template <class V, int D>
class Remembering {
 public:
  using Real = kernels::RealOf<V>;

  Remembering(std::vector<Replica> replicas, const kernels::DescentTerms<double>& terms, int pitch = 8)
      : factors_(replicas.front().shape.factors),
        trainer_(at_rate_one(std::move(replicas)), {1, kernels::Sampling::uniform, pitch}),
        terms_(kernels::narrowed<Real>(terms)) {
    scratch_.assign(static_cast<std::size_t>(kernels::descent_scratch_numbers(factors_, trainer_.pitch().value())),
                    V(Real(0)));
  }

  void train(std::int64_t steps) { train_by(kernels::SerialTeam{}, prepare(), memory_, steps); }
  // In two parts, for teams: what all members share, and what each does with a memory of its own.
  kernels::Trainee<V>& prepare() { return trainer_.template prepare<kernels::GradientDescent>(); }
  template <class T>
  void train_by(const T& team, kernels::Trainee<V>& trainee, kernels::DescentMemory<V> memory, std::int64_t steps) {
    kernels::descend_with_memory(team, trainer_.pitch(), trainee, terms_, scratch_.data(), memory, steps);
    if (team.rank() == 0) memory_ = memory;
  }

  std::vector<Real> stored(int q) const { return trainer_.stored(q); }
  std::vector<double> factors(int q) const { return trainer_.factors(q); }
  const kernels::DescentMemory<V>& memory() const { return memory_; }
  double rise(int q) const { return static_cast<double>(reinterpret_cast<const Real*>(&memory_.rise)[q]); }

 private:
  static std::vector<Replica> at_rate_one(std::vector<Replica> replicas) {
    for (Replica& replica : replicas) {
      replica.learning_rate = 1.0;
      replica.ridge = 0.0;
    }
    return replicas;
  }

  int factors_;
  Trainer<V, D> trainer_;
  kernels::DescentTerms<Real> terms_;
  AlignedVector<V> scratch_;
  kernels::DescentMemory<V> memory_ = kernels::no_memory<V>();
};

}  // namespace rankfall
