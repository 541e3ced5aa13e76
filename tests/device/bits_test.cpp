// A replica's numbers are the same on a device as on the CPU, whatever the model, optimizer, precision, phases and rules.
#include <gtest/gtest.h>

#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Exact buckets, padded ones, layers of unequal width, one layer, U U^T, and one too large for shared memory.
const std::string shapes[] = {
    "[problem]\nrows = 4\nrank = 2\nobserved_count = 10\n[model]\ndepth = 3\n",
    "[problem]\nrows = 3\ncolumns = 6\nrank = 2\nobserved_count = 11\nnoise = 0.1\n[model]\ndepth = 4\nwidth = [7, 2, "
    "4]\n",
    "[problem]\nrows = 9\ncolumns = 4\nobserved_count = 13\n[model]\ndepth = 2\nwidth = 3\n",
    "[problem]\nrows = 4\nrank = 2\nobserved_count = 9\n[model]\ndepth = 1\n",
    "[problem]\nrows = 6\nrank = 2\nobserved_count = 15\n[model]\nsymmetric = true\nwidth = 4\n",
    "[problem]\nrows = 26\nrank = 2\nobserved_count = 300\n[model]\ndepth = 3\nwidth = 5\n"};

const std::string optimizers[] = {"optimizer = 'gd'\n",
                                  "optimizer = 'sgd'\n",
                                  "optimizer = 'sgd'\nsampling = 'shuffled'\n",
                                  "optimizer = 'sgd'\nsampling = 'cyclic'\n",
                                  "optimizer = 'sgd'\nbatch_size = 3\n",
                                  "optimizer = 'sgd'\nbatch_size = 5\nsampling = 'shuffled'\n",
                                  "optimizer = 'sgd'\nbatch_size = 2\n",
                                  "optimizer = 'momentum'\n",
                                  "optimizer = 'group-rmsprop'\n"};

// Two phases of different rules; replicas end the first at different steps, and a second cell has another rate.
std::string experiment_text(const std::string& shape, const std::string& optimizer) {
  return "seed = 5\nreplicas = 37\n" + shape +
         "[initialization]\nkind = 'gaussian'\nscale = 0.6\n[objective]\nridge = 0.01\n"
         "[[phase]]\nname = 'first'\nlearning_rate = 0.03\nsteps = 40\nstop = { loss = 0.7, plateau = 0.01 }\n"
         "[[phase]]\nname = 'second'\nlearning_rate = 0.05\nsteps = 50\nridge = 0.02\n"
         "stop = { loss = 0.05, gradient_norm = 1e-3 }\n" +
         optimizer +
         "[probe]\nevery = 7\nrank_tolerance = 0.1\nclassify_at_end = 'numerical'\n"
         "[sweep]\n'phase.second.learning_rate' = [0.05, 0.02]\n";
}

class DeviceBits : public DeviceTest<std::tuple<int, std::string, std::string>> {};

TEST_P(DeviceBits, AreThoseOfTheCpu) {
  const auto& [shape, precision, instances] = GetParam();
  for (const std::string& optimizer : optimizers) {
    SCOPED_TRACE(optimizer);
    const Experiment experiment = parse(experiment_text(shapes[shape], optimizer),
                                        {"precision=" + precision, "problem.instances=" + instances});
    const RunResults cpu = train(experiment);
    expect_same_results(train_on_device(experiment), cpu);
    const auto [fewest, most] = std::minmax_element(cpu[0].steps.begin(), cpu[0].steps.end());
    if (shape < 5) {
      EXPECT_LT(*fewest, *most);  // or nothing was gathered
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DeviceBits,
                         testing::Combine(testing::Range(0, 6), testing::Values("float32", "float64"),
                                          testing::Values("shared", "per-replica")));

}  // namespace
}  // namespace rankfall
