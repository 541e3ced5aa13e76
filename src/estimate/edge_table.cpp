#include "estimate/edge_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"
#include "rankfall/landscape_numbers.hpp"

namespace rankfall {
namespace {

constexpr std::size_t most_edge_rows = 40;

std::string number_text(double value, const char* none = "-") {
  return std::isnan(value) ? none : fmt::format("{:.4g}", value);
}

std::vector<std::string> row_of(const Experiment& experiment, const CellEstimate& estimate) {
  const Landscape& landscape = *estimate.landscape;
  std::vector<std::string> row;
  for (const SweepValue& value : swept_values(experiment, experiment.cells.at(static_cast<std::size_t>(estimate.cell))))
    row.push_back(swept_text(value));
  for (const LandscapeNumber& number : landscape_numbers)
    if (number.name != "fold_singular_value") row.push_back(number_text(number.of(landscape)));
  row.push_back(std::string(saddle_status_names[static_cast<std::size_t>(landscape.status)]));
  return row;
}

bool automatic(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(),
                     [](const Cell& cell) { return cell.probe.tolerance_is_automatic; });
}

}  // namespace

std::string status_text(SaddleStatus status) {
  switch (status) {
    case SaddleStatus::found: return "there is one";
    case SaddleStatus::shallow: return "below depth 3, and in the symmetric model, no saddle keeps a lost rank from coming back";
    case SaddleStatus::no_ridge: return "without a ridge minima are not isolated, and no saddle bounds them";
    case SaddleStatus::too_large:
      return fmt::format("saddles are sought in models of at most {} parameters, of minima that need at most {} of them",
                         most_pilot_parameters, most_landscape_numbers);
    case SaddleStatus::no_minimum:
      return fmt::format("none of the pilot's {} starts came to rest at a minimum whose rank could fall", landscape_starts);
    case SaddleStatus::no_fold: return "a minimum was followed, but met no saddle in a fold";
  }
  return "";
}

bool has_landscapes(const std::vector<CellEstimate>& estimates) {
  return std::any_of(estimates.begin(), estimates.end(), [](const CellEstimate& e) { return e.landscape.has_value(); });
}

std::string edge_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!has_landscapes(estimates)) return "";
  std::vector<TextColumn> columns;
  for (const std::string& name : swept_names(experiment)) columns.push_back({name});
  constexpr const char* titles[]{"rank",     "share",          "sigma_r", "k_max",    "edge",
                                 "lambda_c", "ridge/lambda_c", "saddle",  "threshold"};
  for (const char* title : titles) columns.push_back({title});
  columns.push_back({"saddle is", Alignment::left});
  std::vector<std::vector<std::string>> rows;
  std::size_t asked = 0;
  for (const CellEstimate& estimate : estimates)
    if (estimate.landscape && ++asked <= most_edge_rows) rows.push_back(row_of(experiment, estimate));
  return fmt::format("\nMinima of the highest rank that the last phase begins from and could fall (share: of {} starts of a pilot), and\n"
                     "where they end. edge: learning rate * 2 c N * k_max, unstable on one entry above 2; saddle, threshold: singular\n"
                     "values, ranks count those above the threshold{}.\n",
                     landscape_starts, automatic(experiment) ? ", at most a fifth of the least saddle's" : "") +
         text_table(columns, rows) + rest_in_csv(asked - rows.size(), "cell");
}

std::string edge_table(const Experiment& experiment) {
  std::vector<CellEstimate> cells;
  for (const Cell& cell : experiment.cells) {
    CellEstimate& own = cells.emplace_back();
    own.cell = cell.index;
    own.landscape = cell.landscape;
  }
  return edge_table(experiment, cells);
}

std::vector<std::string> edge_columns() {
  std::vector<std::string> names;
  for (const LandscapeNumber& number : landscape_numbers) names.emplace_back(number.name);
  return names;
}

std::vector<std::optional<double>> edge_fields(const CellEstimate& estimate) {
  std::vector<std::optional<double>> fields;
  for (const LandscapeNumber& number : landscape_numbers) {
    const double value = estimate.landscape ? number.of(*estimate.landscape) : std::nan("");
    fields.push_back(std::isnan(value) ? std::nullopt : std::optional(value));
  }
  return fields;
}

std::string threshold_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!automatic(experiment)) return "";
  double low = INFINITY, high = 0.0;
  std::size_t found = 0, without = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.landscape) continue;
    if (estimate.landscape->status != SaddleStatus::found) {
      ++without;
      continue;
    }
    ++found;
    low = std::min(low, estimate.landscape->threshold);
    high = std::max(high, estimate.landscape->threshold);
  }
  std::string text;
  if (found > 0)
    text = fmt::format(" The threshold is a fifth of the smallest singular value of the saddle where the minimum ends (the least over "
                       "minima that could fall), rounded down: {}; saddles were found by pseudo-arclength continuation in the ridge "
                       "through the fold (Keller 1977).",
                       low < high ? fmt::format("{:.2g} to {:.2g}", low, high) : fmt::format("{:.2g}", low));
  if (without > 0)
    text += fmt::format(" In {} cell{} without such a saddle it is relative to the target.", without, without == 1 ? "" : "s");
  return text;
}

}  // namespace rankfall
