#include "run/threshold_check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "estimate/diagnosis.hpp"
#include "estimate/estimator.hpp"
#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"
#include "rankfall/landscape.hpp"

namespace rankfall {

std::vector<ThresholdCheck> check_thresholds(const Experiment& experiment, const RunResults& results,
                                             const std::vector<RankThresholds>& thresholds) {
  std::vector<ThresholdCheck> checks;
  for (std::size_t c = 0; c < results.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    if (!cell.landscape || results[c].count == 0 || thresholds[c].empty()) continue;
    const auto at = [&](double factor) {
      return recount(cell, results[c], experiment.estimate, thresholds[c], factor).jump;
    };
    const Proportion used = share_fallen(falls(cell, results[c]), experiment.estimate);
    if (used.trials == 0) continue;
    checks.push_back({cell.index, cell.landscape->threshold, cell.landscape->saddle_singular_value,
                      at(trouble::tolerance_factors.front()), used, at(trouble::tolerance_factors.back())});
  }
  return checks;
}

std::string threshold_lines(const Experiment& experiment, const std::vector<ThresholdCheck>& checks) {
  if (checks.empty()) return "";
  constexpr std::size_t most_rows = 40;
  const std::vector<TextColumn> columns{{"cell", Alignment::left}, {"threshold"}, {"saddle"}, {"at a third"},
                                        {"P(jump)"}, {"at 3 times"}, {"", Alignment::left}};
  std::vector<std::vector<std::string>> rows;
  for (const ThresholdCheck& check : checks) {
    if (rows.size() == most_rows) break;
    const std::string& label = experiment.cells[static_cast<std::size_t>(check.cell)].label;
    const int decimals = probability_decimals(check.used.trials);
    const bool above = check.threshold > threshold_share * check.saddle_singular_value;
    rows.push_back({label.empty() ? fmt::format("cell {}", check.cell) : label, fmt::format("{:.3g}", check.threshold),
                    std::isnan(check.saddle_singular_value) ? "none" : fmt::format("{:.3g}", check.saddle_singular_value),
                    probability_text(check.lower, decimals), probability_text(check.used, decimals),
                    probability_text(check.higher, decimals), above ? "above a fifth of the saddle's" : ""});
  }
  return "Rank thresholds beside the least saddle's singular value, and P(jump) counted at others from the last singular\n"
         "values (replicas that a rule on the rank has stopped stay as they are):\n" + text_table(columns, rows) +
         (rows.size() < checks.size() ? fmt::format("and {} more\n", checks.size() - rows.size()) : "") + '\n';
}

}  // namespace rankfall
