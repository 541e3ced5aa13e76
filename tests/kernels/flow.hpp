#pragma once
// Gradient flows of a few replicas, one per lane.
#include <array>

#include "kernels/gradient_flow.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {

struct FlowSettings {
  double relative = 1e-8, absolute = 0.0;
  int pitch = 8;  // of D = 0
};

// Replica q sits in lane q, at a time of its own. `ridge` is that of its objective, learning_rate is not asked for.
template <class V, int D, class Loss = kernels::EntryLoss>
class Flow {
 public:
  static constexpr int lanes = kernels::ValueTraits<V>::lanes;

  Flow(std::vector<Replica> replicas, const FlowSettings& settings)
      : count_(static_cast<int>(replicas.size())), trainer_(without_decay(replicas, ridge_), {1, kernels::Sampling::uniform, settings.pitch}) {
    const kernels::Shape& shape = replicas.front().shape;
    const auto numbers = kernels::flow_scratch_numbers(shape.factors, trainer_.pitch().value());
    scratch_.assign(static_cast<std::size_t>(numbers), V(0.0));
    terms_ = {V(settings.relative), V(settings.absolute), V(0.0)};
    for (int q = 0; q < count_; ++q) lane(terms_.ridge, q) = ridge_[q];
    for (V* number : {&leg_.time, &leg_.rest, &leg_.step, &leg_.history, &leg_.most_growth, &leg_.target, &leg_.allowed,
                      &leg_.taken})
      *number = V(0.0);
  }

  // Everyone on to `target` (one time, or one each), at most `steps` steps from here.
  void advance(double target, double steps = 1e6) { advance(std::vector<double>(static_cast<std::size_t>(count_), target), steps); }
  void advance(const std::vector<double>& target, double steps = 1e6) {
    advance_by(kernels::SerialTeam{}, begin_leg(target, steps));
  }
  // In two parts, for teams: what all members share, and what each does with a leg of its own.
  const kernels::FlowLeg<V>& begin_leg(const std::vector<double>& target, double steps) {
    trainee_ = &trainer_.template prepare<kernels::GradientDescent>();
    leg_.taken = leg_.allowed = V(0.0);
    for (int q = 0; q < count_; ++q) {
      lane(leg_.target, q) = target[static_cast<std::size_t>(q)];
      lane(leg_.allowed, q) = steps;
    }
    return leg_;
  }
  template <class T>
  void advance_by(const T& team, kernels::FlowLeg<V> leg) {
    kernels::follow_flow<Loss>(team, trainer_.pitch(), *trainee_, terms_, scratch_.data(), leg);
    if (team.rank() == 0) {
      leg_ = leg;
      for (int q = 0; q < count_; ++q) total_[q] += static_cast<int>(lane(leg_.taken, q));
    }
  }

  std::vector<double> factors(int q) const { return trainer_.stored(q); }
  double time(int q) const { return lane(leg_.time, q); }
  double step(int q) const { return lane(leg_.step, q); }
  int steps(int q) const { return total_[q]; }

 private:
  static std::vector<Replica> without_decay(std::vector<Replica> replicas, std::vector<double>& ridge) {
    for (Replica& replica : replicas) {
      ridge.push_back(replica.ridge);
      replica.ridge = 0.0;
      replica.learning_rate = 1.0;
    }
    return replicas;
  }
  static double& lane(V& value, int q) { return reinterpret_cast<double*>(&value)[q]; }
  static double lane(const V& value, int q) { return reinterpret_cast<const double*>(&value)[q]; }

  int count_;
  std::vector<double> ridge_;
  Trainer<V, D> trainer_;
  kernels::Trainee<V>* trainee_ = nullptr;
  AlignedVector<V> scratch_;
  kernels::FlowTerms<V> terms_{};
  kernels::FlowLeg<V> leg_{};
  std::array<int, 64> total_{};
};

// One replica after `time`, alone.
inline Flow<double, 0> flowed(const Replica& replica, double time, const FlowSettings& settings = {}) {
  Flow<double, 0> flow({replica}, settings);
  flow.advance(time);
  return flow;
}

}  // namespace rankfall
