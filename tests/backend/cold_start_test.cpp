// Phases without a length, and warm starts beside cold ones: which numbers are the same, bit for bit.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string plastic_problem = "seed = 4\nreplicas = 11\n[problem]\nrows = 4\nrank = 2\nobserved_count = 9\n[model]\ndepth = 3\n"
                                    "[initialization]\nscale = 0.6\n[probe]\nevery = 7\ntrajectory = true\nrank_tolerance = 0.1\n";
const std::string pre_training[] = {
    "[[phase]]\nname = 'pre'\nlearning_rate = 0.05\nsteps = 40\nobserved = 'diagonal'\nstop = { gradient_norm = 1e-3 }\n",
    "[[phase]]\nname = 'pre'\noptimizer = 'sgd'\nsampling = 'shuffled'\nlearning_rate = 0.05\nsteps = 40\nridge = 0.01\n",
    "[[phase]]\nname = 'pre'\noptimizer = 'momentum'\nlearning_rate = 0.05\nsteps = 40\n",
    "[[phase]]\nname = 'pre'\noptimizer = 'gradient-flow'\ntime = 3\nobserved = 'diagonal'\n"};
const std::string descent = "[[phase]]\nname = 'last'\nlearning_rate = 0.04\nsteps = 60\n";
const std::string cold = "[compare]\ncold_start = true\n";

class PreTraining : public testing::TestWithParam<std::size_t> {
 protected:
  std::string pre() const { return pre_training[GetParam()]; }
  std::string no_length() const { return GetParam() == 3 ? "phase.pre.time=0" : "phase.pre.steps=0"; }
  Overrides precision() const { return {"precision=float64"}; }  // that of a flow
};

void expect_equal_cells(const ReplicaResults& a, const ReplicaResults& b) {
  ASSERT_EQ(a.count, b.count);
  for (std::int64_t r = 0; r < a.count; ++r) {
    EXPECT_EQ(bits_of(a, r), bits_of(b, r)) << r;
    EXPECT_EQ(trajectory_bits(a, r), trajectory_bits(b, r)) << r;
  }
}

TEST_P(PreTraining, WarmCellsAreTheSameWithoutColdOnes) {
  const std::string sweep = "[sweep]\n'phase.last.learning_rate' = [0.04, 0.05]\n";
  const RunResults plain = train(parse(plastic_problem + pre() + descent + sweep, precision()));
  const RunResults paired = train(parse(plastic_problem + pre() + descent + sweep + cold, precision()));
  ASSERT_EQ(paired.size(), 4u);
  for (std::size_t c = 0; c < 2; ++c) expect_equal_cells(paired[2 * c], plain[c]);
}

// The last phase of a descent knows nothing of its number: a single phase has the bits of a cold start, one row of the trajectory
// less, of the phase that was only looked at.
TEST_P(PreTraining, ColdCellsAreThoseOfTheLastPhaseAlone) {
  const RunResults paired = train(parse(plastic_problem + pre() + descent + cold, precision()));
  const RunResults alone = train(parse(plastic_problem + descent, precision()));
  const ReplicaResults &of = paired[1], &single = alone[0];
  for (std::int64_t r = 0; r < of.count; ++r) {
    EXPECT_EQ(value(of, Observable::loss, r), value(single, Observable::loss, r));
    for (int k = 0; k < of.singular_value_count; ++k) EXPECT_EQ(singular_value(of, r, k), singular_value(single, r, k));
    const auto i = static_cast<std::size_t>(r);
    EXPECT_EQ(of.steps[i], single.steps[i]);
    EXPECT_EQ(of.start_rank[i], single.start_rank[i]);
    EXPECT_EQ(of.outcome[i], single.outcome[i]);
    EXPECT_EQ(of.start_step[i], 0);
    EXPECT_EQ(of.time[i], 0.0);
    EXPECT_EQ(of.trajectory_begin[i + 1] - of.trajectory_begin[i], single.trajectory_begin[i + 1] - single.trajectory_begin[i] + 1);
    const auto first = static_cast<std::size_t>(of.trajectory_begin[i]);
    EXPECT_EQ(of.trajectory_phase[first], 0);
    EXPECT_EQ(of.trajectory_phase[first + 1], 1);
    EXPECT_EQ(of.trajectory_step[first + 1], 0);
  }
  EXPECT_TRUE(std::all_of(of.events.begin(), of.events.end(), [](const RankEvent& event) { return event.phase == 1; }));
}

TEST_P(PreTraining, OfNoLengthIsAColdStart) {
  Overrides none = precision();
  none.push_back(no_length());
  const std::string text = plastic_problem + pre() + descent;
  expect_equal_cells(train(parse(text, none))[0], train(parse(text + cold, precision()))[1]);
}

