#pragma once
// What tests of the store need: a directory that cleans up after itself, equality of results, experiments.
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "rankfall/result_store.hpp"
#include "tests/store/made_results.hpp"
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

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

inline bool same_events(const std::vector<RankEvent>& a, const std::vector<RankEvent>& b) {
  const auto tied = [](const RankEvent& e) {
    return std::tie(e.replica, e.step_before, e.step_after, e.rank_before, e.rank_after, e.phase);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const RankEvent& x, const RankEvent& y) {
    return tied(x) == tied(y) && same_bits({x.error_before, x.error_after}, {y.error_before, y.error_after});
  });
}

inline bool same_plateaus(const std::vector<Plateau>& a, const std::vector<Plateau>& b) {
  const auto tied = [](const Plateau& p) {
    return std::tie(p.replica, p.step_begin, p.step_end, p.time_begin, p.time_end, p.loss, p.gradient_norm, p.rank, p.phase);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Plateau& x, const Plateau& y) { return tied(x) == tied(y); });
}

// Bitwise equality, written out member by member: a new member does not compile until it is compared here.
inline void expect_same(const ReplicaResults& a, const ReplicaResults& b) {
  const auto& [cell, first, count, values, factors, solutions, compared, alignments, velocities, couplings, monitors, trained, left_out, observable, singular_values,
               factor_norms, rank, numerical_rank, start_rank, start_step, steps, time, rise, outcome, tries, g_outcome, g_rank,
               g_loss, g_error, g_norm, g_rate, g_gap, g_time, g_distance, g_end, g_approach, a_left, a_right, velocity, balanced, index, blocks, l_largest, l_smallest, residual, l_rank, residual_maximum, imbalance_maximum,
               norm_maximum, entries, exits, inside_steps, events, plateaus, begin, t_step, t_time,
               t_phase, t_rank, t_observable, t_singular_values, t_distance, t_solution_distance, t_left, t_right, t_velocity, t_balanced, t_index, t_blocks, t_l_largest,
               t_l_smallest, t_residual, t_norm, t_l_rank] = a;
  static_cast<void>(trained);  // of the process that trained it, not of the result
  EXPECT_EQ(std::tie(cell, first, count, values, factors, solutions, compared, alignments, velocities, couplings, monitors, left_out),
            std::tie(b.cell, b.first, b.count, b.singular_value_count, b.factor_count, b.solution_count, b.compared,
                     b.alignments, b.velocities, b.couplings, b.monitors, b.left_out));
  EXPECT_TRUE(same_bits(l_largest, b.layer_value_largest) && same_bits(l_smallest, b.layer_value_smallest) &&
              same_bits(residual, b.largest_residual) && same_bits(residual_maximum, b.residual_maximum) &&
              same_bits(imbalance_maximum, b.imbalance_maximum) && same_bits(norm_maximum, b.factor_norm_maximum));
  EXPECT_EQ(std::tie(l_rank, entries, exits, inside_steps, t_l_rank),
            std::tie(b.layer_rank, b.absorbing_entries, b.absorbing_exits, b.absorbing_steps, b.trajectory_layer_rank));
  EXPECT_TRUE(same_bits(t_l_largest, b.trajectory_layer_value_largest) && same_bits(t_l_smallest, b.trajectory_layer_value_smallest) &&
              same_bits(t_residual, b.trajectory_largest_residual) && same_bits(t_norm, b.trajectory_largest_factor_norm));
  EXPECT_TRUE(same_bits(index, b.coupling_index) && same_bits(blocks, b.coupling_blocks) &&
              same_bits(t_index, b.trajectory_coupling_index) && same_bits(t_blocks, b.trajectory_coupling_blocks));
  EXPECT_TRUE(same_bits(a_left, b.alignment_left) && same_bits(a_right, b.alignment_right) &&
              same_bits(velocity, b.mode_velocity) && same_bits(balanced, b.mode_velocity_balanced));
  EXPECT_TRUE(same_bits(t_left, b.trajectory_alignment_left) && same_bits(t_right, b.trajectory_alignment_right) &&
              same_bits(t_velocity, b.trajectory_mode_velocity) &&
              same_bits(t_balanced, b.trajectory_mode_velocity_balanced));
  EXPECT_TRUE(same_plateaus(plateaus, b.plateaus));
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
