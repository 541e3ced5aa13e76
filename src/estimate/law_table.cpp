#include "estimate/law_table.hpp"

#include <fmt/format.h>

#include <utility>

#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

// How far apart, median and largest; of a lower bound how far above it, and whether all are, but for rounding, the tolerance of
// the integrator and starts that are not exactly balanced.
constexpr double slack = 1e-4;

std::pair<std::string, std::string> differences(const LawComparison& law) {
  const std::string middle = fmt::format("{:.2g} %", 100.0 * law.difference), most = fmt::format("{:.2g} %", 100.0 * law.largest_difference);
  if (law.kind == LawKind::equality) return {middle, most};
  return {fmt::format("{}{}", law.difference < 0.0 ? "" : "+", middle), law.largest_difference >= -slack ? "holds" : "fails, " + most};
}

}  // namespace

std::string law_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  constexpr std::size_t most_rows = 64;
  std::vector<TextColumn> columns{{"law", Alignment::left}};
  for (const std::string& name : told_names(experiment)) columns.push_back({name});
  for (const char* title : {"predicted", "measured", "difference", "largest", "n"}) columns.push_back({title});
  columns.push_back({"of", Alignment::left});
  std::vector<std::vector<std::string>> rows;
  std::size_t all = 0;
  for (const CellEstimate& estimate : estimates)
    for (const LawComparison& law : estimate.laws) {
      if (++all > most_rows) continue;
      std::vector<std::string>& row = rows.emplace_back();
      row.push_back(law.law);
      for (const SweepValue& value : told_values(experiment, experiment.cells[static_cast<std::size_t>(estimate.cell)]))
        row.push_back(swept_text(value));
      const auto [difference, largest] = differences(law);
      for (const std::string& text : {fmt::format("{:.6g}", law.predicted), fmt::format("{:.6g}", law.measured), difference, largest,
                                      fmt::format("{}", law.replicas),
                                      fmt::format("{} ({})", law.quantity, law.source)})
        row.push_back(text);
    }
  if (rows.empty()) return "";
  return "\nTheory beside measurement (medians over n replicas; relative differences, and the largest):\n" +
         text_table(columns, rows) + rest_in_csv(all - rows.size(), "row");
}

}  // namespace rankfall
