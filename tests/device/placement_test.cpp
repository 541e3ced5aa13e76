// The size classes: which is chosen, that each is right, and that its threads need their barriers and no more.
#include <gtest/gtest.h>

#include "device/launch_plan.hpp"
#include "tests/device/support.hpp"
#include "tests/emulation/host_device.hpp"

namespace rankfall {
namespace {

using namespace test;
using emulation::HostDevice;
using emulation::Members;
using kernels::Placement;

kernels::DeviceLimits hopper() {
  kernels::DeviceLimits limits{};
  limits.major = 9;
  limits.multiprocessors = 132;
  limits.threads_per_multiprocessor = 2048;
  limits.shared_per_block = 227 << 10;
  limits.shared_per_multiprocessor = 228 << 10;
  return limits;
}

Factorization square(int dimension, int depth) {
  Factorization model;
  model.depth = depth;
  model.widths.assign(static_cast<std::size_t>(depth) + 1, dimension);
  return model;
}

constexpr Loop loops[] = {Loop::gradient_descent, Loop::single_entry_sgd, Loop::batch_sgd};

TEST(SizeClass, StaysWithinTheDevice) {
  const kernels::DeviceLimits limits = hopper();
  for (int d : {1, 2, 3, 4, 7, 8, 9, 13, 16, 20, 33, 64, 100, 200})
    for (int depth : {2, 3, 6, 12})
      for (Loop loop : loops) {
        const auto plan = plan_advance<float>(limits, square(d, depth), loop);
        SCOPED_TRACE(testing::Message() << "d " << d << ", depth " << depth << ": " << plan.description());
        EXPECT_GE(plan.bucket == 0 ? 1 << 20 : plan.bucket, d);
        EXPECT_GE(plan.pitch, d);
        EXPECT_LE(plan.shape.shared_bytes, limits.shared_per_block);
        const bool each = plan.shape.placement == Placement::thread || plan.shape.placement == Placement::registers;
        EXPECT_LE((each ? 32 : plan.shape.team) * plan.shape.teams_per_block, each ? 128 : 256);
        EXPECT_GE(plan.resident, 132);
        EXPECT_EQ(plan.scratch_bytes > 0, plan.shape.placement == Placement::memory);
      }
}

TEST(SizeClass, FollowsTheSize) {
  const kernels::DeviceLimits limits = hopper();
  const auto of = [&](int d, int depth, Loop loop) {
    return plan_advance<float>(limits, square(d, depth), loop).shape.placement;
  };
  if (plan_advance<float>(limits, square(4, 3), Loop::batch_sgd).bucket == 4) {  // sanitizer builds have larger ones only
    EXPECT_EQ(of(4, 3, Loop::gradient_descent), Placement::registers);
    EXPECT_EQ(of(4, 3, Loop::batch_sgd), Placement::thread);
  }
  EXPECT_EQ(of(8, 3, Loop::single_entry_sgd), Placement::registers);
  for (Loop loop : loops) {
    EXPECT_EQ(of(20, 3, loop), Placement::team);
    EXPECT_EQ(of(100, 12, loop), Placement::memory);
  }
  EXPECT_EQ(of(64, 3, Loop::gradient_descent), Placement::team);
}

TEST(SizeClass, CanBeForced) {
  const kernels::DeviceLimits limits = hopper();
  EXPECT_EQ(plan_advance<double>(limits, square(4, 3), Loop::gradient_descent, Placement::memory).shape.placement,
            Placement::memory);
  EXPECT_EQ(plan_advance<double>(limits, square(8, 3), Loop::gradient_descent, Placement::team).shape.placement,
            Placement::team);
  EXPECT_THROW(plan_advance<double>(limits, square(30, 3), Loop::gradient_descent, Placement::thread), DeviceError);
}

std::string experiment_text(int rows, int replicas, int steps) {
  return "seed = 8\nreplicas = " + std::to_string(replicas) + "\n[problem]\nrows = " + std::to_string(rows) +
         "\nrank = 2\nobserved_fraction = 0.5\n[model]\ndepth = 3\nwidth = [5, 3]\n[initialization]\nscale = 0.4\n"
         "[objective]\nridge = 0.5\n[[phase]]\nlearning_rate = 0.05\nsteps = " + std::to_string(steps) +
         "\n[[phase]]\noptimizer = 'sgd'\nlearning_rate = 0.03\nsteps = " + std::to_string(steps) +
         "\n[[phase]]\noptimizer = 'sgd'\nbatch_size = 3\nsampling = 'shuffled'\nlearning_rate = 0.03\nsteps = " +
         std::to_string(steps) +
         "\n[probe]\nevery = 4\nrank_tolerance = 0.1\ntrajectory = true\nclassify_at_end = 'numerical'\n";
}

constexpr int registers = static_cast<int>(Placement::registers);  // where a thread has room, and an entry is drawn

// A device whose shared memory holds a warp of such replicas, a replica, or none.
TEST(Placement, GivesTheSameBits) {
  HostDevice& device = HostDevice::instance();
  for (const char* precision : {"float32", "float64"})
    for (const auto& [rows, shared, expected] :
         {std::tuple{6, 512 << 10, Placement::thread}, {6, 6000, Placement::team}, {6, 100, Placement::memory},
          {14, 64 << 10, Placement::team}, {14, 100, Placement::memory}}) {
      device.reset();
      device.limits.shared_per_block = static_cast<std::size_t>(shared);
      device.limits.shared_per_multiprocessor = static_cast<std::size_t>(2 * shared);
      SCOPED_TRACE(testing::Message() << rows << " rows, " << shared << " bytes, " << precision);
      const Experiment experiment = parse(experiment_text(rows, 35, 20), {std::string("precision=") + precision});
      expect_same_results(train_on_device(experiment), train(experiment));
      for (int p = 0; p < kernels::placements; ++p)
        EXPECT_EQ(device.advances[p] > 0, p == static_cast<int>(expected) || (p == registers && expected == Placement::thread))
            << p;
    }
  device.reset();
}

// Every thread of every team is a thread of the host, with a real barrier: run under ThreadSanitizer, too.
TEST(ThreadsOfABlock, GiveTheBitsOfOne) {
  HostDevice& device = HostDevice::instance();
  for (const char* precision : {"float32", "float64"})
    for (const auto& [rows, shared] : {std::pair{14, 64 << 10}, {14, 100}, {26, 64 << 10}}) {
      if (rows == 26 && precision == std::string("float64")) continue;  // as for 14 rows, and takes the longest
      device.reset();
      device.limits.multiprocessors = 1;
      device.limits.threads_per_multiprocessor = 256;
      device.limits.shared_per_block = static_cast<std::size_t>(shared);
      device.members = Members::all;
      SCOPED_TRACE(testing::Message() << rows << " rows, " << shared << " bytes, " << precision);
      const Experiment experiment = parse(experiment_text(rows, 2, 3), {std::string("precision=") + precision});
      const RunResults threaded = train_on_device(experiment);
      device.members = Members::one;
      expect_same_results(threaded, train(experiment));
    }
  device.reset();
}

}  // namespace
}  // namespace rankfall
