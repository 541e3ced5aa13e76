#include "theory/low_rank_laws.hpp"

#include <numeric>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "backend/observation_graph.hpp"
#include "theory/low_rank.hpp"
#include "theory/readings.hpp"

namespace rankfall {
namespace {

bool may_complete(const Cell& cell) {
  return flows_shallow(cell) && last_observed(cell).pattern != ObservationPattern::full && cell.problem.noise == 0.0 &&
         cell.problem.instances == Instances::shared && cell.initialization.scale > 0.0;
}

// Replicas that fit what is observed to a thousandth, with a prediction that all have in common beside what `measure` finds.
template <class Measure>
std::vector<LawReading> beside(const ReplicaResults& results, double largest_loss, double predicted, const Measure& measure) {
  std::vector<LawReading> readings;
  for (std::size_t r = 0; r < results.outcome.size(); ++r)
    if (results.outcome[r] != Outcome::diverged && observable(results, Observable::loss, r) < largest_loss)
      readings.push_back({predicted, measure(r)});
  return readings;
}

void add_to(CellEstimate& estimate, const Experiment& experiment, const Cell& cell, const ReplicaResults& results) {
  const ProblemInstance problem = draw_problem(experiment, cell, 0);
  const ObservedData& seen = problem.phase.back();
  const int rows = cell.problem.rows, columns = cell.problem.columns;
  if (observation_graph(rows, columns, seen.entries).components_with_isolated() != 1) return;
  const LeastRank least = least_rank(rows, columns, seen.entries, problem.final_target());
  if (!least.proven) return;
  const double squares = std::inner_product(seen.target.begin(), seen.target.end(), seen.target.begin(), 0.0);
  const double largest = 1e-6 * loss_scale(cell.phases.back(), seen.count()) * squares;
  const auto add = [&](LawComparison law, double predicted, const auto& measure) {
    if (const auto found = compared(std::move(law), beside(results, largest, predicted, measure))) estimate.laws.push_back(*found);
  };
  add({.law = "low_rank", .quantity = "rank of W as scale -> 0: the least that fits", .source = "Bai et al. 2024"}, least.rank,
      [&](std::size_t r) { return static_cast<double>(results.rank[r]); });
  if (!least.unique) return;
  const auto spectrum = singular_values_of(rows, columns, problem.final_target());
  add({.law = "low_rank_completion", .quantity = "|W|_* as scale -> 0: of the only completion of that rank", .source = "Bai et al. 2024"},
      std::accumulate(spectrum.begin(), spectrum.end(), 0.0),
      [&](std::size_t r) { return observable(results, Observable::nuclear_norm, r); });
}

}  // namespace

void add_low_rank(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  for (std::size_t c = 0; c < estimates.size(); ++c)
    if (may_complete(experiment.cells[c])) add_to(estimates[c], experiment, experiment.cells[c], results[c]);
}

}  // namespace rankfall
