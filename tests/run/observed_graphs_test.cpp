// Which masks are looked at, and what becomes of their graphs.
#include "run/observed_graphs.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backend/instance.hpp"
#include "run/plan_observations.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// A phase on the diagonal, one that is as the first, and one that adds entries at random.
Experiment nested_experiment(const Overrides& overrides) {
  const std::string text = R"(
name = "nested"
replicas = 40
[problem]
rows = 4
observed = "diagonal"
[[phase]]
name = "before"
learning_rate = 0.1
steps = 10
[[phase]]
name = "same"
learning_rate = 0.1
steps = 10
[[phase]]
name = "more"
learning_rate = 0.1
steps = 10
observed_from = "previous"
observed_count = 3
[sweep]
"model.depth" = [2, 3]
"phase.more.observed_count" = [1, 4, 12]
)";
  return parse_experiment(text, "nested.toml", "", overrides);
}

Goals goals_of(const Experiment& experiment) { return Goals(experiment.cells.size(), experiment.replicas); }

void expect_numbers(const PhaseGraph& graph, double components, double with_isolated, double connected, double complete) {
  EXPECT_EQ(graph.components, components);
  EXPECT_EQ(graph.components_with_isolated, with_isolated);
  EXPECT_EQ(graph.connected, connected);
  EXPECT_EQ(graph.complete_bipartite, complete);
}

TEST(ObservedGraphs, SharedMasksAreKeptOnce) {
  const Experiment experiment = nested_experiment({});
  const ObservedGraphs graphs = observed_graphs(experiment, goals_of(experiment));
  ASSERT_EQ(graphs.cells.size(), 6u);
  ASSERT_EQ(graphs.masks.size(), 4u);  // the diagonal, and one for each number of added entries, whatever the depth
  for (std::size_t c = 0; c < 6; ++c) {
    ASSERT_EQ(graphs.cells[c].size(), 3u);
    for (const std::size_t phase : {0, 1}) {
      expect_numbers(graphs.cells[c][phase], 4, 4, 0, 1);  // four entries of their own, complete
      EXPECT_EQ(graphs.cells[c][phase].mask, 0);
      EXPECT_EQ(graphs.cells[c][phase].replicas, 1);
    }
    EXPECT_EQ(graphs.cells[c][2].mask, static_cast<int>(1 + c % 3));
    EXPECT_EQ(graphs.masks[1 + c % 3].entries.size(), (std::vector<std::size_t>{5, 8, 16})[c % 3]);
  }
  expect_numbers(graphs.cells[0][2], 3, 3, 0, 0);  // one entry joins two of the four, and leaves one of theirs hidden
  expect_numbers(graphs.cells[2][2], 1, 1, 1, 1);
}

TEST(ObservedGraphs, MasksOfReplicasAreCounted) {
  const Experiment experiment = nested_experiment({"problem.instances=\"per-replica\""});
  const ObservedGraphs graphs = observed_graphs(experiment, goals_of(experiment));
  ASSERT_EQ(graphs.masks.size(), 1u);  // the diagonal is everybody's
  for (std::size_t c = 0; c < 6; ++c) {
    double connected = 0.0, components = 0.0;
    for (int r = 0; r < 40; ++r) {
      const auto entries = observed_entries(experiment, experiment.cells[c], r, 2);
      const ObservationGraph graph = observation_graph(4, 4, entries);
      connected += graph.is_connected() ? 1.0 : 0.0;
      components += static_cast<double>(graph.components.size());
    }
    const PhaseGraph& last = graphs.cells[c][2];
    EXPECT_EQ(last.replicas, 40);
    EXPECT_EQ(last.mask, -1);
    EXPECT_EQ(last.components, components / 40.0);
    EXPECT_EQ(last.connected, connected / 40.0);
  }
  EXPECT_EQ(graphs.cells[0][2].components, 3.0);  // one more entry, wherever
  EXPECT_GT(graphs.cells[1][2].connected, 0.0);
  EXPECT_LT(graphs.cells[1][2].connected, 1.0);
}

// Six cells whose last phase costs two masks of 16 entries per replica.
TEST(ObservedGraphs, StayWithinTheBudget) {
  const Experiment experiment = nested_experiment({"problem.instances=\"per-replica\""});
  EXPECT_EQ(observed_graphs(experiment, goals_of(experiment), 16 + 6 * 32 * 5 + 7).cells[5][2].replicas, 5);
  const ObservedGraphs few = observed_graphs(experiment, goals_of(experiment), 16 + 2 * 32);
  EXPECT_EQ(few.cells[1][2].replicas, 1);
  EXPECT_EQ(few.cells[2][2].replicas, 0);
  EXPECT_TRUE(std::isnan(few.cells[2][2].components));
  EXPECT_TRUE(observed_graphs(experiment, goals_of(experiment), 15).empty());
}

TEST(ObservedGraphs, MeasurementsHaveNone) {
  const Overrides measured{"problem.observed=\"gaussian\"", "problem.observed_count=4", "sweep={}", "phase.more.observed_from=\"none\""};
  const ObservedGraphs graphs = observed_graphs(nested_experiment(measured), {40});
  EXPECT_EQ(graphs.cells[0][0].replicas, 0);
  EXPECT_EQ(graphs.cells[0][2].replicas, 1);
  Experiment all = nested_experiment(measured);
  all.cells[0].phases.pop_back();
  EXPECT_TRUE(observed_graphs(all, {40}).empty());
  EXPECT_EQ(observation_lines(all), "");
}

TEST(ObservedGraphs, ThatOfTheLastPhaseIsEstimated) {
  const Experiment experiment = nested_experiment({});
  std::vector<CellEstimate> estimates(6);
  for (int c = 0; c < 6; ++c) estimates[static_cast<std::size_t>(c)].cell = c;
  add_graphs(observed_graphs(experiment, goals_of(experiment)), estimates);
  ASSERT_TRUE(estimates[2].graph.has_value());
  EXPECT_EQ(estimates[2].graph->connected, 1.0);
  EXPECT_EQ(estimates[0].graph->connected, 0.0);
  std::vector<CellEstimate> none(6);
  add_graphs({}, none);
  EXPECT_FALSE(none[0].graph.has_value());
}

TEST(PlanObservations, PhasesWithEqualGraphsShareALine) {
  const std::string text = observation_lines(nested_experiment({"sweep={}", "phase.more.observed_count=12"}));
  EXPECT_EQ(text,
            "entries: phases before, same: 4 of 16 entries; 4 components of 1 x 1 (all entries), 1 x 1 (all entries), 1 x 1 (all "
            "entries), 1 x 1 (all entries); entries per row 1, per column 1; disconnected, complete components\n"
            "         phase more: 16 of 16 entries; 1 component of 4 x 4 (all entries); entries per row 4, per column 4; connected\n");
}

TEST(PlanObservations, SaysWhatItDidNotLookAt) {
  const Experiment experiment = nested_experiment({"problem.instances=\"per-replica\"", "sweep={}"});
  const std::string text = observation_lines(experiment, 16 + 32 + 32 * 7);
  EXPECT_NE(text.find(" of the first 7)\n"), text.npos) << text;
  EXPECT_NE(text.find("         not all masks were looked at: 272 entries are, of matrices of at most 4e+06\n"), text.npos) << text;
  EXPECT_EQ(observation_lines(experiment).find("not all masks"), text.npos);
  EXPECT_EQ(observation_lines(experiment, 1).substr(0, 9), "entries: ");
}

}  // namespace
}  // namespace rankfall
