#include "backend/greedy_path.hpp"

#include <algorithm>
#include <cmath>

namespace rankfall {

namespace {

// A flow between two solutions has no end of its own.
constexpr double no_end = 1e100;

std::size_t entries_of(const Factorization& model) {
  std::size_t entries = 0;
  for (int l = 0; l < model.factors(); ++l)
    entries += static_cast<std::size_t>(model.factor_rows(l)) * static_cast<std::size_t>(model.factor_columns(l));
  return entries;
}

}  // namespace

GreedyLearner::GreedyLearner(const Factorization& model, const PhaseSpec& phase, const ObservedData& alike,
                             GreedyRecord record)
    : model_(model),
      phase_(phase),
      loss_scale_(loss_scale(phase, alike.count())),
      record_(record),
      group_(model),
      observer_(model) {
  group_.open_phase_per_lane(phase, alike);
  observer_.set_objective(loss_scale_, 0.0);
}

// Puts a problem, at W = 0, into the lane; false if there is none left.
bool GreedyLearner::take(std::span<const GreedyProblem> problems, std::size_t problem, int lane) {
  auto& way = way_[static_cast<std::size_t>(lane)];
  way.reset();
  if (problem >= problems.size()) {
    group_.clear(lane);
    return false;
  }
  const GreedyProblem& own = problems[problem];
  group_.set_data(lane, *own.data);
  observer_.set_data(lane, *own.data, *own.target);
  load(lane, std::vector<double>(entries_of(model_), 0.0));
  way.emplace();
  way->problem = problem;
  if (record_ == GreedyRecord::path) {
    double squares = 0.0;
    for (const ObservedEntry& entry : own.data->entries) {
      const double t = own.data->target[static_cast<std::size_t>(entry.row) * model_.columns() + entry.column];
      squares = kernels::mul_add(t, t, squares);
    }
    const double norm = squares > 0.0 ? std::sqrt(squares) : 1.0;
    way->tracer.emplace(own.target->size(), phase_.greedy_spec.path_tolerance * norm);
  }
  return true;
}

void GreedyLearner::load(int lane, const std::vector<double>& factors) {
  group_.load(lane, {factors, 1.0, {}}, {{}, 0, 1.0, 0.0});
}

std::vector<double> GreedyLearner::factors_of(int lane) const {
  ReplicaState<double> state;
  group_.store(lane, state);
  return std::move(state.factors);
}

std::vector<double> GreedyLearner::gradient_of(const GreedyProblem& problem, const std::vector<double>& w) const {
  return loss_gradient(*problem.data, loss_scale_, w);
}

// One step of every lane that has a problem.
void GreedyLearner::follow() {
  std::array<LaneLeg, lanes> legs;
  for (std::size_t lane = 0; lane < lanes; ++lane)
    if (way_[lane]) legs[lane] = {way_[lane]->position, no_end, 1, 0};
  group_.follow(legs);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!way_[lane]) continue;
    Way& way = *way_[lane];
    const kernels::FlowPosition before = way.position;
    way.position = legs[lane].position;
    way.path.steps += legs[lane].taken;
    way.path.time = way.time_before + way.position.time;
    step_time_[lane] = (way.position.time - before.time) + (way.position.rest - before.rest);
  }
}

bool GreedyLearner::has_arrived(const GreedyProblem& problem, int lane) {
  Way& way = *way_[static_cast<std::size_t>(lane)];
  const double norm = observer_.reading(lane).gradient_norm;
  way.peak = std::max(way.peak, norm);
  if (!(norm <= phase_.greedy_spec.gradient_norm * way.peak)) return false;
  const int index = static_cast<int>(way.path.solutions.size()) - 1;
  const double left = drive(model_, factors_of(lane), index, gradient_of(problem, observer_.matrix(lane)));
  return std::fabs(left) <= 0.1 * way.path.solutions.back().escape_rate;
}

bool GreedyLearner::has_failed(int lane) {
  Way& way = *way_[static_cast<std::size_t>(lane)];
  if (!observer_.reading(lane).finite())
    way.path.ending = kernels::Ending::diverged;
  else if (way.path.steps >= phase_.steps || way.position.step <= kernels::smallest_flow_step)
    way.path.ending = kernels::Ending::stalled;
  else
    return false;
  return true;
}

