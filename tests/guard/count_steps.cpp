// Takes steps of a training loop, for somebody who counts the instructions: usage: count_steps gd|sgd DIMENSION STEPS.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "backend/lane_group.hpp"

namespace rankfall {
namespace {

// Two fifths of the entries of a matrix of rank 1.
ObservedData some_entries(int d) {
  const std::size_t size = static_cast<std::size_t>(d) * d;
  ObservedData data{{}, std::vector<double>(size, 0.0), std::vector<double>(size, 0.0)};
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      const std::size_t at = static_cast<std::size_t>(i) * d + j;
      if (at % 5 > 1) continue;
      data.entries.push_back({i, j, 1.0});
      data.weight[at] = 1.0;
      data.target[at] = (1.0 + 0.1 * i) * (1.0 - 0.05 * j) / d;
    }
  return data;
}

void take_steps(Optimizer optimizer, int d, std::int64_t steps) {
  Factorization model;
  model.depth = 3;
  model.widths.assign(4, d);
  PhaseSpec phase;
  phase.optimizer = optimizer;
  phase.learning_rate = 0.001;
  phase.ridge = 0.01;
  LaneGroup<float> group(model);
  group.open_phase(phase, some_entries(d));
  for (int lane = 0; lane < LaneGroup<float>::lanes; ++lane) {
    ReplicaState<float> start;
    for (int e = 0; e < 3 * d * d; ++e)
      start.factors.push_back(static_cast<float>(((e * 37 + lane * 11) % 64 - 31.5) / (32.0 * std::sqrt(d))));
    const auto replica = static_cast<kernels::Word>(lane);
    group.load(lane, start, {{1u, 2u, replica, 0u}, 0, phase.learning_rate, phase.ridge});
  }
  group.advance(steps);
  ReplicaState<float> end;
  group.store(0, end);
  std::printf("%a\n", static_cast<double>(end.factors.front()));
}

}  // namespace
}  // namespace rankfall

int main(int count, char** words) {
  if (count != 4) return 2;
  const bool sgd = std::string(words[1]) == "sgd";
  rankfall::take_steps(sgd ? rankfall::Optimizer::sgd : rankfall::Optimizer::gradient_descent, std::atoi(words[2]),
                       std::atoll(words[3]));
}
