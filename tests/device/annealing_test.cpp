// Learning rates and ridges that change between probes, on a device: the bits of the CPU.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"
#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Cells of one wave: without a schedule, with one, with another of more changes between probes than legs of the first.
std::string annealed(const std::string& optimizer) {
  return "seed = 5\nreplicas = 37\n[problem]\nrows = 4\nrank = 2\nobserved_count = 10\n[model]\ndepth = 3\n"
         "[initialization]\nscale = 0.6\n[[phase]]\nname = 'first'\nsteps = 45\nlearning_rate = 0.05\nstop = { loss = 0.7, plateau = 0.01 }\n"
         "ridge = { schedule = 'step', from = 0.04, factor = 0.5, every = 10 }\n[[phase]]\nname = 'second'\nsteps = 40\nridge = 0.01\n" +
         optimizer + "[probe]\nevery = 9\nrank_tolerance = 0.1\n[sweep]\n'phase.second.learning_rate' = [{ schedule = 'constant', "
         "value = 0.03 }, { schedule = 'step', from = 0.08, factor = 0.5, every = 15 }, { schedule = 'cosine', from = 0.08, "
         "to = 0.01, hold = 2 }]\n";
}

class DeviceAnnealing : public DeviceTest<std::tuple<std::string, std::string>> {};

TEST_P(DeviceAnnealing, HasTheBitsOfTheCpu) {
  const auto& [optimizer, precision] = GetParam();
  const Experiment experiment = parse(annealed(optimizer), {"precision=" + precision});
  const RunResults cpu = train(experiment);
  expect_same_results(train_on_device(experiment), cpu);
  const auto [fewest, most] = std::minmax_element(cpu[0].steps.begin(), cpu[0].steps.end());
  EXPECT_LT(*fewest, *most);
  const auto device = make_device_backend({}), host = make_cpu_backend(1);
  const Pieces pieces = train_in_pieces({device.get(), host.get()}, experiment, cut(experiment, 16), 2);
  EXPECT_GT(pieces.stops, 0);
  expect_same_results(pieces.results, cpu);
}

INSTANTIATE_TEST_SUITE_P(All, DeviceAnnealing,
                         testing::Combine(testing::Values("", "optimizer = 'sgd'\n", "optimizer = 'sgd'\nsampling = 'shuffled'\n",
                                                          "optimizer = 'sgd'\nbatch_size = 3\nsampling = 'shuffled'\n",
                                                          "optimizer = 'sgd'\nsampling = 'cyclic'\n"),
                                          testing::Values("float32", "float64")));

}  // namespace
}  // namespace rankfall
