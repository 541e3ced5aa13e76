#include "estimate/greedy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "estimate/quantile.hpp"
#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

constexpr std::size_t most_listed = 12;

// Of entry k of the rows, `width` entries each, of replicas that have it.
template <class Number>
std::optional<double> median_of(const std::vector<Number>& rows, std::size_t k, std::size_t width) {
  std::vector<double> values;
  for (std::size_t i = k; i < rows.size(); i += width) values.push_back(static_cast<double>(rows[i]));
  const double median = quantile(std::move(values), 0.5);
  return std::isnan(median) ? std::nullopt : std::optional(median);
}

// A rank of -1 stands for none.
std::optional<double> median_rank(const std::vector<std::int32_t>& rows, std::size_t k, std::size_t width) {
  std::vector<double> ranks;
  for (std::size_t i = k; i < rows.size(); i += width)
    if (rows[i] >= 0) ranks.push_back(rows[i]);
  return median_of(ranks, 0, 1);
}

// Whether two directions of an escape that was taken are all but alike.
bool is_ambiguous(const ReplicaResults& results, std::size_t r) {
  const auto width = static_cast<std::size_t>(results.solution_count);
  for (std::size_t k = 0; k + 1 < width; ++k)
    if (results.greedy_rank[r * width + k + 1] >= 0 && results.greedy_gap[r * width + k] > unclear_gap) return true;
  return false;
}

std::string number_text(const std::optional<double>& value) { return value ? fmt::format("{:.4g}", *value) : "-"; }

std::string cell_text(const Experiment& experiment, const CellEstimate& estimate) {
  const std::string& label = experiment.cells[static_cast<std::size_t>(estimate.cell)].label;
  return label.empty() ? "all" : label;
}

std::string solutions_text(const Experiment& experiment, const std::vector<const CellEstimate*>& shown) {
  std::vector<TextColumn> columns{{"cell", Alignment::left}};
  for (const char* title : {"solution", "replicas", "rank", "loss", "unobserved error", "nuclear norm", "lambda_1",
                            "lambda_2/lambda_1", "flows come as near as"})
    columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  for (const CellEstimate* estimate : shown) {
    std::string label = cell_text(experiment, *estimate);
    for (std::size_t k = 0; k < estimate->greedy->solutions.size(); ++k) {
      const GreedySolutionEstimate& solution = estimate->greedy->solutions[k];
      rows.push_back({std::exchange(label, ""), fmt::format("{}", k), fmt::format("{}", solution.replicas),
                      number_text(solution.rank), number_text(solution.loss), number_text(solution.unobserved_error),
                      number_text(solution.nuclear_norm), number_text(solution.escape_rate), number_text(solution.gap),
                      number_text(solution.approach)});
    }
  }
  return "\nGreedy low-rank learning; medians over replicas.\n" + text_table(columns, rows);
}

std::string distances_text(const Experiment& experiment, const std::vector<const CellEstimate*>& shown) {
  const std::vector<TextColumn> columns{{"cell", Alignment::left}, {"largest distance"}, {"distance at the end"}};
  std::vector<std::vector<std::string>> rows;
  for (const CellEstimate* estimate : shown)
    if (estimate->greedy->distance_maximum)
      rows.push_back({cell_text(experiment, *estimate), number_text(estimate->greedy->distance_maximum),
                      number_text(estimate->greedy->end_distance)});
  if (rows.empty()) return "";
  return "\nFlows beside the greedy path: largest Frobenius distance from the path at a probe, and distance from its "
         "last "
         "solution at the end; medians over replicas.\n" +
         text_table(columns, rows);
}

