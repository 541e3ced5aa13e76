// observed_from = "previous": what the phase before observes, and more.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "config/sections.hpp"
#include "config/wording.hpp"
#include "rankfall/observed_entries.hpp"

namespace rankfall::config {
namespace {

enum class Origin { none, previous };
constexpr std::array<Choice<Origin>, 2> origins{{{"none", Origin::none}, {"previous", Origin::previous}}};

// So many more, at random among those that the phase before leaves out.
ObservationSpec drawn_besides(const TableReader& reader, const ProblemSpec& problem, const ObservationSpec& before,
                              const ObservationSpec& more) {
  const std::int64_t known = observed_entries(before, problem), all = std::int64_t{problem.rows} * problem.columns;
  if (more.count > all - known)
    reader.refuse(reader.find("observed_count") != nullptr ? "observed_count" : "observed_fraction",
                  fmt::format("adds {} entries", more.count),
                  fmt::format("the phase before observes {} of {}, which leaves {}", known, all, all - known), "lower it");
  ObservationSpec nested = more;
  nested.added = more.count;
  nested.count = known + more.count;
  return nested;
}

ObservationSpec joined_with(const TableReader& reader, const ProblemSpec& problem, const ObservationSpec& before,
                            const ObservationSpec& more) {
  if (before.draws())
    reader.refuse("observed_from", "= 'previous' cannot be resolved",
                  "the phase before draws its entries, and which of these are among them differs from draw to draw",
                  "add entries at random (observed_count), or list those of the phase before");
  ObservationSpec nested;
  nested.pattern = ObservationPattern::given;
  nested.entries = fixed_entries(before, problem.rows, problem.columns);
  const auto place = [](const ObservedEntry& entry) { return std::tie(entry.row, entry.column); };
  const std::size_t known = nested.entries.size();
  for (const ObservedEntry& entry : fixed_entries(more, problem.rows, problem.columns)) {
    const auto end = nested.entries.begin() + static_cast<std::ptrdiff_t>(known);
    const auto at = std::lower_bound(nested.entries.begin(), end, entry,
                                     [&](const ObservedEntry& a, const ObservedEntry& b) { return place(a) < place(b); });
    if (at == end || place(*at) != place(entry)) nested.entries.push_back(entry);
  }
  if (nested.entries.size() == known)
    reader.refuse("observed", "adds no entry", "the phase before observes all of these already",
                  "list others, or remove observed_from and observed");
  std::sort(nested.entries.begin(), nested.entries.end(),
            [&](const ObservedEntry& a, const ObservedEntry& b) { return place(a) < place(b); });
  return nested;
}

}  // namespace

std::optional<ObservationSpec> read_phase_observations(const TableReader& reader, const ProblemSpec& problem,
                                                       const PhaseSpec* before, DataFiles& files) {
  std::optional<ObservationSpec> own = read_observations(reader, problem.rows, problem.columns, files);
  if (reader.choice<Origin>("observed_from", origins).value_or(Origin::none) == Origin::none) return own;
  if (before == nullptr)
    reader.refuse("observed_from", "= 'previous' has no meaning here", "this is the first phase", "remove it, or set problem.observed");
  if (!own)
    reader.miss("observed", "observed_from = 'previous' needs the entries to add", "add for example observed = [[0, 1]] or observed_count = 3");
  const ObservationSpec& known = before->observes(problem.observed);
  if (own->measures() || known.measures())
    reader.refuse("observed_from", "= 'previous' is of entries only", "measurements are no set of entries", "remove it");
  return own->draws() ? drawn_besides(reader, problem, known, *own) : joined_with(reader, problem, known, *own);
}

}  // namespace rankfall::config
