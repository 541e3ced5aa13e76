// [probe] monitor: whether the factors are read at probes, and the thresholds of the sets B_r.
#include <fmt/format.h>

#include <array>

#include "config/sections.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 3> monitor_keys{"imbalance", "singular_value", "factor_norm"};

[[noreturn]] void refuse_monitor(const Node& node, const std::string& what, const std::string& why, const std::string& remedy) {
  throw ConfigError({text(node.place), "probe.monitor " + what, why, remedy});
}

// What the last phase must have for thresholds that are not given to follow from it.
void check_thresholds(const Node& node, const MonitorSpec& monitor, const Factorization& model, const PhaseSpec& last) {
  const bool plain = last.optimizer == Optimizer::gradient_descent || last.optimizer == Optimizer::sgd;
  if (!monitor.singular_value && model.depth < 3)
    refuse_monitor(node, "has no singular_value",
                   fmt::format("at depth {} there is no value below which every draw shrinks a mode", model.depth),
                   "give one, for example monitor = { singular_value = 0.01 }");
  if (!(monitor.imbalance && monitor.singular_value && monitor.factor_norm) && last.ridge <= 0.0)
    refuse_monitor(node, "lacks a threshold", "without a ridge in the last phase none follows from it",
                   "give imbalance, singular_value and factor_norm, or set objective.ridge");
  if (!monitor.imbalance && !plain)
    refuse_monitor(node, "has no imbalance", "it follows from the learning rate of gd or sgd, which the last phase is not",
                   "give one, for example monitor = { imbalance = 0.1 }");
}

}  // namespace

std::optional<MonitorSpec> read_monitor(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                        const std::vector<PhaseSpec>& phases) {
  const Node* node = find(find(&root, "probe"), "monitor");
  if (node == nullptr) return std::nullopt;
  const bool* flag = node->as<bool>();
  if (flag == nullptr && node->as<Table>() == nullptr)
    refuse_type(*node, "probe.monitor", "true, false or a table of thresholds", "true or { singular_value = 0.01 }");
  if (flag != nullptr && !*flag) return std::nullopt;
  MonitorSpec monitor;
  const TableReader table(flag == nullptr ? node : nullptr, "probe.monitor", node->place, monitor_keys);
  monitor.imbalance = table.number("imbalance", positive);
  monitor.singular_value = table.number("singular_value", positive);
  monitor.factor_norm = table.number("factor_norm", positive);
  const PhaseSpec& last = phases.back();
  if (last.greedy())
    refuse_monitor(*node, "has no meaning here", "the last phase is greedy low-rank learning, which has no probes", "remove it");
  if (last.observes(problem.observed).measures())
    refuse_monitor(*node, "has no meaning here", "the last phase observes measurements, and residuals are of entries", "remove it");
  check_thresholds(*node, monitor, model, last);
  return monitor;
}

}  // namespace rankfall::config
