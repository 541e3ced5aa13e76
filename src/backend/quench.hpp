#pragma once
// Quench: noise-free descent from where a replica stands, to learn which minimum it belongs to.
#include <functional>
#include <vector>

#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "rankfall/probe.hpp"

namespace rankfall {

// Gradient descent with a rate per replica: halved, and the block of steps undone, when a block raised the objective;
// else raised by a fifth after each full block, up to four times the first rate. Blocks begin with single steps and grow
// by the same schedule for all, so that what a replica does never depends on its neighbours. Ends at `gradient_norm`,
// where the objective stands still, or after `steps`. The caller's states stay as they are.
template <class Real>
class Quencher {
 public:
  static constexpr int lanes = Lanes<Real>::count;

  Quencher(const Factorization& model, const QuenchSpec& spec, double default_rate);

  // Singular values, descending, of the minimum reached from each state, under the loss and ridge of `phase`; data(k) is
  // what replica k observes.
  std::vector<std::vector<double>> descend(const std::vector<const ReplicaState<Real>*>& states, const PhaseSpec& phase,
                                           const std::function<const ObservedData&(std::size_t)>& data);

 private:
  struct LaneProgress {
    ReplicaState<Real> accepted;
    double rate = 0.0;
    double objective = 0.0;  // lowest so far, but for decreases that rounding could make
    int still = 0;           // successive blocks without a decrease worth the name
    bool live = false;
  };
  void begin_group(std::vector<LaneProgress>& progress, std::size_t count);
  void run_group(std::vector<LaneProgress>& progress, double ridge);
  void finish_block(int lane, LaneProgress& progress, double ridge, std::int64_t steps);

  QuenchSpec spec_;
  double first_rate_;
  LaneGroup<Real> group_;
  Observer<Real> observer_;
};

extern template class Quencher<float>;
extern template class Quencher<double>;

}  // namespace rankfall
