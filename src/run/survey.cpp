#include "run/survey.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "backend/cpu_backend.hpp"
#include "backend/crowd.hpp"
#include "backend/instance.hpp"
#include "backend/quench.hpp"
#include "kernels/draw.hpp"
#include "rankfall/landscape_numbers.hpp"
#include "theory/critical_branch.hpp"
#include "theory/critical_rank.hpp"

namespace rankfall {

namespace {

using dense::Numbers;

constexpr std::uint64_t survey_key = 0x73616464ull;  // random numbers of its own

class Surveyor {
 public:
  explicit Surveyor(const Experiment& pilot)
      : pilot_(pilot), cell_(pilot.cells.front()), last_(cell_.phases.back()), problem_(draw_problem(pilot, cell_, 0)),
        data_(problem_.phase.back()) {
    completion_ = {cell_.problem.rows, cell_.problem.columns, cell_.model.depth, loss_scale(last_, data_.count()), data_.entries,
                   data_.target};
  }

  Survey survey() {
    Survey found;
    Landscape& landscape = found.landscape;
    found.largest_singular_value = problem_.final_largest_singular_value();
    landscape.ridge = last_.ridge;
    landscape.curvature_per_k = 2.0 * completion_.loss_scale * static_cast<double>(data_.count());
    landscape.status = obstacle();
    if (landscape.status != SaddleStatus::found) return found;
    for (const Numbers& factors : settled()) {
      ++landscape.starts;
      note(factors, landscape.minima);
    }
    judge(landscape);
    return found;
  }

 private:
  SaddleStatus obstacle() const {
    if (cell_.model.depth < 3 || cell_.model.symmetry == Symmetry::symmetric) return SaddleStatus::shallow;
    if (!(last_.ridge > 0.0)) return SaddleStatus::no_ridge;
    std::int64_t parameters = 0;
    for (int l = 0; l < cell_.model.factors(); ++l)
      parameters += std::int64_t{cell_.model.factor_rows(l)} * cell_.model.factor_columns(l);
    const bool large = parameters > most_pilot_parameters || RidgedObjective(completion_, 1).size() > most_landscape_numbers;
    return large ? SaddleStatus::too_large : SaddleStatus::found;
  }

  // Factors where the last phase begins, brought to rest under its objective.
  std::vector<Numbers> settled() const {
    const std::unique_ptr<Backend> backend = make_cpu_backend(1);
    const std::stop_token never;
    Crowd<double> crowd(*backend, pilot_, cell_, pilot_.seed, never);
    const std::vector<ReplicaRun<double>> runs = crowd.open(0, landscape_starts);
    std::vector<const ReplicaState<double>*> states;
    for (const ReplicaRun<double>& run : runs)
      if (!run.diverged()) states.push_back(&run.state);
    std::vector<Numbers> all;
    if (states.empty()) return all;
    QuenchSpec spec = cell_.probe.quench;
    spec.gradient_norm = std::min(spec.gradient_norm, 1e-7);
    Quencher<double> quencher(cell_.model, spec, quench_rate(cell_));
    quencher.descend(states, last_, [&](std::size_t) -> const ObservedData& { return data_; });
    for (const ReplicaState<double>& state : quencher.settled()) {
      Numbers& factors = all.emplace_back(state.factors);
      for (double& entry : factors) entry = state.scale * entry;
    }
    return all;
  }

