#pragma once
// Greedy low-rank learning (Li, Luo & Lyu, ICLR 2021), several problems at once.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backend/greedy_escape.hpp"
#include "backend/greedy_polyline.hpp"
#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "kernels/progress.hpp"

namespace rankfall {

// What the loss of one problem sees; all of a call have equally many observed entries.
struct GreedyProblem {
  const ObservedData* data = nullptr;
  const std::vector<double>* target = nullptr;  // without noise
  double rank_tolerance = 0.0;                  // absolute
};

struct GreedySolution {
  std::int64_t steps = 0;               // of the integrator, since the algorithm began
  double time = 0.0;                    // of all flows until then
  int rank = 0;                         // singular values above the tolerance
  double escape_rate = 0.0, gap = 0.0;  // lambda_1 of -gradient by W, and lambda_2 / lambda_1
  LaneReading reading;
};

// converged: nothing escapes any more. stopped: as many escapes as were allowed. stalled, diverged: as in a flow; then
// the factors lie behind the last solution.
struct GreedyPath {
  std::vector<GreedySolution> solutions;  // from W = 0 on
  kernels::Ending ending = kernels::Ending::converged;
  std::int64_t steps = 0;
  double time = 0.0;
  std::vector<double> factors;  // the last, W_1 .. W_L dense one after another
  GreedyPolyline polyline;      // empty if it was not asked for
};

enum class GreedyRecord { solutions, path };

// A lane follows one problem from W = 0 to its end, then takes the next; a path depends on its own problem alone.
//
// A solution is reached where the gradient has fallen to spec.gradient_norm of its largest norm since the escape, and
// what drove the escape (greedy_escape.hpp) to a tenth: on the plateau that every escape begins with, neither holds,
// however small the escape. The gradient is looked at after every step of the integrator.
class GreedyLearner {
 public:
  // `phase` is a greedy phase, with the loss of the problems.
  GreedyLearner(const Factorization& model, const PhaseSpec& phase, const ObservedData& alike, GreedyRecord record);

  // done(k, path) of each problem k, as they end. Between steps goes_on() is asked; if not, false is returned.
  bool learn(std::span<const GreedyProblem> problems, const std::function<void(std::size_t, GreedyPath&&)>& done,
             const std::function<bool()>& goes_on);

 private:
  static constexpr int lanes = LaneGroup<double>::lanes;
  struct Way {
    std::size_t problem = 0;
    GreedyPath path;
    kernels::FlowPosition position{};  // in the flow since the latest escape
    double time_before = 0.0;          // of the flows before
    double peak = 0.0;                 // of the gradient's norm since the escape
    std::optional<PathTracer> tracer;
  };

  bool take(std::span<const GreedyProblem> problems, std::size_t problem, int lane);
  void load(int lane, const std::vector<double>& factors);
  std::vector<double> factors_of(int lane) const;
  std::vector<double> gradient_of(const GreedyProblem& problem, const std::vector<double>& w) const;
  void follow();
  bool has_arrived(const GreedyProblem& problem, int lane);
  bool has_failed(int lane);
  bool leave(const GreedyProblem& problem, int lane);
  void trace(const GreedyProblem& problem, int lane, double time);
  GreedyPath finish(int lane);

  Factorization model_;
  PhaseSpec phase_;
  double loss_scale_;
  GreedyRecord record_;
  LaneGroup<double> group_;
  Observer<double> observer_;
  std::array<std::optional<Way>, lanes> way_;
  std::array<double, lanes> step_time_{};  // of the latest step
};

}  // namespace rankfall
