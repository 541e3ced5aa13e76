// A lane equals the scalar: float32.
#include "tests/kernels/lane_invariance.hpp"

namespace rankfall {
namespace {

TEST(LaneInvariance, FloatInASmallBucket) { all_optimizers_keep_lanes_apart<Lanes<float>, 4>(); }
TEST(LaneInvariance, FloatInAnExactBucket) { all_optimizers_keep_lanes_apart<Lanes<float>, 5>(); }
TEST(LaneInvariance, FloatWithUnequalTiles) { all_optimizers_keep_lanes_apart<Lanes<float>, 12>(); }
TEST(LaneInvariance, FloatAtARunTimePitch) { all_optimizers_keep_lanes_apart<Lanes<float>, 0>(); }

// More columns than lanes, and long vectors in several blocks.
TEST(LaneInvariance, FloatWithMoreColumnsThanLanes) {
  TrainerSettings settings;
  const auto shape = make_shape({24, 17, 20, 23});
  lanes_equal_scalars<kernels::GradientDescent, Lanes<float>, 24>(shape, settings);
  lanes_equal_scalars<kernels::SingleEntrySgd, Lanes<float>, 24>(shape, settings);
}

}  // namespace
}  // namespace rankfall
