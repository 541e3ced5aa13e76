#pragma once
// Experiments from text, trained in any cut, and what can be asked of their results.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "backend/cpu_backend.hpp"
#include "config/config.hpp"
#include "rankfall/error.hpp"
#include "store/fields.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"

namespace rankfall::test {

// Sanitizers cost a factor of ten: statistical tests then take a smaller sample, and their intervals widen with it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::int64_t sample_divisor = 8;
#else
inline constexpr std::int64_t sample_divisor = 1;
#endif

inline Experiment parse(const std::string& text, const Overrides& overrides = {}) {
  return parse_experiment(text, "test.toml", "", overrides);
}

// All replicas in units of `size`, cell by cell.
inline std::vector<WorkUnit> cut(const Experiment& experiment, std::int64_t size) {
  std::vector<WorkUnit> units;
  for (const Cell& cell : experiment.cells)
    for (std::int64_t first = 0; first < experiment.replicas; first += size)
      units.push_back({cell.index, first, std::min(size, experiment.replicas - first)});
  return units;
}

struct Training {
  int threads = 1;
  std::int64_t trace_every = 0;
};

// Blocks that came in whatever order, as one per cell.
inline RunResults in_order(const Experiment& experiment, std::vector<ReplicaResults> blocks) {
  std::sort(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  RunResults results = empty_results(experiment);
  for (ReplicaResults& block : blocks) append(results[static_cast<std::size_t>(block.cell)], std::move(block));
  return results;
}

inline RunResults train(Backend& backend, const Experiment& experiment, const std::vector<WorkUnit>& units,
                        std::int64_t trace_every = 0) {
  std::vector<ReplicaResults> blocks;
  backend.train(experiment, units,
                {.deliver = [&](ReplicaResults&& block) { blocks.push_back(std::move(block)); }, .trace_every = trace_every});
  return in_order(experiment, std::move(blocks));
}

inline RunResults train(const Experiment& experiment, const std::vector<WorkUnit>& units, Training how = {}) {
  return train(*make_cpu_backend(how.threads), experiment, units, how.trace_every);
}

inline RunResults train(const Experiment& experiment, Training how = {}) {
  return train(experiment, cut(experiment, 256), how);
}

inline ReplicaResults train_one_cell(const std::string& text, const Overrides& overrides = {}) {
  return train(parse(text, overrides)).at(0);
}

inline double value(const ReplicaResults& results, Observable observable, std::int64_t replica) {
  return results.observable[static_cast<std::size_t>(observable)][static_cast<std::size_t>(replica)];
}

inline double singular_value(const ReplicaResults& results, std::int64_t replica, int k) {
  return results.singular_values[static_cast<std::size_t>(replica * results.singular_value_count + k)];
}

// Everything that is stored of one replica but its place, bit by bit; all NaNs count as one.
inline std::vector<std::uint64_t> bits_of(const ReplicaResults& results, std::int64_t replica) {
  std::vector<std::uint64_t> bits;
  const auto add = [&](auto number) {
    if constexpr (std::is_floating_point_v<decltype(number)>)
      bits.push_back(std::isnan(number) ? ~0ull : std::bit_cast<std::uint64_t>(number));
    else
      bits.push_back(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
  };
  visit_replica_fields(
      [&](const Field& field, const auto& array) {
        const std::int64_t width = entries_per_row(results, field.per);
        for (std::int64_t k = 0; k < width; ++k) add(array[static_cast<std::size_t>(replica * width + k)]);
      },
      results);
  for (RankEvent event : results.events) {
    if (event.replica != results.first + replica) continue;
    event.replica = 0;
    visit_event_facts([&](const Field&, auto number) { add(event.*number); });
  }
  for (Plateau plateau : results.plateaus) {
    if (plateau.replica != results.first + replica) continue;
    plateau.replica = 0;
    visit_plateau_fields([&](const Field&, auto number) { add(plateau.*number); });
  }
  return bits;
}

// The errors that its events tell.
inline std::vector<std::uint64_t> event_error_bits(const ReplicaResults& results) {
  std::vector<std::uint64_t> bits;
  for (const RankEvent& event : results.events)
    for (const double error : {event.error_before, event.error_after})
      bits.push_back(std::isnan(error) ? ~0ull : std::bit_cast<std::uint64_t>(error));
  return bits;
}

// Everything of its trajectory, likewise.
inline std::vector<std::uint64_t> trajectory_bits(const ReplicaResults& results, std::int64_t replica) {
  std::vector<std::uint64_t> bits;
  const auto begin = results.trajectory_begin[static_cast<std::size_t>(replica)];
  const auto end = results.trajectory_begin[static_cast<std::size_t>(replica) + 1];
  visit_trajectory_fields(
      [&](const Field& field, const auto& array) {
        const std::int64_t width = entries_per_row(results, field.per);
        for (std::int64_t k = begin * width; k < end * width; ++k) {
          const double number = static_cast<double>(array[static_cast<std::size_t>(k)]);
          bits.push_back(std::isnan(number) ? ~0ull : std::bit_cast<std::uint64_t>(number));
        }
      },
      results);
  return bits;
}

// Why training was refused; empty if it was not.
inline std::string refusal(const Experiment& experiment) {
  try {
    train(experiment);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Instance K5a: d = 5, ten observed entries, target u v^T; at depth 3 and ridge 0.03 descent ends in one of two minima.
inline const std::string k5a_problem = R"(
[problem]
target = [
  [-0.35, 1.19, 0.28, 0.07, -0.91],
  [0.35, -1.19, -0.28, -0.07, 0.91],
  [-0.7, 2.38, 0.56, 0.14, -1.82],
  [0.7, -2.38, -0.56, -0.14, 1.82],
  [0.1, -0.34, -0.08, -0.02, 0.26],
]
observed = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [2, 3], [3, 0], [3, 4], [4, 0], [4, 4]]
)";

}  // namespace rankfall::test
