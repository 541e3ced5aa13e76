// Factors of a common block structure on observations of the same blocks, through whole runs: the tangent kernel between two
// blocks is a sum of products with an entry outside of them, so it is zero, not nearly, as long as those are.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

std::string blocks_text(const std::string& start, const std::string& observed, const std::string& precision, const std::string& phase) {
  return "precision = '" + precision + "'\nreplicas = 3\n[problem]\ntarget = [[1, 0.9, 0, 0], [1.1, 1, 0, 0], [0, 0, 1, 1.2], [0, 0, 0.8, 1]]\n" + observed +
         "[initialization]\n" + start + "[objective]\nloss = 'half-sum-squared'\n[[phase]]\n" + phase +
         "[probe]\nevery = 100\ntrajectory = true\ncoupling = true\n";
}

const std::string diagonal_start = "kind = 'diagonal'\nscale = 0.5\n", identity_start = "kind = 'affine'\nscale = 0.5\n",
                  block_start = "kind = 'affine'\nblocks = 2\nscale = 0.4\nmixing = 0\n";
const std::string sees_diagonal = "observed = 'diagonal'\n", sees_blocks = "observed = 'block-diagonal'\nblocks = [2, 2]\n";

void expect_decoupled(const ReplicaResults& results, double components) {
  ASSERT_GT(results.trajectory_coupling_index.size(), 6u);
  for (const double index : results.trajectory_coupling_index) EXPECT_EQ(index, 0.0);
  for (const double count : results.trajectory_coupling_blocks) EXPECT_GE(count, components);
}

TEST(BlockStructure, IsKeptByEveryOptimizerAndTheQuench) {
  for (const char* depth : {"3", "4"})
    for (const auto& [precision, phase] :
         {std::pair<std::string, std::string>{"float32", "learning_rate = 0.05\nsteps = 2000\n"},
          {"float64", "learning_rate = 0.05\nsteps = 2000\n"},
          {"float32", "optimizer = 'sgd'\nlearning_rate = 0.02\nsteps = 3000\n"},
          {"float64", "optimizer = 'sgd'\nbatch_size = 2\nsampling = 'shuffled'\nlearning_rate = 0.02\nsteps = 3000\n"},
          {"float32", "optimizer = 'momentum'\nlearning_rate = 0.01\nsteps = 1000\n"},
          {"float64", "optimizer = 'gradient-flow'\ntime = 200\n"}}) {
      SCOPED_TRACE(precision + " " + phase + depth);
      const Overrides overrides{std::string("model.depth=") + depth, "probe.classify_at_end='quench'", "probe.quench.learning_rate=0.02"};
      expect_decoupled(train_one_cell(blocks_text(diagonal_start, sees_diagonal, precision, phase), overrides), 4.0);
      expect_decoupled(train_one_cell(blocks_text(block_start, sees_blocks, precision, phase), overrides), 2.0);
      for (const std::int32_t rank : train_one_cell(blocks_text(identity_start, sees_diagonal, precision, phase), overrides).rank)
        EXPECT_EQ(rank, 4);  // labelled by the quench
    }
}

// The same with as little as 1e-12 outside of the blocks is coupled: what the test above sees is not rounding's doing.
TEST(BlockStructure, IsToldFromAlmostBlocks) {
  std::string text = blocks_text(block_start, sees_blocks, "float64", "learning_rate = 0.05\nsteps = 2000\n");
  const ReplicaResults results = train_one_cell(text, {"model.depth=3", "initialization.mixing=1e-12"});
  for (const double index : results.trajectory_coupling_index) EXPECT_GT(index, 1e-25);  // a product of two of them
}

}  // namespace
}  // namespace rankfall
