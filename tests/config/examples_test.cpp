// The examples that ship: they parse, without a warning, and are what they say.
#include <gtest/gtest.h>

#include <cmath>

#include "support.hpp"

namespace rankfall {
namespace {

std::string example(const std::string& name) {
  return std::string(RANKFALL_SOURCE_DIR) + "/examples/" + name + ".toml";
}

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, ParsesWithoutWarnings) {
  const Experiment experiment = load_experiment(example(GetParam()));
  EXPECT_EQ(warnings(experiment), std::vector<std::string>{});
  EXPECT_EQ(parse_experiment(experiment.text, "again", "/").digest, experiment.digest);
  std::ifstream stream(example(GetParam()));
  std::string first;
  std::getline(stream, first);
  EXPECT_EQ(first.substr(0, 2), "# ");
}

INSTANTIATE_TEST_SUITE_P(All, Example, testing::Values("rank_jumps", "depth_and_scale", "seed_sweep", "greedy_escape", "glrl_counterexample", "glrl_trajectory_distance",
                                                      "matrix_sensing", "razin_cohen_blow_up", "double_double_limits",
                                                      "shin_yun_limits_vs_scale", "shin_yun_coupling_index", "shin_yun_phase_diagram",
                                                      "plasticity_phase_diagram", "arora_depth_and_scale",
                                                      "arora_depth_and_scale_full", "arora_dynamics", "arora_dynamics_full",
                                                      "arora_nuclear_norm", "arora_nuclear_norm_full", "glrl_depth_vs_scale",
                                                      "glrl_depth_vs_scale_full", "glrl_error_vs_scale",
                                                      "glrl_error_vs_scale_full", "kleinman_subset", "kleinman_subset_full",
                                                      "kleinman_task_switch", "kleinman_task_switch_full", "shin_yun_plasticity_2x2",
                                                      "shin_yun_plasticity_chain", "shin_yun_critical_period",
                                                      "shin_yun_diagonal_cliff", "shin_yun_block_diagonal",
                                                      "shin_yun_random_initialization", "shin_yun_random_initialization_full",
                                                      "menon_hyperbola", "bai_hide_one", "bai_disconnected", "wang_jacot_absorption"));

// Instance K5a: sigma_1 = 4.970 and the observed flat indices 5 i + j as given with it.
TEST(RankJumps, IsInstanceK5a) {
  const Experiment experiment = load_experiment(example("rank_jumps"));
  const Cell& cell = experiment.cells.at(0);
  const double u[] = {-0.7, 0.7, -1.4, 1.4, 0.2};
  const double v[] = {0.5, -1.7, -0.4, -0.1, 1.3};
  double squares = 0.0;
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) {
      const double entry = cell.problem.target.matrix->entries[i * 5 + j];
      EXPECT_NEAR(entry, u[i] * v[j], 1e-14);
      squares += entry * entry;
    }
  }
  EXPECT_NEAR(std::sqrt(squares), 4.970, 5e-4);  // rank 1: the only singular value is the Frobenius norm
  std::vector<int> flat;
  for (const ObservedEntry& entry : cell.problem.observed.entries) flat.push_back(5 * entry.row + entry.column);
  EXPECT_EQ(flat, (std::vector<int>{0, 5, 10, 11, 12, 13, 15, 19, 20, 24}));
  EXPECT_EQ(cell.model.widths, (std::vector<int>{5, 5, 5, 5}));
  EXPECT_EQ(cell.initialization.settled_rank, 2);
  EXPECT_EQ(cell.initialization.instances, Instances::shared);
  EXPECT_EQ(cell.phases.at(0).optimizer, Optimizer::gradient_descent);
  EXPECT_EQ(cell.phases.at(1).optimizer, Optimizer::sgd);
  EXPECT_EQ(cell.phases.at(1).stop.rank_at_most, 1);
  EXPECT_GE(experiment.cells.size(), 12u);
}

TEST(SeedSweep, HasAHundredThousandSeeds) {
  const Experiment experiment = load_experiment(example("seed_sweep"));
  EXPECT_EQ(experiment.replicas, 100000);
  EXPECT_EQ(experiment.cells.size(), 1u);
}

TEST(DepthAndScale, VariesBoth) {
  const Experiment experiment = load_experiment(example("depth_and_scale"));
  ASSERT_EQ(experiment.axes.size(), 2u);
  EXPECT_EQ(experiment.axes[0].dimension, "depth");
  EXPECT_EQ(experiment.axes[1].dimension, "scale");
  EXPECT_EQ(experiment.cells.at(0).problem.target.rank, 2);
}

}  // namespace
}  // namespace rankfall
