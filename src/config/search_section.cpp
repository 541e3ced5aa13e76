// [search]: successive halving over the cells of the grid.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 4> search_keys{"rank", "factor", "finalists", "confirm"};

void check_search(const TableReader& reader, const Experiment& experiment, const SearchRule& rule) {
  const auto cells = static_cast<std::int64_t>(experiment.cells.size());
  if (experiment.estimate.adaptive)
    reader.refuse("rank", "cannot be searched for", "estimate.relative_half_width adds replicas by another rule",
                  "remove one of the two");
  if (std::any_of(experiment.cells.begin(), experiment.cells.end(), [](const Cell& cell) { return cell.start != Start::single; }))
    reader.refuse("rank", "cannot be searched for", "warm and cold starts are compared at equal numbers of replicas",
                  "remove compare.cold_start");
  if (cells <= rule.finalists)
    reader.refuse("rank", "cannot be searched for",
                  fmt::format("there {} {} cell{} and {} finalist{}", cells == 1 ? "is" : "are", cells, cells == 1 ? "" : "s",
                              rule.finalists, rule.finalists == 1 ? "" : "s"),
                  "sweep what is to be found, e.g. \"phase.NAME.learning_rate.to\"");
  for (const Cell& cell : experiment.cells) {
    const int most = cell.model.singular_values();
    if (rule.rank > most)
      reader.refuse("rank", fmt::format("= {} is impossible", rule.rank), fmt::format("W has {} singular values", most),
                    "lower it");
  }
}

// Each round keeps ceil(cells / factor), no fewer than there are finalists; the last is the one behind which these are left.
void plan_rounds(const TableReader& reader, const Experiment& experiment, SearchRule& rule) {
  std::int64_t replicas = experiment.replicas;
  for (auto cells = static_cast<std::int64_t>(experiment.cells.size()); cells > rule.finalists;) {
    rule.rounds.push_back(replicas);
    rule.cells.push_back(cells);
    cells = std::max<std::int64_t>(rule.finalists, (cells + rule.factor - 1) / rule.factor);
    if (cells > rule.finalists) replicas *= rule.factor;
    if (replicas < most_replicas) continue;
    reader.refuse("factor", fmt::format("= {} is too large", rule.factor),
                  fmt::format("a round would have {} replicas per cell, and fewer than {} are counted", replicas, most_replicas),
                  "lower it, or replicas");
  }
}

}  // namespace

void read_search(const Node& root, Experiment& experiment) {
  const Node* node = find(&root, "search");
  if (node == nullptr) return;
  const TableReader reader(node, "search", root.place, search_keys);
  SearchRule rule;
  const auto rank = reader.integer("rank", {0, largest_dimension});
  if (!rank) reader.miss("rank", "the search is for a final rank", "add for example rank = 1");
  rule.rank = static_cast<int>(*rank);
  rule.factor = static_cast<int>(reader.integer("factor", {2, 1000}).value_or(rule.factor));
  rule.finalists = static_cast<int>(reader.integer("finalists", {1, 1000}).value_or(rule.finalists));
  check_search(reader, experiment, rule);
  if (experiment.replicas > most_replicas) return;  // refused by check_footprint
  plan_rounds(reader, experiment, rule);
  rule.confirm = reader.integer("confirm", {1, most_replicas - rule.rounds.back()}).value_or(std::min(rule.rounds.back(), most_replicas - rule.rounds.back()));
  experiment.estimate.search = std::move(rule);
}

}  // namespace rankfall::config
