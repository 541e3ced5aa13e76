// A replica's numbers do not depend on threads, units, neighbours or the grid around it.
#include <gtest/gtest.h>

#include <random>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Shapes that fill a bucket exactly, that are padded, that have layers of unequal width, one layer, and U U^T.
const std::string shapes[] = {
    "[problem]\nrows = 5\nrank = 2\nobserved_count = 14\n[model]\ndepth = 3\n",
    "[problem]\nrows = 3\ncolumns = 6\nrank = 2\nobserved_count = 11\nnoise = 0.1\n[model]\ndepth = 4\nwidth = [7, 2, "
    "4]\n",
    "[problem]\nrows = 9\ncolumns = 4\nobserved_count = 13\n[model]\ndepth = 2\nwidth = 3\n",
    "[problem]\nrows = 4\nrank = 2\nobserved_count = 9\n[model]\ndepth = 1\n",
    "[problem]\nrows = 6\nrank = 2\nobserved_count = 15\n[model]\nsymmetric = true\nwidth = 4\n"};

const std::string optimizers[] = {"optimizer = 'gd'\n",
                                  "optimizer = 'sgd'\n",
                                  "optimizer = 'sgd'\nsampling = 'shuffled'\n",
                                  "optimizer = 'sgd'\nsampling = 'cyclic'\n",
                                  "optimizer = 'sgd'\nbatch_size = 3\n",
                                  "optimizer = 'sgd'\nbatch_size = 5\nsampling = 'shuffled'\n",
                                  "optimizer = 'sgd'\nbatch_size = 4\nsampling = 'cyclic'\n",
                                  "optimizer = 'sgd'\nbatch_size = 2\n",
                                  "optimizer = 'momentum'\n",
                                  "optimizer = 'group-rmsprop'\n"};

// Two phases, the first of which ends at different steps for different replicas, so that lanes are refilled out of
// step.
std::string experiment_text(const std::string& shape, const std::string& optimizer) {
  return "seed = 5\nreplicas = 41\n" + shape +
         "[initialization]\nkind = 'gaussian'\nscale = 0.6\n[objective]\nridge = 0.01\n"
         "[[phase]]\nname = 'first'\nlearning_rate = 0.03\nsteps = 40\nstop = { loss = 0.7, plateau = 0.01 }\n"
         "[[phase]]\nname = 'second'\nlearning_rate = 0.05\nsteps = 50\nridge = 0.02\nstop = { loss = 0.05 }\n" +
         optimizer + "[probe]\nevery = 3\nrank_tolerance = 0.1\nclassify_at_end = 'numerical'\n";
}

class Bits : public testing::TestWithParam<std::tuple<int, std::string, std::string>> {};

