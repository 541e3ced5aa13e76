#pragma once
// One register's worth of replicas in training: their factors, data and random counters, one replica per lane.
#include <array>
#include <cstdint>

#include "backend/aligned.hpp"
#include "backend/instance.hpp"
#include "backend/step_kernels.hpp"
#include "rankfall/schedule.hpp"

namespace rankfall {

// Factors of one replica, dense row-major W_1 .. W_L one after another, and the lazy weight-decay scale: the true
// factors are scale * factors. In a phase that remembers, from its first step on: the velocity, as the factors lie, then
// the numbers of kernels::DescentMemory; empty in others.
template <class Real>
struct ReplicaState {
  std::vector<Real> factors;
  kernels::WideOf<Real> scale = 1.0;
  std::vector<Real> memory;
};

// Whether the phase's loop has the ridge in its gradient, and begins with the true factors.
inline bool has_true_factors(const PhaseSpec& phase) { return phase.flows() || phase.remembers(); }
template <class Real>
void unscale(ReplicaState<Real>& state) {
  for (Real& factor : state.factors) factor = static_cast<Real>(state.scale * factor);
  state.scale = 1.0;
}

// A stretch of a lane's gradient flow: up to a time, exactly, unless it takes more steps than `allowed`.
struct LaneLeg {
  kernels::FlowPosition position{};  // in and out
  double target = 0.0;
  std::int64_t allowed = 0;          // none: the lane rests
  std::int64_t taken = 0;            // out
};

// What a lane needs beside its state to run a phase.
struct LaneAssignment {
  kernels::RandomSource<kernels::Word> source;  // of the phase's draws
  std::uint64_t draws = 0;                      // made so far in the phase
  double learning_rate = 0.0;
  double ridge = 0.0;
};

kernels::Shape kernel_shape(const Factorization& model);
// c of the data loss.
template <class Number = double>
Number loss_scale(const PhaseSpec& phase, std::size_t observed) {
  return phase.loss == LossKind::mean_squared ? Number(1.0) / Number(static_cast<double>(observed)) : Number(0.5);
}
kernels::DescentTerms<double> descent_terms(const PhaseSpec& phase);  // of a phase that remembers
// 2 c (gd), 2 c N / batch_size (sgd).
template <class Number = double>
Number gradient_scale(const PhaseSpec& phase, std::size_t observed) {
  const Number scale = Number(2.0) * loss_scale<Number>(phase, observed);
  return phase.optimizer == Optimizer::sgd ? scale * Number(static_cast<double>(observed) / phase.batch_size) : scale;
}

template <class Real>
class LaneGroup {
 public:
  using V = RegisterOf<Real>;
  using Wide = kernels::WideOf<V>;         // what probes read and scales are kept in
  using WideReal = kernels::WideOf<Real>;
  static constexpr int lanes = kernels::ValueTraits<V>::lanes;

  explicit LaneGroup(const Factorization& model);

  // Prepares for a phase whose observed data all lanes share, or (per_lane) each lane brings its own.
  void open_phase(const PhaseSpec& phase, const ObservedData& shared);
  void open_phase_per_lane(const PhaseSpec& phase, const ObservedData& alike);  // `alike`: as many observed, of the same kind
  void set_data(int lane, const ObservedData& data);

  void load(int lane, const ReplicaState<Real>& state, const LaneAssignment& assignment);
  void store(int lane, ReplicaState<Real>& state) const;
  void clear(int lane);                         // zero factors: costs time, changes nothing
  void set_rate(int lane, double learning_rate, double ridge);
  void advance(std::int64_t steps);             // of the open phase's optimizer, all lanes
  void follow(std::array<LaneLeg, lanes>& legs);  // the open phase's gradient flow (lane_flow.cpp)

  const Factorization& model() const { return model_; }
  // Factors with the scale applied, in float64 or finer, of the lanes of one half (part) of the register; padded to `pitch`.
  void copy_true_factors(int part, int pitch, Wide* out) const;
  WideReal scale(int lane) const;

 private:
  static constexpr int wide_lanes = kernels::ValueTraits<Wide>::lanes;
  static void set_wide(AlignedVector<Wide>& data, int lane, WideReal value) {
    set_lane(data[static_cast<std::size_t>(lane / wide_lanes)], lane % wide_lanes, value);
  }
  void open(const PhaseSpec& phase, const ObservedData& alike, int copies);
  void choose_size(Loops wanted);
  void choose_loops(const PhaseSpec& phase, const ObservedData& alike);
  void set_measurements(int lane, const Measurements& own);
  void open_flow(const PhaseSpec& phase);
  void open_memory(const PhaseSpec& phase);     // lane_memory.cpp, as the next three
  void load_memory(int lane, const ReplicaState<Real>& state);
  void store_memory(int lane, ReplicaState<Real>& state) const;
  void descend_with_memory(std::int64_t steps);
  bool has_true_factors() const { return flows_ || remembers_; }  // their ridge is in the gradient: no scale

  Factorization model_;
  kernels::Shape shape_;
  const StepKernels<Real>* kernels_ = nullptr;  // of the open phase, as the next two
  int pitch_ = 0;
  std::size_t square_ = 0;  // pitch * pitch
  kernels::Trainee<V> trainee_{};
  typename StepKernels<Real>::Run run_ = nullptr;
  typename StepKernels<Real>::Flow flow_ = nullptr;
  WideReal gradient_scale_ = 0.0;  // 2 c, or 2 c N / batch_size
  int draws_per_step_ = 0;
  bool flows_ = false;
  kernels::FlowTerms<V> flow_terms_{};
  bool remembers_ = false;
  kernels::DescentTerms<Real> descent_terms_{};
  kernels::DescentMemory<V> memory_{};
  AlignedVector<V> factors_, weight_, target_, workspace_, flow_scratch_, descent_scratch_;
  AlignedVector<Wide> scale_, decay_;
  AlignedVector<kernels::Word> positions_, permutation_;
  AlignedVector<Real> entry_targets_, entry_weights_, measurements_;
  std::array<std::uint64_t, lanes> draws_{};
};

extern template class LaneGroup<float>;
extern template class LaneGroup<double>;
extern template class LaneGroup<Extended>;

}  // namespace rankfall
