#include "theory/coupling_laws.hpp"

#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "backend/observation_graph.hpp"
#include "estimate/quantile.hpp"
#include "theory/coupling_limits.hpp"
#include "theory/escape_laws.hpp"
#include "theory/readings.hpp"

namespace rankfall {
namespace {

// Where nobody is missing in between, a replica's place is its number.
bool can_be_drawn(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  return subject.experiment != nullptr && subject.problem != nullptr && results.left_out == 0 && replica < most_drawn;
}

// The factors that a replica was trained from: the last draw of its tries.
std::vector<std::vector<double>> start_of(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const auto number = results.first + static_cast<std::int64_t>(replica);
  return draw_factors(*subject.experiment, subject.cell, number, results.tries[replica] - 1).factor;
}

// What the last phase of a replica sees: the subject's problem, or the replica's own.
ObservedData observed_by(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (subject.cell.problem.instances == Instances::shared) return subject.problem->phase.back();
  return draw_problem(*subject.experiment, subject.cell, results.first + static_cast<std::int64_t>(replica)).phase.back();
}

std::vector<double> values_of(const ObservedData& data, int columns) {
  std::vector<double> values;
  for (const ObservedEntry& entry : data.entries)
    values.push_back(data.target[static_cast<std::size_t>(entry.row) * static_cast<std::size_t>(columns) +
                                 static_cast<std::size_t>(entry.column)]);
  return values;
}

double sum_of_squares(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return sum;
}

// To a thousandth of what is observed.
bool fits(const LawSubject& subject, const ReplicaResults& results, std::size_t replica, const std::vector<double>& values) {
  return observable(results, Observable::loss, replica) < 1e-6 * subject.loss_scale * sum_of_squares(values);
}

bool is_diagonal(const ObservationSpec& seen, int dimension) {
  if (seen.pattern == ObservationPattern::diagonal) return true;
  if (seen.pattern == ObservationPattern::block_diagonal) return static_cast<int>(seen.blocks.size()) == dimension;
  return seen.pattern == ObservationPattern::given && static_cast<int>(seen.entries.size()) == dimension &&
         std::all_of(seen.entries.begin(), seen.entries.end(), [](const ObservedEntry& e) { return e.row == e.column; });
}

// Two components or more, each complete bipartite.
bool parts_are_complete(const Experiment& experiment, const Cell& cell, std::int64_t replica) {
  const auto entries = observed_entries(experiment, cell, replica, static_cast<int>(cell.phases.size()) - 1);
  return observation_graph(cell.problem.rows, cell.problem.columns, entries).implicit_bias() == ImplicitBias::minimum_nuclear_norm;
}

}  // namespace

bool learns_a_diagonal(const Experiment&, const Cell& cell) {
  return flows_shallow(cell) && cell.problem.rows == cell.problem.columns && is_diagonal(last_observed(cell), cell.problem.rows);
}

std::optional<LawReading> read_diagonal_limit(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (!can_be_drawn(subject, results, replica)) return {};
  const int d = subject.cell.problem.rows;
  const std::vector<double> values = values_of(observed_by(subject, results, replica), d);
  if (!fits(subject, results, replica, values)) return {};
  const auto start = start_of(subject, results, replica);
  const auto spectrum = singular_values_of(d, d, diagonal_limit(d, subject.cell.model.widths[1], start[1], start[0], values));
  return LawReading{sum_of_squares(spectrum) / (spectrum[0] * spectrum[0]), observable(results, Observable::stable_rank, replica)};
}

bool learns_complete_parts(const Experiment& experiment, const Cell& cell) {
  if (!flows_shallow(cell) || cell.model.widths[1] < cell.model.singular_values()) return false;
  const ObservationSpec& seen = last_observed(cell);
  if (seen.pattern == ObservationPattern::full) return false;
  const bool own = seen.draws() && cell.problem.instances == Instances::per_replica;  // some draws may be, others not
  return own || parts_are_complete(experiment, cell, 0);
}

std::optional<LawReading> read_nuclear_norm_limit(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (!can_be_drawn(subject, results, replica)) return {};
  const int rows = subject.cell.problem.rows, columns = subject.cell.problem.columns;
  if (!parts_are_complete(*subject.experiment, subject.cell, results.first + static_cast<std::int64_t>(replica))) return {};
  const ObservedData seen = observed_by(subject, results, replica);
  const std::vector<double> values = values_of(seen, columns);
  const auto least = nuclear_norm_of_parts(rows, columns, seen.entries, values);
  if (!least || !fits(subject, results, replica, values)) return {};
  return LawReading{*least, observable(results, Observable::nuclear_norm, replica)};
}

bool resumes_shallow(const Experiment&, const Cell& cell) {
  const Factorization& model = cell.model;
  const auto& entries = last_observed(cell).entries;
  return cell.phases.size() > 1 && follows_the_loss(cell.phases.back()) && model.depth == 2 && model.symmetry == Symmetry::general &&
         model.rows() == model.columns() && model.widths[1] >= model.rows() && cell.probe.trajectory &&
         !last_observed(cell).measures() &&
         std::all_of(entries.begin(), entries.end(), [](const ObservedEntry& e) { return e.weight == 1.0; });
}

// Of sigma_min(W). What it may cost the bound is less than what a table calls a failure.
constexpr double admitted_imbalance = 1e-5;

std::optional<LawReading> read_lock_in(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (results.trajectory_begin.size() <= replica + 1) return {};
  const auto at = [&](Observable which, std::size_t row) { return results.trajectory_observable[static_cast<std::size_t>(which)][row]; };
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  const auto smallest = [&](std::size_t row) { return results.trajectory_singular_values[(row + 1) * width - 1]; };
  const auto last = static_cast<std::int32_t>(subject.cell.phases.size()) - 1;
  const auto end = static_cast<std::size_t>(results.trajectory_begin[replica + 1]);
  auto row = static_cast<std::size_t>(results.trajectory_begin[replica]);
  while (row < end && results.trajectory_phase[row] != last) ++row;
  if (row == end) return {};
  const double before = smallest(row), error = std::sqrt(at(Observable::loss, row) / subject.loss_scale);
  if (!(error < before) || !(at(Observable::balancedness, row) <= admitted_imbalance * before)) return {};
  LawReading reading{before - error, before};
  for (; row < end; ++row) reading.measured = std::min(reading.measured, smallest(row));
  return reading;
}

bool keeps_a_hyperbola(const Experiment&, const Cell& cell) {
  return cell.model.depth == 2 && cell.model.symmetry == Symmetry::general && cell.model.widths[1] == 1 &&
         std::all_of(cell.phases.begin(), cell.phases.end(), follows_the_loss);
}

std::optional<LawReading> read_hyperbola(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (!can_be_drawn(subject, results, replica)) return {};
  const auto start = start_of(subject, results, replica);
  const double imbalance = sum_of_squares(start[1]) - sum_of_squares(start[0]);
  return LawReading{on_hyperbola(imbalance, singular_value(results, replica, 0)), results.factor_norms[2 * replica + 1]};
}

namespace {

// Of equal symmetric factors and a symmetric gradient modes of negative eigenvalues do not grow, and singular values mislead.
bool hides_modes(const Cell& cell, const std::vector<double>& gradient) {
  const InitializationKind kind = cell.initialization.kind;
  const int rows = cell.problem.rows, columns = cell.problem.columns;
  const bool equal_factors = kind == InitializationKind::identity || kind == InitializationKind::affine;
  if (cell.model.depth != 2 || rows != columns || !equal_factors) return false;
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < i; ++j)
      if (gradient[static_cast<std::size_t>(i * columns + j)] != gradient[static_cast<std::size_t>(j * columns + i)]) return false;
  return true;
}

// s_2/s_1 of the gradient at W = 0 of observations that the law of exponents follows from; else nothing.
std::optional<double> gap_at_zero(const Cell& cell, const ObservedData& seen) {
  const int rows = cell.problem.rows, columns = cell.problem.columns;
  const bool joined = observation_graph(rows, columns, seen.entries).components_with_isolated() == 1;
  if (!joined || !fits_rank_one(rows, columns, seen.entries, values_of(seen, columns))) return {};
  std::vector<double> gradient = seen.target;
  for (std::size_t e = 0; e < gradient.size(); ++e) gradient[e] *= seen.weight[e];
  if (hides_modes(cell, gradient)) return {};
  const auto spectrum = singular_values_of(rows, columns, gradient);
  if (spectrum.size() < 2 || spectrum[1] > 0.999 * spectrum[0]) return {};  // the first escape has no direction of its own
  return spectrum[1] / spectrum[0];
}

// sigma_2/sigma_1 of the replicas that fit: until then the first mode still grows, and the ratio with it.
std::vector<double> ratios_at_rest(const LawSubject& subject, const ReplicaResults& results) {
  const std::vector<double> values = values_of(subject.problem->phase.back(), subject.cell.problem.columns);
  std::vector<double> ratios;
  for (std::size_t r = 0; r < static_cast<std::size_t>(results.count); ++r)
    if (fits(subject, results, r, values)) ratios.push_back(singular_value(results, r, 1) / singular_value(results, r, 0));
  return ratios;
}

bool escapes_to_rank_one(const Cell& cell) {
  const auto& widths = cell.model.widths;
  return starts_cold(cell) && follows_the_loss(cell.phases.back()) && cell.model.depth >= 2 &&
         cell.model.symmetry == Symmetry::general && !last_observed(cell).measures() && cell.problem.instances == Instances::shared &&
         cell.initialization.scale > 0.0 && std::all_of(widths.begin(), widths.end(), [](int width) { return width >= 2; });
}

}  // namespace

