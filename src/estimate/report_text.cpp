#include "estimate/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <functional>

#include "rankfall/sweep_labels.hpp"

namespace rankfall {
namespace {

bool asks_for_jumps(const Cell& cell) {
  const PhaseSpec& last = cell.phases.back();
  const auto trained = [](const PhaseSpec& phase) { return !phase.is_empty(); };  // none of a cold start's earlier phases is
  const bool from_minimum = std::any_of(cell.phases.begin(), cell.phases.end() - 1, trained) ||
                            cell.initialization.kind == InitializationKind::given;
  return last.optimizer == Optimizer::sgd && (from_minimum || last.stop.rank_at_most);
}

}  // namespace

std::vector<std::string> swept_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Axis& axis : experiment.axes) names.insert(names.end(), axis.coordinates.begin(), axis.coordinates.end());
  return names;
}

std::vector<SweepValue> swept_values(const Experiment& experiment, const Cell& cell) {
  std::vector<SweepValue> values;
  for (std::size_t axis = 0; axis < experiment.axes.size(); ++axis) {
    for (const auto& key_values : experiment.axes[axis].values) values.push_back(key_values.at(cell.position.at(axis)));
  }
  return values;
}

std::vector<std::string> told_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Axis& axis : experiment.axes)
    for (std::size_t k = 0; k < axis.keys.size(); ++k)
      if (tells(axis, k)) names.push_back(axis.coordinates[k]);
  return names;
}

std::vector<SweepValue> told_values(const Experiment& experiment, const Cell& cell) {
  std::vector<SweepValue> values;
  for (std::size_t a = 0; a < experiment.axes.size(); ++a)
    for (std::size_t k = 0; k < experiment.axes[a].keys.size(); ++k)
      if (tells(experiment.axes[a], k)) values.push_back(experiment.axes[a].values[k].at(static_cast<std::size_t>(cell.position.at(a))));
  return values;
}

std::string swept_text(const SweepValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? fmt::format("{:.6g}", *number) : std::get<std::string>(value);
}

Question question_of(const Experiment& experiment) {
  return std::all_of(experiment.cells.begin(), experiment.cells.end(), asks_for_jumps) ? Question::jumps
                                                                                       : Question::final_ranks;
}

namespace {

bool any_phase(const Experiment& experiment, bool (PhaseSpec::*holds)() const) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(), [&](const Cell& cell) {
    return std::any_of(cell.phases.begin(), cell.phases.end(), std::mem_fn(holds));
  });
}

}  // namespace

bool has_flow(const Experiment& experiment) { return any_phase(experiment, &PhaseSpec::flows); }
bool has_memory(const Experiment& experiment) { return any_phase(experiment, &PhaseSpec::remembers); }

std::string interval_name(IntervalKind kind) {
  switch (kind) {
    case IntervalKind::clopper_pearson: return "Clopper-Pearson";
    case IntervalKind::wilson: return "Wilson score";
    case IntervalKind::jeffreys: return "Jeffreys";
  }
  return "";
}

std::string percent_text(double confidence) { return fmt::format("{:.6g} %", 100.0 * confidence); }

std::string counted(std::int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string rest_in_csv(std::size_t more, const std::string& noun, const std::string& file) {
  return more == 0 ? "" : fmt::format("... and {} in {}\n", counted(static_cast<std::int64_t>(more), "more " + noun), file);
}

std::string csv_field(const SweepValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? fmt::format("{}", *number) : std::get<std::string>(value);
}

std::string csv_line(const std::vector<std::string>& fields) {
  const auto quoted = [](const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string text = "\"";
    for (const char character : field) text += character == '"' ? "\"\"" : std::string(1, character);
    return text + '"';
  };
  std::vector<std::string> texts;
  for (const std::string& field : fields) texts.push_back(quoted(field));
  return fmt::format("{}\n", fmt::join(texts, ","));
}

std::string range_text(const std::vector<double>& values) {
  assert(!values.empty());
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low == *high ? fmt::format("{}", *low) : fmt::format("{} to {}", *low, *high);
}

int probability_decimals(std::int64_t replicas) {
  return std::max(3, static_cast<int>(std::ceil(std::log10(static_cast<double>(std::max<std::int64_t>(replicas, 1))))));
}

std::string probability_text(const Proportion& share, int decimals) {
  if (share.trials == 0) return "-";
  if (share.events == 0) return fmt::format("< {:.{}f}", share.interval.high, decimals);
  if (share.events == share.trials) return fmt::format("> {:.{}f}", share.interval.low, decimals);
  return fmt::format("{:.{}f}", share.value(), decimals);
}

std::string interval_text(const Proportion& share, int decimals) {
  if (share.trials == 0) return "-";
  return fmt::format("[{:.{}f}, {:.{}f}]", share.interval.low, decimals, share.interval.high, decimals);
}

}  // namespace rankfall
