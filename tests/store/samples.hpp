#pragma once
// Made-up results that exercise every array, and a directory that cleans up after itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "rankfall/result_store.hpp"
#include "tests/store/outcomes.hpp"

namespace rankfall::samples {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rankfall-store-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  int files() const { return static_cast<int>(std::distance(std::filesystem::directory_iterator(path_), {})); }

 private:
  std::string path_;
};

enum class Trajectories { none, kept };

// Rooms for solutions of greedy low-rank learning, and 1 where flows are compared with its path.
struct Greedy {
  int solutions = 0, compared = 0;
};

// Replica `index` of `cell` behind those in `results`. A function of (cell, index) alone, so that blocks can be cut
// anywhere. Every seventh replica diverged; some doubles have odd bits (negative zero, subnormal, infinity).
inline void add_replica(ReplicaResults& results, std::int64_t index, Trajectories trajectories) {
  std::mt19937_64 random(static_cast<std::uint64_t>(results.cell) * 1000003 + static_cast<std::uint64_t>(index));
  const bool diverged = index % 7 == 3;
  const auto number = [&]() -> double {
    const double value = std::ldexp(static_cast<double>(random() >> 11), -53);
    if (diverged) return std::numeric_limits<double>::quiet_NaN();
    switch (random() % 16) {
      case 0:
        return -0.0;
      case 1:
        return std::numeric_limits<double>::denorm_min();
      case 2:
        return std::numeric_limits<double>::infinity();
      default:
        return value;
    }
  };
  const auto small = [&](int below) { return static_cast<std::int32_t>(random() % static_cast<unsigned>(below)); };
  for (auto& array : results.observable) array.push_back(number());
  for (int i = 0; i < results.singular_value_count; ++i) results.singular_values.push_back(number());
  for (int i = 0; i < results.factor_count; ++i) results.factor_norms.push_back(number());
  results.rank.push_back(diverged ? -1 : small(5));
  results.numerical_rank.push_back(diverged ? -1 : small(5));
  results.start_rank.push_back(small(6) - 1);
  results.start_step.push_back(small(1000));
  results.steps.push_back((std::int64_t{1} << 40) + small(1000));  // more than 32 bits
  results.time.push_back(0.5 * small(1000));
  results.objective_rise.push_back(index % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 + 0.25 * small(9));
  const Outcome ends[] = {Outcome::converged, Outcome::exhausted, Outcome::stopped, Outcome::blow_up, Outcome::stalled};
  results.outcome.push_back(diverged ? Outcome::diverged : ends[small(5)]);
  results.tries.push_back(1 + small(4));
  if (results.solution_count > 0) results.greedy_outcome.push_back(diverged ? -1 : small(6));
  for (int k = 0; k < results.solution_count; ++k) {
    results.greedy_rank.push_back(small(6) - 1);
    for (auto* array : {&results.greedy_loss, &results.greedy_unobserved_error, &results.greedy_nuclear_norm,
                        &results.greedy_escape_rate, &results.greedy_gap, &results.greedy_time})
      array->push_back(number());
    if (results.compared > 0) results.greedy_approach.push_back(number());
  }
  if (results.compared > 0) results.greedy_distance_maximum.push_back(number());
  if (results.compared > 0) results.greedy_end_distance.push_back(number());
  for (int e = small(3); e > 0; --e) {
    const std::int64_t before = (3 - e) * 2000 + small(1000);
    results.events.push_back({index, before, before + 1000, small(5), small(5), small(2), 0.5 * small(9), 5.0 + small(9)});
  }
  if (trajectories == Trajectories::kept) {
    const int probes = 1 + small(4);
    for (int p = 0; p < probes; ++p) {
      results.trajectory_step.push_back(1000 * p);
      results.trajectory_time.push_back(0.25 * p);
      results.trajectory_phase.push_back(p / 2);
      results.trajectory_rank.push_back(small(6) - 1);
      for (auto& array : results.trajectory_observable) array.push_back(number());
      for (int i = 0; i < results.singular_value_count; ++i) results.trajectory_singular_values.push_back(number());
      if (results.compared > 0) results.trajectory_greedy_distance.push_back(number());
      if (results.compared > 0) results.trajectory_greedy_solution_distance.push_back(number());
    }
    if (results.trajectory_begin.empty()) results.trajectory_begin = {0};
    results.trajectory_begin.push_back(results.trajectory_begin.back() + probes);
  }
  ++results.count;
}

// Replicas [first, first + count) of a cell.
inline ReplicaResults block(int cell, std::int64_t first, std::int64_t count, int singular_values = 3, int factors = 2,
                            Trajectories trajectories = Trajectories::none, Greedy greedy = {}) {
  ReplicaResults results;
  results.cell = cell;
  results.first = first;
  results.singular_value_count = singular_values;
  results.factor_count = factors;
  results.solution_count = greedy.solutions;
  results.compared = greedy.compared;
  if (trajectories == Trajectories::kept) results.trajectory_begin = {0};
  for (std::int64_t r = first; r < first + count; ++r) add_replica(results, r, trajectories);
  return results;
}

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

inline bool same_events(const std::vector<RankEvent>& a, const std::vector<RankEvent>& b) {
  const auto tied = [](const RankEvent& e) {
    return std::tie(e.replica, e.step_before, e.step_after, e.rank_before, e.rank_after, e.phase);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const RankEvent& x, const RankEvent& y) { return tied(x) == tied(y); });
}