void GreedyLearner::trace(const GreedyProblem& problem, int lane, double time) {
  Way& way = *way_[static_cast<std::size_t>(lane)];
  if (!way.tracer) return;
  std::vector<double> w = observer_.matrix(lane);
  std::vector<double> moves = velocity(model_, factors_of(lane), gradient_of(problem, w));
  way.tracer->go_on(time, std::move(w), std::move(moves));
}

// At a solution, read in full: false if the algorithm ends here; else the lane is on its way to the next.
bool GreedyLearner::leave(const GreedyProblem& problem, int lane) {
  Way& way = *way_[static_cast<std::size_t>(lane)];
  std::vector<double> w = observer_.matrix(lane);
  const Escape escape = find_escape(model_, phase_.greedy_spec.pair, gradient_of(problem, w));
  way.path.solutions.push_back({way.path.steps, way.path.time, observer_.rank(lane, problem.rank_tolerance),
                                escape.rate, escape.gap(), observer_.reading(lane)});
  if (way.tracer) way.tracer->solution(w);
  const GreedySpec& spec = phase_.greedy_spec;
  const int escapes = static_cast<int>(way.path.solutions.size()) - 1;
  way.path.ending = escapes == spec.maximum_rank ? kernels::Ending::stopped : kernels::Ending::converged;
  // Not a number: the end, too.
  const double least = spec.end * way.path.solutions.front().escape_rate;
  if (!(escape.rate > least) || !(escape.rate > 0.0))
    way.path.ending = kernels::Ending::converged;
  else if (escapes < spec.maximum_rank) {
    std::vector<double> factors = factors_of(lane);
    add_escape(model_, escape, spec.escape, escapes, factors);
    load(lane, factors);
    way.time_before = way.path.time;
    way.position = {};
    way.peak = 0.0;
    if (!way.tracer) return true;
    for (int i = 0, e = 0; i < model_.rows(); ++i)
      for (int j = 0; j < model_.columns(); ++j, ++e)
        w[static_cast<std::size_t>(e)] +=
            spec.escape * escape.left[static_cast<std::size_t>(i)] * escape.right[static_cast<std::size_t>(j)];
    std::vector<double> moves = velocity(model_, factors, gradient_of(problem, w));
    way.tracer->begin(std::move(w), std::move(moves));
    return true;
  }
  return false;
}

GreedyPath GreedyLearner::finish(int lane) {
  Way& way = *way_[static_cast<std::size_t>(lane)];
  way.path.factors = factors_of(lane);
  if (way.tracer) way.path.polyline = std::move(way.tracer->path());
  return std::move(way.path);
}

bool GreedyLearner::learn(std::span<const GreedyProblem> problems,
                          const std::function<void(std::size_t, GreedyPath&&)>& done,
                          const std::function<bool()>& goes_on) {
  std::size_t next = 0;
  std::vector<int> arrived;
  const auto end_and_take = [&](int lane, std::vector<int>& begun) {
    const auto& way = way_[static_cast<std::size_t>(lane)];
    if (way) done(way->problem, finish(lane));
    if (take(problems, next++, lane)) begun.push_back(lane);
  };
  const auto problem_of = [&](int lane) -> const GreedyProblem& {
    return problems[way_[static_cast<std::size_t>(lane)]->problem];
  };
  for (auto& way : way_) way.reset();
  for (int lane = 0; lane < lanes; ++lane) end_and_take(lane, arrived);
  const auto busy = [&] {
    return std::any_of(way_.begin(), way_.end(), [](const auto& way) { return way.has_value(); });
  };
  while (busy()) {
    if (!goes_on()) return false;
    while (!arrived.empty()) {  // at W = 0, or at a solution
      observer_.observe(group_, Detail::full);
      std::vector<int> begun;
      for (int lane : arrived)
        if (!leave(problem_of(lane), lane)) end_and_take(lane, begun);
      arrived = std::move(begun);
    }
    if (!busy()) return true;
    follow();
    observer_.observe(group_, Detail::gradient);
    for (int lane = 0; lane < lanes; ++lane) {
      if (!way_[static_cast<std::size_t>(lane)]) continue;
      trace(problem_of(lane), lane, step_time_[static_cast<std::size_t>(lane)]);
      if (has_arrived(problem_of(lane), lane))
        arrived.push_back(lane);
      else if (has_failed(lane))
        end_and_take(lane, arrived);
    }
  }
  return true;
}

}  // namespace rankfall
