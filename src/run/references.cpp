#include "run/references.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "backend/instance.hpp"
#include "estimate/quantile.hpp"

namespace rankfall {

namespace {

struct Drawn {
  CompletionProblem problem;
  std::vector<double> target;
};

Drawn draw(const Experiment& experiment, const Cell& cell, std::int64_t replica) {
  const ProblemInstance instance = draw_problem(experiment, cell, replica);
  const ObservedData& seen = instance.phase.back();
  Drawn drawn{{cell.problem.rows, cell.problem.columns, seen.entries, {}}, instance.final_target()};
  for (const ObservedEntry& entry : seen.entries)
    drawn.problem.values.push_back(
        seen.target[static_cast<std::size_t>(entry.row) * cell.problem.columns + entry.column]);
  return drawn;
}

// What makes two problems one and the same.
auto identity(const Drawn& drawn) {
  std::vector<std::pair<int, int>> places;
  for (const ObservedEntry& entry : drawn.problem.entries) places.emplace_back(entry.row, entry.column);
  return std::tuple(drawn.problem.rows, drawn.problem.columns, std::move(places), drawn.problem.values, drawn.target);
}

std::optional<double> unobserved_error(const Drawn& drawn, const std::vector<double>& completion) {
  std::vector<char> seen(completion.size(), 0);
  for (const ObservedEntry& entry : drawn.problem.entries)
    seen[static_cast<std::size_t>(entry.row) * drawn.problem.columns + entry.column] = 1;
  double squares = 0.0, count = 0.0;
  for (std::size_t e = 0; e < completion.size(); ++e) {
    if (seen[e] != 0) continue;
    squares += (completion[e] - drawn.target[e]) * (completion[e] - drawn.target[e]);
    count += 1.0;
  }
  if (count == 0.0) return std::nullopt;
  return std::sqrt(squares / count);
}

// Solves problems and puts each answer in its place.
void solve(const std::vector<Drawn>& drawn, const std::vector<Reference*>& places, const CompletionOptions& options) {
  std::vector<CompletionProblem> problems;
  for (const Drawn& each : drawn) problems.push_back(each.problem);
  std::vector<Completion> answers = complete(problems, options);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    Reference& reference = *places[i];
    reference.problem = std::move(problems[i]);
    reference.unobserved_error = unobserved_error(drawn[i], answers[i].completion);
    reference.minimum = std::move(answers[i]);
  }
}

// One problem per replica, a block of them at a time.
void solve_own(const Experiment& experiment, const CompletionOptions& options, int& number, CellReferences& cell) {
  constexpr std::size_t block = 4096;
  for (std::size_t first = 0; first < cell.problems.size(); first += block) {
    std::vector<Drawn> drawn;
    std::vector<Reference*> places;
    for (std::size_t r = first; r < std::min(first + block, cell.problems.size()); ++r) {
      drawn.push_back(
          draw(experiment, experiment.cells[static_cast<std::size_t>(cell.cell)], static_cast<std::int64_t>(r)));
      places.push_back(&cell.problems[r]);
      places.back()->number = number++;
    }
    solve(drawn, places, options);
  }
}

using Quartiles = std::array<double, 3>;

// Of an observable over its reference, among replicas that did not diverge; nothing where there is none.
template <class Least>
std::optional<Quartiles> quartiles_of_ratios(const ReplicaResults& results, Observable observable, const Least& least) {
  const auto& trained = results.observable[static_cast<std::size_t>(observable)];
  std::vector<double> ratios;
  for (std::int64_t r = 0; r < results.count; ++r)
    if (results.outcome[static_cast<std::size_t>(r)] != Outcome::diverged && least(r) > 0.0)
      ratios.push_back(trained[static_cast<std::size_t>(r)] / least(r));
  if (ratios.empty()) return std::nullopt;
  return Quartiles{quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)};
}

// Whether the model's products are all matrices, and its cost L sum s^(2/L): narrow ones are bounded in rank, and the
// symmetric one has no such factors.
bool has_local_cost(const Factorization& model) {
  if (model.symmetry == Symmetry::symmetric) return false;
  return *std::min_element(model.widths.begin(), model.widths.end()) >= std::min(model.rows(), model.columns());
}

// The local costs of the problems, where they are known.
void add_costs(const CellReferences& references, NuclearComparison& comparison) {
  std::vector<double> costs;
  for (const Reference& reference : references.problems) {
    if (!reference.cost) return;
    costs.push_back(reference.cost->value);
    comparison.cost_starts = reference.cost->starts;
    comparison.cost_reached =
        costs.size() == 1 ? reference.cost->reached : std::min(comparison.cost_reached, reference.cost->reached);
  }
  if (!costs.empty()) comparison.local_cost = quantile(costs, 0.5);
}

}  // namespace