std::string warnings_text(const std::vector<CellEstimate>& estimates) {
  std::int64_t learned = 0, unfinished = 0, ambiguous = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.greedy) continue;
    learned += estimate.greedy->learned;
    unfinished += estimate.greedy->unfinished;
    ambiguous += estimate.greedy->ambiguous;
  }
  std::string text;
  if (ambiguous > 0)
    text += fmt::format(
        "lambda_2/lambda_1 is above {} at an escape in {} of {}: its direction is not unique, and neither "
        "is the path (symmetric problem: pair = \"eigenvector\").\n",
        unclear_gap, ambiguous, counted(learned, "replica"));
  if (unfinished > 0)
    text += fmt::format(
        "Greedy low-rank learning did not come to its end in {} of {} (greedy_outcome): it used up its "
        "maximum_steps, as where a solution lies at infinity, or its maximum_rank.\n",
        unfinished, counted(learned, "replica"));
  return text;
}

}  // namespace

std::optional<GreedyEstimate> estimate_greedy(const ReplicaResults& results) {
  const auto width = static_cast<std::size_t>(results.solution_count);
  GreedyEstimate estimate;
  for (std::size_t r = 0; r < results.greedy_outcome.size(); ++r) {
    if (results.greedy_outcome[r] < 0) continue;
    ++estimate.learned;
    if (results.greedy_outcome[r] != static_cast<std::int32_t>(Outcome::converged)) ++estimate.unfinished;
    if (is_ambiguous(results, r)) ++estimate.ambiguous;
  }
  if (estimate.learned == 0) return std::nullopt;
  for (std::size_t k = 0; k < width; ++k) {
    GreedySolutionEstimate solution;
    for (std::size_t i = k; i < results.greedy_rank.size(); i += width)
      solution.replicas += results.greedy_rank[i] >= 0 ? 1 : 0;
    if (solution.replicas == 0) break;
    solution.rank = median_rank(results.greedy_rank, k, width);
    solution.loss = median_of(results.greedy_loss, k, width);
    solution.unobserved_error = median_of(results.greedy_unobserved_error, k, width);
    solution.nuclear_norm = median_of(results.greedy_nuclear_norm, k, width);
    solution.escape_rate = median_of(results.greedy_escape_rate, k, width);
    solution.gap = median_of(results.greedy_gap, k, width);
    solution.approach = median_of(results.greedy_approach, k, width);
    estimate.solutions.push_back(solution);
  }
  estimate.distance_maximum = median_of(results.greedy_distance_maximum, 0, 1);
  estimate.end_distance = median_of(results.greedy_end_distance, 0, 1);
  return estimate;
}

bool has_greedy(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(),
                     [](const Cell& cell) { return cell.greedy_solutions() > 0; });
}

std::string greedy_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  std::vector<const CellEstimate*> shown;
  std::size_t learned = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.greedy) continue;
    if (++learned <= most_listed) shown.push_back(&estimate);
  }
  if (shown.empty()) return "";
  std::string text = solutions_text(experiment, shown) + distances_text(experiment, shown);
  if (learned > shown.size())
    text += fmt::format("... and {} in results.nc\n",
                        counted(static_cast<std::int64_t>(learned - shown.size()), "more cell"));
  return text + warnings_text(estimates);
}

std::vector<std::string> greedy_columns() {
  return {"greedy_learned",
          "greedy_unfinished",
          "greedy_ambiguous",
          "median_greedy_rank",
          "median_greedy_unobserved_error",
          "median_greedy_distance_maximum",
          "median_greedy_end_distance"};
}

// Of the last solution that any replica of the cell has come to.
std::vector<std::optional<double>> greedy_fields(const CellEstimate& estimate) {
  if (!estimate.greedy) return std::vector<std::optional<double>>(greedy_columns().size());
  const GreedyEstimate& greedy = *estimate.greedy;
  return {static_cast<double>(greedy.learned),
          static_cast<double>(greedy.unfinished),
          static_cast<double>(greedy.ambiguous),
          greedy.solutions.back().rank,
          greedy.solutions.back().unobserved_error,
          greedy.distance_maximum,
          greedy.end_distance};
}

}  // namespace rankfall