// Bitwise equality, written out member by member: a new member does not compile until it is compared here.
inline void expect_same(const ReplicaResults& a, const ReplicaResults& b) {
  const auto& [cell, first, count, values, factors, solutions, compared, trained, left_out, observable, singular_values,
               factor_norms, rank, numerical_rank, start_rank, start_step, steps, time, rise, outcome, tries, g_outcome, g_rank,
               g_loss, g_error, g_norm, g_rate, g_gap, g_time, g_distance, g_end, g_approach, events, begin, t_step, t_time,
               t_phase, t_rank, t_observable, t_singular_values, t_distance, t_solution_distance] = a;
  static_cast<void>(trained);  // of the process that trained it, not of the result
  EXPECT_EQ(std::tie(cell, first, count, values, factors, solutions, compared, left_out),
            std::tie(b.cell, b.first, b.count, b.singular_value_count, b.factor_count, b.solution_count, b.compared,
                     b.left_out));
  EXPECT_EQ(g_outcome, b.greedy_outcome);
  EXPECT_EQ(g_rank, b.greedy_rank);
  EXPECT_TRUE(same_bits(g_loss, b.greedy_loss) && same_bits(g_error, b.greedy_unobserved_error) &&
              same_bits(g_norm, b.greedy_nuclear_norm) && same_bits(g_rate, b.greedy_escape_rate) &&
              same_bits(g_gap, b.greedy_gap) && same_bits(g_time, b.greedy_time));
  EXPECT_TRUE(same_bits(g_distance, b.greedy_distance_maximum) && same_bits(g_end, b.greedy_end_distance) &&
              same_bits(g_approach, b.greedy_approach));
  EXPECT_TRUE(same_bits(t_distance, b.trajectory_greedy_distance) &&
              same_bits(t_solution_distance, b.trajectory_greedy_solution_distance));
  for (int i = 0; i < observable_count; ++i) EXPECT_TRUE(same_bits(observable[i], b.observable[i])) << i;
  EXPECT_TRUE(same_bits(singular_values, b.singular_values));
  EXPECT_TRUE(same_bits(factor_norms, b.factor_norms));
  EXPECT_EQ(rank, b.rank);
  EXPECT_EQ(numerical_rank, b.numerical_rank);
  EXPECT_EQ(start_rank, b.start_rank);
  EXPECT_EQ(start_step, b.start_step);
  EXPECT_EQ(steps, b.steps);
  EXPECT_TRUE(same_bits(time, b.time));
  EXPECT_TRUE(same_bits(rise, b.objective_rise));
  EXPECT_EQ(outcome, b.outcome);
  EXPECT_EQ(tries, b.tries);
  EXPECT_TRUE(same_events(events, b.events));
  EXPECT_EQ(begin, b.trajectory_begin);
  EXPECT_EQ(t_step, b.trajectory_step);
  EXPECT_EQ(t_time, b.trajectory_time);
  EXPECT_EQ(t_phase, b.trajectory_phase);
  EXPECT_EQ(t_rank, b.trajectory_rank);
  for (int i = 0; i < observable_count; ++i) EXPECT_TRUE(same_bits(t_observable[i], b.trajectory_observable[i])) << i;
  EXPECT_TRUE(same_bits(t_singular_values, b.trajectory_singular_values));
}

inline void expect_same(const RunResults& a, const RunResults& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t c = 0; c < a.size(); ++c) {
    SCOPED_TRACE(c);
    expect_same(a[c], b[c]);
  }
}

// Cells over the product of `axes`; each trains a depth-2 model of 3 x 3 matrices.
inline Experiment experiment(std::vector<Axis> axes, std::int64_t replicas) {
  Experiment e;
  e.name = "sample";
  e.seed = 0xfedcba9876543210ULL;  // beyond a signed 64-bit integer
  e.replicas = replicas;
  e.axes = std::move(axes);
  e.text = "name = \"sample\"  # \xc3\xa9\n";
  e.digest = 0x0123456789abcdefULL;
  int cells = 1;
  for (const Axis& axis : e.axes) cells *= axis.size();
  for (int index = 0; index < cells; ++index) {
    Cell cell;
    cell.index = index;
    cell.position.resize(e.axes.size());
    for (std::size_t a = e.axes.size(), rest = static_cast<std::size_t>(index); a-- > 0;) {
      const auto size = static_cast<std::size_t>(e.axes[a].size());
      cell.position[a] = static_cast<int>(rest % size);
      rest /= size;
    }
    cell.model.widths = {3, 3, 3};
    e.cells.push_back(cell);
  }
  return e;
}

inline Axis axis(const std::string& key, const std::string& name, std::vector<SweepValue> values) {
  return {name, {key}, {name}, {std::move(values)}};
}

inline Provenance provenance() {
  return {"0.1.0",
          "abc123",
          "g++",
          "-O3",
          "cpu",
          "2 threads",
          "rankfall run x.toml",
          "2024-05-06T07:08:09Z",
          "2",
          12.5,
          3.0e9,
          "ignored: the file computes its own"};
}

// A 2 x 3 grid whose last cell is short and whose middle one is empty; the second row is deeper.
struct Grid {
  explicit Grid(Trajectories trajectories = Trajectories::none)
      : experiment(samples::experiment({axis("model.depth", "depth", {2.0, 4.0}),
                                        axis("phase.noise.learning_rate", "learning_rate", {0.1, 0.2, 0.3})},
                                       20)) {
    for (int c = 0; c < 6; ++c) {
      if (c >= 3) experiment.cells[static_cast<std::size_t>(c)].model.widths = {3, 3, 3, 3, 3};
      results.push_back(block(c, 0, c == 5 ? 7 : 20, 3, c >= 3 ? 4 : 2, trajectories));
    }
    results[1] = block(1, 0, 0, 3, 2);
  }
  Experiment experiment;
  RunResults results;
};

}  // namespace rankfall::samples