std::vector<CellReferences> solve_references(const Experiment& experiment, const Goals& replicas,
                                             const CompletionOptions& options) {
  std::vector<CellReferences> cells;
  std::map<decltype(identity(Drawn{})), int> numbers;
  std::vector<Drawn> shared;
  for (const Cell& cell : experiment.cells) {
    CellReferences& own = cells.emplace_back(CellReferences{cell.index, {}});
    if (cell.problem.instances == Instances::per_replica) continue;
    Drawn drawn = draw(experiment, cell, 0);
    const auto [found, is_new] = numbers.emplace(identity(drawn), static_cast<int>(shared.size()));
    own.problems.resize(1);
    own.problems.front().number = found->second;
    if (is_new) shared.push_back(std::move(drawn));
  }
  std::vector<Reference> solved(shared.size());
  std::vector<Reference*> places;
  for (std::size_t k = 0; k < solved.size(); ++k) {
    solved[k].number = static_cast<int>(k);
    places.push_back(&solved[k]);
  }
  solve(shared, places, options);
  int number = static_cast<int>(shared.size());
  for (CellReferences& cell : cells) {
    if (!cell.problems.empty()) {
      cell.problems.front() = solved[static_cast<std::size_t>(cell.problems.front().number)];
      continue;
    }
    cell.problems.resize(static_cast<std::size_t>(replicas[static_cast<std::size_t>(cell.cell)]));
    solve_own(experiment, options, number, cell);
  }
  return cells;
}

void add_local_costs(const Experiment& experiment, int starts, int threads, std::vector<CellReferences>& cells,
                     const std::stop_token& stop) {
  if (starts == 0) return;
  std::map<std::pair<int, int>, LocalCost> known;  // number of the problem, depth
  for (CellReferences& cell : cells) {
    const Factorization& model = experiment.cells[static_cast<std::size_t>(cell.cell)].model;
    if (!has_local_cost(model)) continue;
    std::vector<CompletionProblem> problems;
    std::vector<const Completion*> minima;
    std::vector<int> numbers;
    for (const Reference& reference : cell.problems) {
      if (known.count({reference.number, model.depth}) != 0) continue;
      problems.push_back(reference.problem);
      minima.push_back(&reference.minimum);
      numbers.push_back(reference.number);
    }
    std::vector<LocalCost> costs = local_representation_costs(problems, minima, {model.depth, starts, threads, stop});
    for (std::size_t k = 0; k < costs.size(); ++k) known[{numbers[k], model.depth}] = std::move(costs[k]);
    for (Reference& reference : cell.problems) reference.cost = known.at({reference.number, model.depth});
  }
}

Goals replicas_in(const RunResults& results) {
  Goals counts;
  for (const ReplicaResults& cell : results) counts.push_back(cell.count);
  return counts;
}

NuclearComparison compare(const CellReferences& references, const ReplicaResults* results) {
  NuclearComparison comparison;
  std::vector<double> lower, minima, errors;
  for (const Reference& reference : references.problems) {
    lower.push_back(reference.minimum.lower);
    minima.push_back(reference.minimum.upper);
    errors.push_back(reference.unobserved_error.value_or(std::numeric_limits<double>::quiet_NaN()));
    comparison.relative_gap = std::max(comparison.relative_gap, reference.minimum.relative_gap());
    ++comparison.ranks[reference.minimum.rank()];
  }
  comparison.problems = static_cast<std::int64_t>(minima.size());
  comparison.lower = quantile(lower, 0.5);
  comparison.minimum = quantile(minima, 0.5);
  if (const double error = quantile(errors, 0.5); !std::isnan(error)) comparison.unobserved_error = error;
  add_costs(references, comparison);
  if (results == nullptr) return comparison;
  comparison.compared = static_cast<std::int64_t>(std::count_if(results->outcome.begin(), results->outcome.end(),
                                                                [](Outcome end) { return end != Outcome::diverged; }));
  comparison.ratio = quartiles_of_ratios(*results, Observable::nuclear_norm,
                                         [&](std::int64_t r) { return references.of(r).minimum.upper; });
  if (comparison.local_cost)
    comparison.cost_ratio = quartiles_of_ratios(*results, Observable::representation_cost,
                                                [&](std::int64_t r) { return references.of(r).cost->value; });
  return comparison;
}

const ReplicaResults* comparable(const Experiment& experiment, const ReplicaResults& results) {
  const bool shared = experiment.cells[static_cast<std::size_t>(results.cell)].problem.instances == Instances::shared;
  return shared || results.left_out == 0 ? &results : nullptr;
}

bool compares(const Experiment& experiment) {
  return experiment.estimate.nuclear_norm || experiment.estimate.representation_cost_starts > 0;
}

void add_comparisons(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates,
                     const std::stop_token& stop) {
  if (!compares(experiment)) return;
  fmt::print(stderr, "solving the problems that [estimate] compares replicas with; this may take its time\n");
  CompletionOptions options;
  options.stop = stop;
  auto references = solve_references(experiment, replicas_in(results), options);
  add_local_costs(experiment, experiment.estimate.representation_cost_starts, 0, references, stop);
  for (CellEstimate& estimate : estimates) {
    const auto cell = static_cast<std::size_t>(estimate.cell);
    if (!references[cell].problems.empty())
      estimate.nuclear = compare(references[cell], comparable(experiment, results[cell]));
  }
}

}  // namespace rankfall
