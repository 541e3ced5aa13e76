// The table of warm beside cold starts.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "estimate/cold_start.hpp"
#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

using Row = std::vector<std::string>;

constexpr std::size_t most_pairs_listed = 8;  // pairs of cells
constexpr std::size_t most_ranks_listed = 4;  // of a pair

// The cell without its start.
std::string label_of(const Cell& warm) {
  const std::string own = "start=warm";
  const std::size_t at = warm.label.rfind(own);
  const std::string rest = warm.label.substr(0, at == 0 ? 0 : at - 1);
  return rest.empty() ? "all" : rest;
}

std::string share_text(std::int64_t events, std::int64_t pairs, int decimals) {
  return pairs == 0 ? "-" : fmt::format("{:.{}f}", static_cast<double>(events) / static_cast<double>(pairs), decimals);
}

Row row_of(const std::string& name, const PairedProportion& share, int decimals) {
  const bool known = share.pairs > 0;
  return {name,
          share_text(share.warm, share.pairs, decimals),
          share_text(share.cold, share.pairs, decimals),
          known ? fmt::format("{:+.{}f}", share.value(), decimals) : "-",
          known ? fmt::format("[{:+.{}f}, {:+.{}f}]", share.difference.low, decimals, share.difference.high, decimals) : "-",
          fmt::format("{}", share.warm_only),
          fmt::format("{}", share.cold_only),
          known ? fmt::format("{:.2g}", share.p_value) : "-"};
}

Row row_of(const std::string& name, const PairedMedian& median) {
  return {name,
          fmt::format("{:.4g}", median.warm),
          fmt::format("{:.4g}", median.cold),
          fmt::format("{:+.4g}", median.difference),
          median.interval ? fmt::format("[{:+.4g}, {:+.4g}]", median.interval->low, median.interval->high) : "-",
          "",
          "",
          ""};
}

// Ranks, of many those that tell most pairs apart; whether replicas converged, where any did; observables.
std::vector<Row> rows_of(const PairedEstimate& paired) {
  const int decimals = probability_decimals(paired.pairs);
  std::vector<std::pair<int, PairedProportion>> ranks(paired.final_rank.begin(), paired.final_rank.end());
  const auto discordant = [](const PairedProportion& share) { return share.warm_only + share.cold_only; };
  if (ranks.size() > most_ranks_listed) {
    std::stable_sort(ranks.begin(), ranks.end(),
                     [&](const auto& a, const auto& b) { return discordant(a.second) > discordant(b.second); });
    ranks.resize(most_ranks_listed);
    std::sort(ranks.begin(), ranks.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<Row> rows;
  for (const auto& [rank, share] : ranks) rows.push_back(row_of(fmt::format("P(rank {})", rank), share, decimals));
  const PairedProportion& converged = paired.converged;
  if (converged.warm + converged.cold > 0) rows.push_back(row_of("P(converged)", converged, decimals));
  for (std::size_t k = 0; k < paired.median.size(); ++k)
    if (paired.median[k])
      rows.push_back(row_of(std::string(observables[static_cast<std::size_t>(paired_observables[k])].name), *paired.median[k]));
  return rows;
}

}  // namespace

std::string cold_start_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!has_pairs(experiment)) return "";
  std::vector<TextColumn> columns{{"cell", Alignment::left}, {"pairs"}, {"", Alignment::left}};
  for (const char* title : {"warm", "cold", "difference", "interval", "warm only", "cold only", "McNemar p"})
    columns.push_back({title});
  std::vector<Row> rows;
  std::size_t listed = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.paired || estimate.paired->pairs == 0 || ++listed > most_pairs_listed) continue;
    std::string label = label_of(experiment.cells[static_cast<std::size_t>(estimate.cell)]);
    std::string pairs = fmt::format("{}", estimate.paired->pairs);
    for (Row& row : rows_of(*estimate.paired)) {
      row.insert(row.begin(), {std::exchange(label, ""), std::exchange(pairs, "")});
      rows.push_back(std::move(row));
    }
  }
  if (rows.empty()) return "";
  std::string text = fmt::format(
      "\nWarm beside cold start: the same replicas through all phases, and in the last alone; difference: warm - cold.\n"
      "{} intervals: of probabilities Tango's score for pairs; of medians over pairs order statistics of the differences.\n{}",
      percent_text(experiment.estimate.confidence), text_table(columns, rows));
  if (listed > most_pairs_listed)
    text += fmt::format("... and {} in summary.csv\n", counted(static_cast<std::int64_t>(listed - most_pairs_listed), "more pair"));
  return text;
}

}  // namespace rankfall
