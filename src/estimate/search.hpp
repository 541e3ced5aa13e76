#pragma once
// Successive halving (Jamieson & Talwalkar 2016) over the cells of an experiment, for the largest probability of one final rank.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "estimate/report_text.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// Replicas [first, end) of some cells, and how many of each ended with the wanted rank.
struct SearchStage {
  std::int64_t first = 0, end = 0;
  std::vector<int> cells;            // ascending
  std::vector<std::int64_t> events;  // of each; none while replicas are missing
};

// How many of a cell's replicas [first, end) ended with the wanted rank; nothing if some are missing.
using SearchEvents = std::function<std::optional<std::int64_t>(const Cell& cell, std::int64_t first, std::int64_t end)>;

// The rounds from the first on, each over all replicas that its cells have by then, and at last the fresh replicas of the
// finalists alone; up to the first stage whose replicas are not all there. In a round all cells have equally many replicas, so
// that the best by estimate are the best by either end of its interval; of equals the earlier cell goes on.
std::vector<SearchStage> search_stages(const Experiment& experiment, const SearchEvents& events);

// Of replicas [first, end) in `results`, which begin at replica 0; nothing if it does not hold them all. Diverged replicas have
// not ended with any rank.
std::optional<std::int64_t> ended_with(const ReplicaResults& results, int rank, std::int64_t first, std::int64_t end);

// Adds CellEstimate::search where [search] asks for it.
void add_search(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

// A row per finalist, or per cell that is still in the search; empty without [search].
std::string search_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
