// What an experiment is allowed to ask for but is likely to regret. Thresholds are measured; docs/theory says how.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/wording.hpp"

namespace rankfall {
namespace {

using config::shortest;

constexpr double float32_gradient_floor = 1e-7;
constexpr double float32_relative_rank_floor = 1e-6;
constexpr double float32_smallest_rate = 1e-3;
constexpr double float32_smallest_normal = 1.17549435e-38;
// Of factors and losses of order 1; docs/theory.md.
constexpr double float64_gradient_floor = 1e-15;
constexpr double float64_relative_rank_floor = 1e-12;
constexpr double settling_time = 20.0;  // learning_rate * ridge * steps after which a rank may be called

// Warnings of all cells; a warning that several grid points share (by `kind`) is told once, with its first values.
class Collector {
 public:
  void add(const std::string& kind, const std::string& line) {
    if (counts_[kind]++ == 0) first_.emplace_back(kind, line);
  }

  std::vector<std::string> lines(std::size_t cells) const {
    std::vector<std::string> result;
    for (const auto& [kind, line] : first_) {
      const std::size_t count = counts_.at(kind);
      result.push_back(count == cells ? line : fmt::format("{} (in {} of {} cells)", line, count, cells));
    }
    return result;
  }

 private:
  std::map<std::string, std::size_t> counts_;
  std::vector<std::pair<std::string, std::string>> first_;
};

void check_float32(const Cell& cell, Collector& collector) {
  for (const PhaseSpec& phase : cell.phases) {
    const std::string key = "phase." + phase.name;
    if (phase.stop.gradient_norm && *phase.stop.gradient_norm < float32_gradient_floor) {
      collector.add(key + ".stop",
                    fmt::format("{}.stop.gradient_norm = {} is below the rounding floor of float32 (about "
                                "1e-7) and may never hold; raise it or set precision = \"float64\"",
                                key, shortest(*phase.stop.gradient_norm)));
    }
    double rate = phase.learning_rate;
    for (const Stretch& stretch : phase.stretches) rate = std::min(rate, stretch.learning_rate);
    if (phase.optimizer == Optimizer::gradient_descent && rate < float32_smallest_rate) {
      collector.add(key + ".rate", fmt::format("{}.learning_rate = {} is so small that float32 may lose updates of gd; "
                                               "raise it to 1e-3 or set precision = \"float64\"",
                                               key, shortest(rate)));
    }
  }
  const ProbeSpec& probe = cell.probe;
  if (!probe.tolerance_is_absolute && probe.rank_tolerance < float32_relative_rank_floor) {
    collector.add("tolerance",
                  fmt::format("probe.rank_tolerance = {} is below what float32 resolves (about 1e-6 of the "
                              "largest singular value); raise it or set precision = \"float64\"",
                              shortest(probe.rank_tolerance)));
  }
  if (probe.quench.gradient_norm < float32_gradient_floor) {
    collector.add("quench", fmt::format("probe.quench.gradient_norm = {} is below the rounding floor of float32 (about "
                                        "1e-7); raise it or set precision = \"float64\"",
                                        shortest(probe.quench.gradient_norm)));
  }
  if (cell.initialization.scale < float32_smallest_normal) {
    collector.add("scale",
                  fmt::format("initialization.scale = {} is 0 in float32, and zero factors never move; raise it "
                              "or set precision = \"float64\"",
                              shortest(cell.initialization.scale)));
  }
}

void check_float64(const Cell& cell, Collector& collector) {
  constexpr std::string_view advice = "set precision = \"double-double\"";
  for (const PhaseSpec& phase : cell.phases) {
    const std::string key = "phase." + phase.name;
    if (phase.stop.gradient_norm && *phase.stop.gradient_norm < float64_gradient_floor && !phase.draws())
      collector.add(key + ".stop", fmt::format("{}.stop.gradient_norm = {} is below the rounding floor of float64 (about 1e-15) "
                                               "and may never hold; raise it or {}",
                                               key, shortest(*phase.stop.gradient_norm), advice));
  }
  const ProbeSpec& probe = cell.probe;
  if (!probe.tolerance_is_absolute && probe.rank_tolerance < float64_relative_rank_floor)
    collector.add("tolerance", fmt::format("probe.rank_tolerance = {} is below what float64 resolves (about 1e-12 of the "
                                           "largest singular value); raise it or {}",
                                           shortest(probe.rank_tolerance), advice));
}

void check_settling_flow(const PhaseSpec& phase, Collector& collector) {
  const double time = phase.ridge * phase.time;
  if (phase.ridge == 0.0 || time >= settling_time * 0.999) return;
  collector.add("settle." + phase.name,
                fmt::format("phase.{}: ridge * time = {:.3g} is less than 20, so the rank may not have settled when the "
                            "next phase begins; raise phase.{}.time to {}",
                            phase.name, time, phase.name, shortest(settling_time / phase.ridge)));
}

// Without a ridge the minimum does not select a rank, so there is no settling time to wait for.
void check_settling(const Cell& cell, Collector& collector) {
  for (std::size_t i = 0; i + 1 < cell.phases.size(); ++i) {
    const PhaseSpec& phase = cell.phases[i];
    if (phase.is_empty()) continue;  // wanted so: the length is swept from 0, or the cell starts cold
    if (phase.flows()) {
      check_settling_flow(phase, collector);
      continue;
    }
    const double time = sum_over_steps(phase, [](const Stretch& now) { return now.learning_rate * now.ridge; });
    // A tenth of a percent of slack: 0.02 * 0.02 * 50000 must count as 20.
    const bool settles = phase.optimizer == Optimizer::gradient_descent && phase.ridge > 0.0;
    if (!settles || time >= settling_time * 0.999) continue;
    collector.add(
        "settle." + phase.name,
        fmt::format("phase.{}: learning_rate * ridge * steps = {:.3g} is less than 20, so the rank may not have "
                    "settled when the next phase begins; raise phase.{}.steps to {:.0f}",
                    phase.name, time, phase.name, settling_time / time * static_cast<double>(phase.steps)));
  }
}

void check_probing(const Cell& cell, Collector& collector) {
  for (const PhaseSpec& phase : cell.phases) {
    if (cell.probe.every <= phase.steps || phase.flows() || phase.is_empty()) continue;
    collector.add(
        "probe." + phase.name,
        fmt::format("probe.every = {} is more than the {} steps of phase.{}, which is probed at its ends only; "
                    "lower probe.every",
                    cell.probe.every, phase.steps, phase.name));
  }
}

void check_times(const Cell& cell, Collector& collector) {
  const double end = longest_flow(cell.phases);
  const auto times = static_cast<std::int64_t>(cell.probe.times.size()), met = cell.probe.times_until(end);
  if (met == times || end == 0.0) return;
  collector.add("times", fmt::format("{} of the {} probe.times are beyond {}, the time of the longest gradient flow, and "
                                     "never come; raise its time, or remove them",
                                     times - met, times, shortest(end)));
}

void check_independence(const Experiment& experiment, const Cell& cell, Collector& collector) {
  const bool draws = std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& p) { return p.draws(); });
  const bool one_start = cell.initialization.same_for_all() || cell.phases.front().greedy();
  if (draws || experiment.replicas == 1 || !one_start ||
      cell.problem.instances == Instances::per_replica) {
    return;
  }
  collector.add("independence",
                "every replica has the same start and problem and no phase draws at random, so all replicas are one and "
                "intervals mean nothing; set replicas = 1, or initialization.instances = \"per-replica\"");
}

}  // namespace

std::vector<std::string> warnings(const Experiment& experiment) {
  Collector collector;
  for (const Cell& cell : experiment.cells) {
    if (experiment.precision == Precision::float32) check_float32(cell, collector);
    if (experiment.precision == Precision::float64) check_float64(cell, collector);
    check_settling(cell, collector);
    check_probing(cell, collector);
    check_times(cell, collector);
    check_independence(experiment, cell, collector);
  }
  return collector.lines(experiment.cells.size());
}

}  // namespace rankfall
