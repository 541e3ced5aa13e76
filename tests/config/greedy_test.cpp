// Greedy phases and [compare]: defaults, and what they decide.
#include <gtest/gtest.h>

#include <algorithm>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::parse;

const std::string greedy_phase = "[[phase]]\nname = 'learn'\nkind = 'greedy-low-rank'\n";
const std::string flow_phase = "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 10\n";

TEST(GreedyPhase, HasDefaults) {
  const Experiment experiment = parse(test::problem + greedy_phase);
  EXPECT_EQ(experiment.precision, Precision::float64);
  const PhaseSpec& phase = experiment.cells[0].phases[0];
  EXPECT_TRUE(phase.greedy() && phase.flows());
  EXPECT_EQ(phase.greedy_spec.escape, 1e-12);
  EXPECT_EQ(phase.greedy_spec.gradient_norm, 1e-8);
  EXPECT_EQ(phase.greedy_spec.end, 1e-6);
  EXPECT_EQ(phase.greedy_spec.maximum_rank, 4);
  EXPECT_EQ(phase.greedy_spec.pair, EscapePair::singular);
  EXPECT_EQ(phase.relative_tolerance, 1e-10);
  EXPECT_EQ(phase.steps, 200000);
  EXPECT_TRUE(phase.stop.empty());
  EXPECT_EQ(experiment.cells[0].greedy_solutions(), 5);
  EXPECT_EQ(experiment.cells[0].probe.classify_at_end, RankKind::numerical);
}

TEST(GreedyPhase, TakesWhatTheModelAllows) {
  const auto spec = [](const Overrides& overrides) {
    return cell_of(test::problem + greedy_phase, overrides).phases[0].greedy_spec;
  };
  EXPECT_EQ(spec({"model.depth=3"}).escape, 1e-6);
  EXPECT_EQ(spec({"model.depth=3", "model.width=[2,3]"}).maximum_rank, 2);
  EXPECT_EQ(spec({"model.width=9", "problem.columns=3"}).maximum_rank, 3);
  EXPECT_EQ(spec({"model.symmetric=true", "model.width=2"}).maximum_rank, 2);
  EXPECT_EQ(spec({"model.symmetric=true"}).pair, EscapePair::eigenvector);
  EXPECT_EQ(spec({"phase.learn.stop={gradient_norm=1e-9}"}).gradient_norm, 1e-9);
}

TEST(Compare, IsOfTheCell) {
  EXPECT_FALSE(cell_of(test::problem + flow_phase).greedy_path);
  EXPECT_EQ(cell_of(test::problem + flow_phase).greedy_solutions(), 0);
  const Cell cell = cell_of(test::problem + flow_phase + "[compare]\ngreedy = true\nmaximum_rank = 2\nescape = 1e-8\n");
  ASSERT_TRUE(cell.greedy_path);
  EXPECT_EQ(cell.greedy_path->greedy_spec.escape, 1e-8);
  EXPECT_EQ(cell.greedy_path->greedy_spec.path_tolerance, 1e-5);
  EXPECT_EQ(cell.greedy_solutions(), 3);
}

// Every key that moves a number is in the digest; greedy = false is no key at all.
TEST(Compare, IsInTheDigest) {
  const auto digest = [](const Overrides& overrides) { return parse(test::problem + flow_phase, overrides).digest; };
  EXPECT_EQ(digest({}), digest({"compare.greedy=false"}));
  std::vector<std::uint64_t> all{digest({}), digest({"compare.greedy=true"})};
  for (const char* key : {"escape=1e-9", "end=1e-5", "maximum_rank=2", "gradient_norm=1e-9", "relative_tolerance=1e-9",
                          "maximum_steps=1000", "path_tolerance=1e-4", "pair='eigenvector'"})
    all.push_back(digest({"compare.greedy=true", std::string("compare.") + key}));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST(GreedyPhase, MakesReplicasOneAndSaysSo) {
  const auto told = [](const Overrides& overrides) { return warnings(parse(test::problem + greedy_phase, overrides)); };
  ASSERT_EQ(told({}).size(), 1u);
  EXPECT_NE(told({})[0].find("all replicas are one"), std::string::npos);
  EXPECT_TRUE(told({"problem.instances=per-replica"}).empty());
  EXPECT_TRUE(told({"replicas=1"}).empty());
}

}  // namespace
}  // namespace rankfall
