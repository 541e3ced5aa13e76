#include "store/whole_error.hpp"

#include <algorithm>
#include <cmath>

#include "rankfall/observed_entries.hpp"

namespace rankfall {
namespace {

const std::vector<double>& column(const ReplicaResults& results, Observable which) {
  return results.observable[static_cast<std::size_t>(which)];
}

}  // namespace

std::vector<double> whole_errors(const Cell& cell, const ReplicaResults& results) {
  if (cell.phases.empty()) return {};
  const PhaseSpec& last = cell.phases.back();
  const ObservationSpec& spec = last.observes(cell.problem.observed);
  const std::vector<double>&loss = column(results, Observable::loss), &unobserved = column(results, Observable::unobserved_error);
  if (spec.measures()) return unobserved;  // over all entries, whatever was measured
  const std::vector<ObservedEntry> entries = fixed_entries(spec, cell.problem.rows, cell.problem.columns);
  const bool weighted = std::any_of(entries.begin(), entries.end(), [](const ObservedEntry& entry) { return entry.weight != 1.0; });
  if (weighted || cell.problem.noise > 0.0) return {};
  const double all = static_cast<double>(cell.problem.rows) * cell.problem.columns;
  const double seen = static_cast<double>(spec.draws() ? spec.count : static_cast<std::int64_t>(entries.size()));
  const double scale = last.loss == LossKind::mean_squared ? 1.0 / seen : 0.5;
  std::vector<double> errors;
  for (std::size_t r = 0; r < loss.size(); ++r) {
    const double hidden = seen < all ? (all - seen) * unobserved[r] * unobserved[r] : 0.0;
    errors.push_back(std::sqrt((loss[r] / scale + hidden) / all));
  }
  return errors;
}

}  // namespace rankfall