void add_rank_exponents(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  const double rounding = experiment.precision == Precision::float32 ? 1e-6 : 1e-13;
  const auto resolved = [&](const std::vector<double>& ratios) {
    const double ratio = quantile(ratios, 0.5);
    return ratio > rounding && ratio < 0.1;
  };
  for (std::size_t c = 0; c < estimates.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    const Cell* larger = escapes_to_rank_one(cell) ? next_larger_scale(experiment, cell) : nullptr;
    if (larger == nullptr || results[c].count == 0) continue;
    const ProblemInstance problem = draw_problem(experiment, cell, 0);
    const double scale = loss_scale(cell.phases.back(), problem.phase.back().count());
    const LawSubject subject{.cell = cell, .loss_scale = scale, .problem = &problem};
    const LawSubject above{.cell = *larger, .loss_scale = scale, .problem = &problem};
    const std::vector<double> here = ratios_at_rest(subject, results[c]);
    const std::vector<double> there = ratios_at_rest(above, results[static_cast<std::size_t>(larger->index)]);
    if (!resolved(here) || !resolved(there)) continue;
    const auto gap = gap_at_zero(cell, problem.phase.back());
    if (!gap) continue;
    LawComparison found{.law = "rank_exponent", .quantity = "d log(sigma_2/sigma_1) / d log(scale)", .source = "escape of the first mode"};
    found.predicted = rank_exponent(cell.model.depth, *gap);
    const double step = larger->initialization.scale / cell.initialization.scale;
    found.measured = std::log(quantile(there, 0.5) / quantile(here, 0.5)) / std::log(step);
    found.difference = found.largest_difference = std::abs(found.measured / found.predicted - 1.0);
    found.replicas = static_cast<std::int64_t>(std::min(here.size(), there.size()));
    estimates[c].laws.push_back(std::move(found));
  }
}

}  // namespace rankfall