TEST_P(PreTraining, GoesOnFromACheckpoint) {
  const Experiment experiment = parse(plastic_problem + pre() + descent + cold, precision());
  const auto cpu = make_cpu_backend(1);
  const Pieces pieces = train_in_pieces({cpu.get()}, experiment, cut(experiment, 5), 2);
  const RunResults whole = train(experiment);
  for (std::size_t c = 0; c < 2; ++c) expect_equal_cells(pieces.results[c], whole[c]);
  EXPECT_GT(pieces.stops, 2);
}

INSTANTIATE_TEST_SUITE_P(Optimizers, PreTraining, testing::Range<std::size_t>(0, std::size(pre_training)));

// The draws of noise are those of its phase's number, which a cold start keeps: both starts draw the same entries.
TEST(PairedStarts, DrawTheSameNumbersInTheLastPhase) {
  const std::string noise = "[[phase]]\nname = 'last'\noptimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 30\n";
  const std::string text = plastic_problem + pre_training[0] + noise;
  const RunResults paired = train(parse(text + cold)), empty = train(parse(text, {"phase.pre.steps=0"}));
  expect_equal_cells(paired[1], empty[0]);
  // From a start that pre-training does not move - it is as the target on the diagonal - both go the same way.
  const std::string still = "seed = 4\nreplicas = 5\n[problem]\ntarget = [[1, 2], [3, 1]]\n[model]\ndepth = 2\n"
                            "[initialization]\nkind = 'identity'\n[probe]\nevery = 1\n" + pre_training[0] + noise;
  const RunResults same = train(parse(still + cold));
  for (std::int64_t r = 0; r < 5; ++r)
    for (int k = 0; k < 2; ++k) EXPECT_EQ(singular_value(same[0], r, k), singular_value(same[1], r, k));
  EXPECT_NE(singular_value(same[0], 0, 0), singular_value(same[0], 1, 0));
}

TEST(PairedStarts, HaveOneProblemAndOneStart) {
  const std::string text = plastic_problem + "[[phase]]\nname = 'pre'\noptimizer = 'gradient-flow'\ntime = 1\n" +
                           "[[phase]]\nname = 'last'\noptimizer = 'gradient-flow'\ntime = 1\nobserved_from = 'previous'\nobserved_count = 3\n";
  const Experiment experiment = parse(text + cold, {"problem.instances=per-replica"});
  const RunResults results = train(experiment);
  for (std::int64_t r = 0; r < experiment.replicas; ++r) {
    const auto warm_first = static_cast<std::size_t>(results[0].trajectory_begin[static_cast<std::size_t>(r)]);
    const auto cold_first = static_cast<std::size_t>(results[1].trajectory_begin[static_cast<std::size_t>(r)]);
    for (const Observable what : {Observable::loss, Observable::unobserved_error, Observable::nuclear_norm}) {
      const auto of = [&](std::size_t c) -> const std::vector<double>& {
        return results[c].trajectory_observable[static_cast<std::size_t>(what)];
      };
      EXPECT_EQ(of(0)[warm_first], of(1)[cold_first]);
    }
    EXPECT_EQ(results[1].time[static_cast<std::size_t>(r)], 1.0);
  }
}

// Where all replicas are alike, one stands for all, through phases without a length too: noise that makes no step draws nothing.
TEST(EmptyPhase, OfNoiseTellsNoReplicaApart) {
  const std::string text = "seed = 6\nreplicas = 6\n[problem]\ntarget = [[1, 2, 3], [2, 4, 6], [1, 2, 3]]\n[model]\ndepth = 2\n"
                           "[initialization]\nkind = 'affine'\nmixing = 0.3\nscale = 0.3\n"
                           "[[phase]]\nname = 'pre'\noptimizer = 'sgd'\nlearning_rate = 0.1\nsteps = 0\n"
                           "[[phase]]\nlearning_rate = 0.01\nsteps = 20\n[probe]\nevery = 5\ntrajectory = true\n";
  const Experiment experiment = parse(text);
  const auto backend = make_cpu_backend(1);
  double steps = 0.0;
  std::vector<ReplicaResults> blocks;
  const std::vector<WorkUnit> units = cut(experiment, 6);
  backend->train(experiment, units, {.deliver = [&](ReplicaResults&& block) {
                   steps += block.trained_steps;
                   blocks.push_back(std::move(block));
                 }});
  EXPECT_EQ(steps, 20.0);
  expect_equal_cells(blocks.at(0), train(parse(text, {"problem.instances=per-replica"})).at(0));
}

}  // namespace
}  // namespace rankfall