  // Counts a start at the minimum where it has come to rest, if it is one.
  void note(const Numbers& factors, std::vector<RidgedMinimum>& minima) const {
    const int rank = critical_rank(completion_, cell_.model, factors, last_.ridge);
    if (rank == 0) return;
    const RidgedObjective objective(completion_, rank);
    RidgedMinimum own;
    own.rank = rank;
    own.starts = 1;
    Numbers start = without_other_modes(cell_.model, factors, rank);
    own.singular_values = objective.singular_values(start);
    const bool small = objective.size() <= most_landscape_numbers;
    own.status = small ? SaddleStatus::no_fold : SaddleStatus::too_large;
    std::optional<Numbers> point;
    if (small) {
      point = find_critical_point(objective, start, last_.ridge);
      if (!point || !is_minimum(objective, *point, last_.ridge)) return;
      const Numbers exact = objective.singular_values(*point);
      if (!alike(own.singular_values, exact, 1e-2)) return;  // it had not come to rest
      own.singular_values = exact;
    }
    for (RidgedMinimum& known : minima)
      if (known.rank == rank && alike(known.singular_values, own.singular_values, small ? 1e-7 : 1e-3)) {
        ++known.starts;
        return;
      }
    own.k_max = objective.largest_sensitivity(small ? *point : start);
    if (small) follow(objective, *point, own);
    minima.push_back(std::move(own));
  }

  static bool alike(const Numbers& a, const Numbers& b, double tolerance) {
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!(std::fabs(a[k] - b[k]) <= tolerance * std::max(a[k], b[k]))) return false;
    return true;
  }

  void follow(const RidgedObjective& objective, const Numbers& point, RidgedMinimum& own) const {
    const CriticalBranch branch = follow_minimum(objective, point, last_.ridge);
    if (!branch.fold.empty()) {
      own.lambda_c = branch.critical_ridge;
      own.at_fold = objective.singular_values(branch.fold);
    }
    if (branch.end != BranchEnd::saddle) return;
    own.at_saddle = objective.singular_values(branch.saddle);
    own.status = SaddleStatus::found;
  }

  void judge(Landscape& landscape) const {
    std::vector<RidgedMinimum>& minima = landscape.minima;
    const int lowest = std::max(0, last_.stop.rank_at_most.value_or(0));
    const auto key = [&](const RidgedMinimum& m) { return std::tuple(m.rank <= lowest, -m.rank, -m.starts, m.singular_values); };
    std::stable_sort(minima.begin(), minima.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    landscape.status = SaddleStatus::no_minimum;
    for (const RidgedMinimum& each : minima) {
      if (each.rank <= lowest) break;
      if (++landscape.at_risk == 1 || each.status != SaddleStatus::found) landscape.status = each.status;
      if (each.status != SaddleStatus::found) continue;
      const double last = each.at_saddle.back();
      if (!(landscape.saddle_singular_value <= last)) landscape.saddle_singular_value = last;
    }
  }

  const Experiment& pilot_;
  const Cell& cell_;
  const PhaseSpec& last_;
  ProblemInstance problem_;
  const ObservedData& data_;
  RidgedProblem completion_;
};

}  // namespace

Experiment pilot_of(const Experiment& experiment, const Cell& cell) {
  Experiment pilot;
  pilot.seed = kernels::random_key(experiment.seed, survey_key);
  pilot.precision = Precision::float64;
  pilot.replicas = landscape_starts;
  pilot.cells = {cell};
  Cell& own = pilot.cells.front();
  own.index = 0;
  own.position.clear();
  own.label.clear();
  own.identity = 0;
  own.start = Start::single;
  own.greedy_path.reset();
  own.probe.quench.learning_rate = quench_rate(cell);
  PhaseSpec& last = own.phases.back();
  const std::optional<int> lowest = last.stop.rank_at_most;
  last.stop = {};
  last.stop.rank_at_most = lowest;
  last.optimizer = Optimizer::gradient_descent;
  last.learning_rate = *own.probe.quench.learning_rate;
  last.steps = last.batch_size = 1;
  last.sampling = Sampling::uniform;
  last.time = 0.0;
  if (own.phases.size() > 1) return pilot;
  PhaseSpec start = last;  // of no length
  start.steps = 0;
  start.stop = {};
  own.phases.insert(own.phases.begin(), start);
  return pilot;
}

Survey survey(const Experiment& pilot) { return Surveyor(pilot).survey(); }

}  // namespace rankfall
