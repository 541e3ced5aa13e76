// A gradient flow on a device: the bits of the CPU, in every placement, in waves of cells with tolerances and probe times
// of their own, and when what a device began a CPU goes on with.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"
#include "tests/device/support.hpp"
#include "tests/kernels/same_bits.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string flow_shapes[] = {
    "[problem]\nrows = 4\nrank = 2\nobserved_count = 10\n[model]\ndepth = 3\n",
    "[problem]\nrows = 3\ncolumns = 6\nobserved_count = 11\n[model]\ndepth = 4\nwidth = [7, 2, 4]\n",
    "[problem]\nrows = 4\nrank = 2\nobserved_count = 9\n[model]\ndepth = 1\n",
    "[problem]\nrows = 6\nrank = 2\nobserved_count = 15\n[model]\nsymmetric = true\nwidth = 4\n"};

// Descent with weight decay, a flow that ends by a rule or its time or its steps, noise after it.
std::string flow_text(const std::string& shape) {
  return "seed = 8\nreplicas = 21\nprecision = 'float64'\n" + shape +
         "[initialization]\nscale = 0.5\n[objective]\nridge = 0.01\n"
         "[[phase]]\nname = 'warm'\nlearning_rate = 0.03\nsteps = 9\n"
         "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 40\nmaximum_steps = 120\n"
         "relative_tolerance = 1e-6\nstop = { gradient_norm = 5e-2 }\n"
         "[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 8\n"
         "[probe]\nevery = 17\ntimes = [0.1, 1, 1.5, 20]\nrank_tolerance = 0.1\ntrajectory = true\n"
         "[sweep]\n'phase.flow.relative_tolerance' = [1e-5, 1e-7]\n";
}

class DeviceFlow : public DeviceTest<int> {};

void expect_same_trajectories(const RunResults& a, const RunResults& b) {
  for (std::size_t c = 0; c < a.size(); ++c)
    for (std::int64_t r = 0; r < a[c].count; ++r) EXPECT_EQ(trajectory_bits(a[c], r), trajectory_bits(b[c], r));
}

TEST_P(DeviceFlow, HasTheBitsOfTheCpu) {
  for (const char* instances : {"shared", "per-replica"}) {
    const Experiment experiment = parse(flow_text(flow_shapes[GetParam()]), {std::string("problem.instances=") + instances});
    const RunResults cpu = train(experiment), device = train_on_device(experiment);
    expect_same_results(device, cpu);
    expect_same_trajectories(device, cpu);
    const auto [least, most] = std::minmax_element(cpu[0].steps.begin(), cpu[0].steps.end());
    EXPECT_LT(*least, *most) << instances;
  }
}

TEST_P(DeviceFlow, HasThemInEveryPlacement) {
  const Experiment experiment = parse(flow_text(flow_shapes[GetParam()]), {"replicas=5"});
  expect_same_in_every_placement(experiment);
}

TEST_P(DeviceFlow, GoesOnOnACpuAndBack) {
  const Experiment experiment = parse(flow_text(flow_shapes[GetParam()]));
  const RunResults reference = train(experiment);
  const auto cpu = make_cpu_backend(1), device = make_device_backend({});
  const Pieces pieces = train_in_pieces({device.get(), cpu.get()}, experiment, cut(experiment, 7), 3);
  expect_same_results(pieces.results, reference);
  expect_same_trajectories(pieces.results, reference);
  EXPECT_GT(pieces.stops, 2);
}

// Outcomes that only flows have, and a rule on the norm.
TEST_P(DeviceFlow, EndsAsOnTheCpu) {
  const std::string lone = "seed = 3\nreplicas = 9\n" + flow_shapes[GetParam()] +
                           "[initialization]\nscale = 0.1\n[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\n"
                           "time = 1e4\nmaximum_steps = 60\n[probe]\nevery = 5\n";
  for (const auto& [rule, outcome] : {std::pair{"phase.flow.stop={blow_up=1e-3}", Outcome::blow_up},
                                      {"phase.flow.stop={blow_up=1e6}", Outcome::stalled}}) {
    const Experiment experiment = parse(lone, {rule});
    const RunResults cpu = train(experiment);
    expect_same_results(train_on_device(experiment), cpu);
    EXPECT_EQ(std::count(cpu[0].outcome.begin(), cpu[0].outcome.end(), outcome), 9) << rule;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DeviceFlow, testing::Range(0, static_cast<int>(std::size(flow_shapes))));

}  // namespace
}  // namespace rankfall
