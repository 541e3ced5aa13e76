// Matrix sensing on a device: the bits of the CPU in every placement, in waves of cells with unlike numbers of measurements,
// with quenches, and when what a device began a CPU goes on with.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"
#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string sensing_models[] = {"rows = 4\nrank = 2\n[model]\ndepth = 3\n", "rows = 3\ncolumns = 6\n[model]\ndepth = 3\nwidth = [7, 2]\n",
                                      "rows = 4\n[model]\ndepth = 1\n", "rows = 6\n[model]\nsymmetric = true\nwidth = 4\n",
                                      "rows = 26\n[model]\ndepth = 2\nwidth = 5\n"};

// Entries, then measurements by descent and by draws; labels by a quench.
std::string sensing_text(const std::string& model, const std::string& optimizer) {
  return "seed = 5\nreplicas = 19\n[problem]\nobserved = 'gaussian'\nobserved_count = 13\n" + model +
         "[initialization]\nscale = 0.5\n[objective]\nridge = 0.01\n"
         "[[phase]]\nname = 'entries'\nlearning_rate = 0.03\nsteps = 10\nobserved = 'diagonal'\n"
         "[[phase]]\nname = 'sense'\nlearning_rate = 0.03\nsteps = 20\nstop = { loss = 0.5, gradient_norm = 1e-3 }\n"
         "[[phase]]\nname = 'draw'\nlearning_rate = 0.03\nsteps = 20\n" + optimizer +
         "[probe]\nevery = 7\nrank_tolerance = 0.1\nquench = { steps = 60 }\n"
         "[sweep]\n'problem.observed_count' = [13, 40]\n";
}

class DeviceSensing : public DeviceTest<int> {
 protected:
  std::string model() const { return sensing_models[GetParam()]; }
};

TEST_P(DeviceSensing, HasTheBitsOfTheCpu) {
  for (const char* optimizer : {"optimizer = 'sgd'\n", "optimizer = 'sgd'\nsampling = 'shuffled'\nbatch_size = 3\n"})
    for (const char* precision : {"float32", "float64"})
      for (const char* instances : {"shared", "per-replica"}) {
        SCOPED_TRACE(std::string(optimizer) + precision + instances);
        const Experiment experiment = parse(sensing_text(model(), optimizer), {std::string("precision=") + precision,
                                                                              std::string("problem.instances=") + instances});
        expect_same_results(train_on_device(experiment), train(experiment));
      }
}

TEST_P(DeviceSensing, MeasuresAPhasesOwnTarget) {
  const Experiment experiment = parse(sensing_text(model(), "optimizer = 'sgd'\nrank = 1\n"), {"problem.noise=0.1", "replicas=5"});
  const RunResults cpu = train(experiment);
  expect_same_results(train_on_device(experiment), cpu);
  EXPECT_NE(results_checksum(cpu), results_checksum(train(parse(sensing_text(model(), "optimizer = 'sgd'\n"), {"problem.noise=0.1", "replicas=5"}))));
}

TEST_P(DeviceSensing, HasThemInEveryPlacement) {
  const Experiment experiment = parse(sensing_text(model(), "optimizer = 'sgd'\nbatch_size = 2\n"), {"replicas=5"});
  expect_same_in_every_placement(experiment);
}

TEST_P(DeviceSensing, FlowsAsOnTheCpuAndGoesOnThere) {
  const std::string text = "seed = 8\nreplicas = 11\n[problem]\nobserved = 'gaussian'\nobserved_count = 20\n" + model() +
                           "[initialization]\nscale = 0.5\n[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 20\n"
                           "maximum_steps = 40\nrelative_tolerance = 1e-5\nstop = { gradient_norm = 5e-2 }\n"
                           "[probe]\nevery = 9\ntimes = [0.1, 1.5]\nrank_tolerance = 0.1\n";
  const Experiment experiment = parse(text);
  const RunResults reference = train(experiment);
  expect_same_results(train_on_device(experiment), reference);
  const auto cpu = make_cpu_backend(1), device = make_device_backend({});
  const Pieces pieces = train_in_pieces({device.get(), cpu.get()}, experiment, cut(experiment, 4), 2);
  expect_same_results(pieces.results, reference);
  EXPECT_GT(pieces.stops, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, DeviceSensing, testing::Range(0, static_cast<int>(std::size(sensing_models))));

}  // namespace
}  // namespace rankfall
