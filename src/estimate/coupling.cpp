#include "estimate/coupling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/intervals.hpp"
#include "estimate/quantile.hpp"
#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {

void estimate_coupling(const EstimateSpec& spec, const ReplicaResults& results, CellEstimate& estimate) {
  const auto known = [](double x) { return !std::isnan(x); };
  const auto& blocks = results.coupling_blocks;
  estimate.coupled = proportion(std::count(blocks.begin(), blocks.end(), 1.0),
                                std::count_if(blocks.begin(), blocks.end(), known), spec);
  std::vector<double> indices;
  std::copy_if(results.coupling_index.begin(), results.coupling_index.end(), std::back_inserter(indices), known);
  if (!indices.empty()) estimate.median_coupling_index = quantile(indices, 0.5);
}

bool has_coupling(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(), [](const Cell& cell) { return cell.probe.coupling; });
}

std::string coupling_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!has_coupling(experiment)) return "";
  std::vector<TextColumn> columns{{"cell", Alignment::left}};
  for (const char* title : {"P(coupled)", "interval", "coupling index"}) columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  constexpr std::size_t shown = 12;
  std::size_t listed = 0;
  for (const CellEstimate& estimate : estimates) {
    const Cell& cell = experiment.cells[static_cast<std::size_t>(estimate.cell)];
    if (!cell.probe.coupling || estimate.coupled.trials == 0 || ++listed > shown) continue;
    const int decimals = probability_decimals(estimate.replicas);
    rows.push_back({cell.label.empty() ? "all" : cell.label, probability_text(estimate.coupled, decimals),
                    interval_text(estimate.coupled, decimals),
                    estimate.median_coupling_index ? fmt::format("{:.4g}", *estimate.median_coupling_index) : "-"});
  }
  if (rows.empty()) return "";
  return "\nCoupled: the tangent kernel joins all observed entries at the end. Index: median of its largest value between "
         "components.\n" + text_table(columns, rows) + rest_in_csv(listed - rows.size(), "cell");
}

}  // namespace rankfall