TEST_P(Bits, DoNotDependOnTheCut) {
  const auto& [shape, precision, instances] = GetParam();
  std::mt19937 random(1);
  for (const std::string& optimizer : optimizers) {
    SCOPED_TRACE(optimizer);
    const Experiment whole =
        parse(experiment_text(shapes[shape], optimizer), {"precision=" + precision, "problem.instances=" + instances});
    const RunResults reference = train(whole);
    for (std::int64_t size : {1, 7}) {
      std::vector<WorkUnit> units = cut(whole, size);
      std::shuffle(units.begin(), units.end(), random);
      EXPECT_EQ(results_checksum(train(whole, units)), results_checksum(reference)) << "units of " << size;
    }
    // The checksum leaves derived numbers out; a replica alone in its register must have those too.
    EXPECT_EQ(bits_of(train(whole, {WorkUnit{0, 23, 1}})[0], 0), bits_of(reference[0], 23));
    // Or all this would say nothing about refilled lanes.
    const auto [fewest, most] = std::minmax_element(reference[0].steps.begin(), reference[0].steps.end());
    EXPECT_LT(*fewest, *most);
    EXPECT_NE(bits_of(reference[0], 0), bits_of(reference[0], 1));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Bits,
                         testing::Combine(testing::Range(0, 5), testing::Values("float32", "float64"),
                                          testing::Values("shared", "per-replica")));

TEST(Threads, DoNotChangeResults) {
  for (const char* precision : {"float32", "float64"}) {
    const Experiment whole = parse(
        experiment_text(shapes[0], optimizers[1]) + "[sweep]\n'phase.second.learning_rate' = [0.04, 0.05, 0.06]\n",
        {"replicas=100", std::string("precision=") + precision});
    const std::string one = results_checksum(train(whole, cut(whole, 16), {.threads = 1}));
    EXPECT_EQ(results_checksum(train(whole, cut(whole, 16), {.threads = 2})), one);
    EXPECT_EQ(results_checksum(train(whole, cut(whole, 7), {.threads = 5})), one);
    EXPECT_EQ(results_checksum(train(whole, cut(whole, 1000), {.threads = 8})), one);  // fewer units than threads
  }
}

TEST(Threads, AFailureIsThrownOnceAndEndsTheOthers) {
  const Experiment whole = parse(experiment_text(shapes[0], optimizers[1]), {"replicas=400"});
  int delivered = 0;
  const auto refuse = [&](ReplicaResults&&) {
    if (++delivered == 3) throw StoreError({"disk", "is full", "", ""});
  };
  const auto units = cut(whole, 4);
  EXPECT_THROW(make_cpu_backend(2)->train(whole, units, {.deliver = refuse}), StoreError);
  EXPECT_EQ(delivered, 3);  // nothing is delivered after the failure
}

TEST(Threads, StopEndsBetweenUnits) {
  const Experiment whole = parse(experiment_text(shapes[0], optimizers[1]), {"replicas=400"});
  std::stop_source stop;
  std::int64_t replicas = 0;
  const auto units = cut(whole, 4);
  make_cpu_backend(2)->train(
      whole, units,
      {.deliver =
           [&](ReplicaResults&& block) {
             replicas += block.count;
             stop.request_stop();
           },
       .stop = stop.get_token()});
  EXPECT_GE(replicas, 4);
  EXPECT_LE(replicas, 16);  // what was in training, or taken already, when the first was delivered
}

TEST(Threads, CountMustBeReasonable) {
  for (int asked : {-1, 5000, 1 << 30}) EXPECT_THROW(make_cpu_backend(asked), ConfigError) << asked;
  EXPECT_EQ(thread_count(0), usable_cores());
  EXPECT_EQ(thread_count(7), 7);
}

TEST(Grid, AnotherSweepValueChangesNobodyElse) {
  const std::string text = experiment_text(shapes[0], optimizers[1]) + "[sweep]\n";
  const RunResults two = train(parse(text + "'phase.second.learning_rate' = [0.04, 0.06]\n"));
  const RunResults three = train(parse(text + "'phase.second.learning_rate' = [0.04, 0.05, 0.06]\n"));
  const RunResults reversed = train(parse(text + "'phase.second.learning_rate' = [0.06, 0.04]\n"));
  for (std::int64_t r = 0; r < two[0].count; ++r) {
    EXPECT_EQ(bits_of(two[0], r), bits_of(three[0], r));
    EXPECT_EQ(bits_of(two[1], r), bits_of(three[2], r));
    EXPECT_EQ(bits_of(two[1], r), bits_of(reversed[0], r));
  }
}

TEST(Grid, MoreReplicasKeepTheFirst) {
  const std::string text = experiment_text(shapes[1], optimizers[4]);
  const ReplicaResults few = train_one_cell(text), many = train_one_cell(text, {"replicas=60"});
  for (std::int64_t r = 0; r < few.count; ++r) EXPECT_EQ(bits_of(few, r), bits_of(many, r));
}

TEST(Grid, SeedsGiveOtherNumbers) {
  const std::string text = experiment_text(shapes[0], optimizers[1]);
  const ReplicaResults one = train_one_cell(text), other = train_one_cell(text, {"seed=6"});
  const ReplicaResults other_problem = train_one_cell(text, {"problem.instance_seed=9"});
  EXPECT_NE(bits_of(one, 0), bits_of(other, 0));
  EXPECT_NE(bits_of(one, 0), bits_of(other_problem, 0));
}

// Without a rule that looks, how often replicas are looked at changes nothing; 1, 3 and 7 cut the blocks of four random
// words at every place.
TEST(Probes, DoNotDisturb) {
  for (const std::string& optimizer : optimizers) {
    const std::string text = "replicas = 20\n" + shapes[1] +
                             "[initialization]\nscale = 0.6\n[[phase]]\nlearning_rate = 0.02\nsteps = 61\n" +
                             optimizer + "[probe]\nclassify_at_end = 'numerical'\n";
    const ReplicaResults rarely = train_one_cell(text, {"probe.every=1000"});
    for (const char* every : {"1", "3", "4", "7"}) {
      const ReplicaResults often = train_one_cell(text, {std::string("probe.every=") + every});
      EXPECT_EQ(rarely.singular_values, often.singular_values) << optimizer << " every " << every;
      EXPECT_EQ(rarely.observable, often.observable) << optimizer << " every " << every;
    }
  }
}

}  // namespace
}  // namespace rankfall
