// What a gradient flow has of its own: in its phase, in [probe], and of the whole run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/sweep_values.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

// Beyond it what is made of times could overflow.
constexpr NumberRule flow_time{[](double x) { return x >= 0.0 && x <= 1e100; }, "0 or greater and at most 1e100"};

double frobenius_norm(const std::vector<double>& entries) {
  double sum = 0.0;
  for (const double entry : entries) sum += entry * entry;
  return std::sqrt(sum);
}

bool any_flow(const std::vector<PhaseSpec>& phases) {
  return std::any_of(phases.begin(), phases.end(), [](const PhaseSpec& phase) { return phase.flows(); });
}

}  // namespace

void read_flow(const TableReader& reader, const NumberRule& tolerance, PhaseSpec& phase) {
  for (const std::string_view key : {"learning_rate", "steps"})
    reader.forbid(key, "a gradient flow has a time, and finds its own steps", "remove it, or set optimizer = 'gd'");
  const auto time = reader.number("time", flow_time);
  if (!time) reader.miss("time", "a gradient flow has no default length", "add for example time = 1e4");
  phase.time = *time;
  const std::int64_t most = reader.integer("maximum_steps", {1, most_steps}).value_or(1'000'000);
  phase.steps = phase.time > 0.0 ? most : 0;
  phase.relative_tolerance = reader.number("relative_tolerance", tolerance).value_or(phase.relative_tolerance);
  phase.absolute_tolerance = reader.number("absolute_tolerance", not_negative).value_or(phase.absolute_tolerance);
}

double flow_blow_up(const ProblemSpec& problem, const TargetSpec& target) {
  double norm = std::sqrt(static_cast<double>(problem.rows) * problem.columns);
  if (target.kind == TargetKind::spectrum) norm = frobenius_norm(target.spectrum);
  if (target.kind == TargetKind::given) norm = frobenius_norm(target.matrix->entries);
  norm = std::hypot(norm, problem.noise * std::sqrt(static_cast<double>(problem.rows) * problem.columns));
  return 1e3 * (norm > 0.0 ? norm : 1.0);
}

std::vector<double> read_times(const TableReader& reader, const std::vector<PhaseSpec>& phases) {
  const Node* node = reader.find("times");
  if (node == nullptr) return {};
  if (!any_flow(phases))
    reader.refuse("times", "has no effect", "they are times of gradient flows, and no phase is one",
                  "set probe.every, or optimizer = 'gradient-flow'");
  constexpr std::string_view example = "[1, 10, 100] or { logspace = [1, 1e4, 41] }";
  const List* list = node->as<List>();
  if (list != nullptr && list->empty())
    reader.refuse("times", "is empty", "a list of times has at least one", "list at least one, or remove the key");
  if (list == nullptr && node->as<Table>() == nullptr)
    refuse_type(*node, "probe.times", "a list of times, or a table that makes one", example);
  std::vector<double> times;
  Node named = *node;  // as messages are to call it
  named.key = "probe.times";
  for (const Node& value : sweep_values(named)) {
    times.push_back(number_of(value, "probe.times"));
    const bool ascends = times.size() == 1 || times.back() > times[times.size() - 2];
    if (!ascends || times.back() < 0.0)
      reader.refuse("times", fmt::format("holds {} out of order", shortest(times.back())),
                    "they are times since the phase began, ascending from 0", "sort them, each once");
  }
  if (times.front() == 0.0) times.erase(times.begin());  // the probe before the first step
  return times;
}

}  // namespace rankfall::config
