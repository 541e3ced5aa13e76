#pragma once
// Quench on the CPU.
#include <functional>
#include <limits>
#include <vector>

#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "kernels/quench.hpp"
#include "rankfall/probe.hpp"

namespace rankfall {

// Rounding moves an objective at rest by a few ulp of Real; as it is read, in float64, at least.
template <class Real>
inline constexpr double quench_rounding = 64.0 * std::numeric_limits<kernels::LeadingOf<Real>>::epsilon();

// Descends by the rules of kernels/quench.hpp, a register of replicas at a time. The caller's states stay as they are.
template <class Real>
class Quencher {
 public:
  static constexpr int lanes = LaneGroup<Real>::lanes;

  Quencher(const Factorization& model, const QuenchSpec& spec, double first_rate);

  // Singular values, descending, of the minimum reached from each state, under the loss and ridge of `phase`; data(k) is
  // what replica k observes.
  std::vector<std::vector<double>> descend(const std::vector<const ReplicaState<Real>*>& states, const PhaseSpec& phase,
                                           const std::function<const ObservedData&(std::size_t)>& data);
  // Where those that descended last have come to.
  const std::vector<ReplicaState<Real>>& settled() const { return settled_; }

 private:
  struct Progress {
    ReplicaState<Real> accepted;
    kernels::Descent descent{};
  };
  // Those that are still descending are brought together again after so many blocks: registers wait for their last lane.
  static constexpr int blocks_between = 16;
  void load_group(const PhaseSpec& descent, const std::vector<Progress>& progress,
                  const std::function<const ObservedData&(std::size_t)>& data);
  void begin_group(std::vector<Progress>& progress);
  void run_group(std::vector<Progress>& progress, double ridge, kernels::QuenchSchedule schedule);
  void finish_block(int lane, Progress& progress, double ridge, bool full_block);

  std::int64_t most_steps_;
  kernels::QuenchRule rule_;
  LaneGroup<Real> group_;
  Observer<Real> observer_;
  std::vector<std::size_t> member_;  // who is in lane 0, 1, ...
  std::vector<ReplicaState<Real>> settled_;
};

extern template class Quencher<float>;
extern template class Quencher<double>;
extern template class Quencher<Extended>;

}  // namespace rankfall
