// A lane equals the scalar: float64.
#include "tests/kernels/lane_invariance.hpp"

namespace rankfall {
namespace {

TEST(LaneInvariance, DoubleInASmallBucket) { all_optimizers_keep_lanes_apart<Lanes<double>, 4>(); }
TEST(LaneInvariance, DoubleInAnExactBucket) { all_optimizers_keep_lanes_apart<Lanes<double>, 5>(); }
TEST(LaneInvariance, DoubleWithUnequalTiles) { all_optimizers_keep_lanes_apart<Lanes<double>, 12>(); }
TEST(LaneInvariance, DoubleAtARunTimePitch) { all_optimizers_keep_lanes_apart<Lanes<double>, 0>(); }

// More columns than lanes, and long vectors in several blocks.
TEST(LaneInvariance, DoubleWithMoreColumnsThanLanes) {
  TrainerSettings settings;
  const auto shape = make_shape({24, 17, 20, 23});
  lanes_equal_scalars<kernels::GradientDescent, Lanes<double>, 24>(shape, settings);
  lanes_equal_scalars<kernels::SingleEntrySgd, Lanes<double>, 24>(shape, settings);
}

}  // namespace
}  // namespace rankfall
