// How observed entries couple along training: what [probe] coupling reads.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

std::string diagonal_flow(int depth, const std::string& mixing) {
  return "precision = 'float64'\nreplicas = 2\n[problem]\ntarget = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]\nobserved = 'diagonal'\n"
         "[model]\ndepth = " + std::to_string(depth) + "\n[initialization]\nkind = 'affine'\nscale = 0.05\nmixing = " + mixing +
         "\n[objective]\nloss = 'half-sum-squared'\n[[phase]]\noptimizer = 'gradient-flow'\ntime = 1e5\nstop = { gradient_norm = 1e-9 }\n"
         "[probe]\nevery = 50\ntrajectory = true\ncoupling = true\n";
}

// Shin & Yun: decoupled at depth 2 and from diagonal factors, at every probe; else the index tends to (L-2)/(L-2+2d).
TEST(Coupling, OfTheAffineFamilyIsAsTheoryHasIt) {
  for (const int depth : {2, 3, 4})
    for (const char* mixing : {"0.5", "0"}) {
      const ReplicaResults found = train_one_cell(diagonal_flow(depth, mixing));
      const bool coupled = depth > 2 && mixing[0] == '0' && mixing[1] == '.';
      ASSERT_EQ(found.trajectory_coupling_blocks.size(), found.trajectory_step.size());
      for (const double blocks : found.trajectory_coupling_blocks) EXPECT_EQ(blocks, coupled ? 1.0 : 3.0) << depth << mixing;
      EXPECT_EQ(found.coupling_blocks, std::vector<double>(2, coupled ? 1.0 : 3.0));
      for (const double index : found.coupling_index)
        EXPECT_NEAR(index, coupled ? (depth - 2.0) / (depth + 4.0) : 0.0, coupled ? 1e-3 : 1e-15) << depth << mixing;
    }
}

TEST(Coupling, IsMissingWhereMeasurementsAreObserved) {
  const ReplicaResults found = train_one_cell(
      "replicas = 3\n[problem]\nrows = 3\nobserved_count = 5\n[[phase]]\nlearning_rate = 0.05\nsteps = 9\n"
      "[[phase]]\nlearning_rate = 0.05\nsteps = 9\nobserved = 'gaussian'\nobserved_count = 6\n[probe]\ncoupling = true\n");
  ASSERT_EQ(found.coupling_blocks.size(), 3u);
  for (const double blocks : found.coupling_blocks) EXPECT_TRUE(std::isnan(blocks));
}

}  // namespace
}  // namespace rankfall
