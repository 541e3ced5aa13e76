// Phases without a length on a device: cells that leave a phase out share its waves with cells that train in it.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"
#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

std::string plastic_text(int kind) {
  const std::string pre[] = {"optimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 20\nsampling = 'shuffled'\n",
                             "optimizer = 'gradient-flow'\ntime = 4\nrelative_tolerance = 1e-6\n",
                             "optimizer = 'momentum'\nlearning_rate = 0.02\nsteps = 15\n"};
  return "seed = 8\nreplicas = 9\nprecision = 'float64'\n[problem]\nrows = 4\nrank = 2\nobserved_count = 10\n[model]\ndepth = 3\n"
         "[initialization]\nscale = 0.5\n[objective]\nridge = 0.01\n[[phase]]\nname = 'pre'\n" + pre[kind] +
         "observed = 'diagonal'\n[[phase]]\nname = 'last'\noptimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 12\n"
         "[probe]\nevery = 5\ntimes = [0.5, 3]\nrank_tolerance = 0.1\ntrajectory = true\n[compare]\ncold_start = true\n";
}

class DeviceColdStart : public DeviceTest<int> {
 protected:
  Experiment experiment() const {
    std::string text = plastic_text(GetParam());
    if (GetParam() != 1) text.erase(text.find("times = "), std::string("times = [0.5, 3]\n").size());
    return parse(text);
  }
};

TEST_P(DeviceColdStart, HasTheBitsOfTheCpu) {
  const Experiment own = experiment();
  const RunResults cpu = train(own), device = train_on_device(own);
  expect_same_results(device, cpu);
  for (std::size_t c = 0; c < 2; ++c)
    for (std::int64_t r = 0; r < cpu[c].count; ++r) EXPECT_EQ(trajectory_bits(device[c], r), trajectory_bits(cpu[c], r));
  EXPECT_EQ(std::count(cpu[1].start_step.begin(), cpu[1].start_step.end(), 0), 9);
  EXPECT_EQ(std::count(cpu[0].start_step.begin(), cpu[0].start_step.end(), 0), 0);
}

TEST_P(DeviceColdStart, GoesOnOnACpuAndBack) {
  const Experiment own = experiment();
  const auto cpu = make_cpu_backend(1), device = make_device_backend({});
  const Pieces pieces = train_in_pieces({device.get(), cpu.get()}, own, cut(own, 4), 2);
  expect_same_results(pieces.results, train(own));
  EXPECT_GT(pieces.stops, 1);
}

INSTANTIATE_TEST_SUITE_P(Optimizers, DeviceColdStart, testing::Range(0, 3));

}  // namespace
}  // namespace rankfall
