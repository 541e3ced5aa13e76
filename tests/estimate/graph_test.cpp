// Graphs of observed entries in summary.csv.
#include "estimate/report.hpp"

#include <gtest/gtest.h>

#include "estimate/estimator.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

TEST(GraphColumns, AreThereWhereAnyCellHasAGraph) {
  ThreeCells made;
  EXPECT_FALSE(has(summary_csv(made.experiment, made.estimates), "graph"));
  made.estimates[0].graph = PhaseGraph{1, 0, 2.0, 3.0, 0.0, 1.0};
  made.estimates[2].graph = PhaseGraph{64, -1, 1.25, 1.5, 0.75, 0.125};
  const std::string csv = summary_csv(made.experiment, made.estimates);
  EXPECT_TRUE(has(csv, ",graph_components,graph_components_with_isolated,graph_connected,graph_complete_bipartite\n")) << csv;
  EXPECT_TRUE(has(csv, ",2,3,0,1\n")) << csv;
  EXPECT_TRUE(has(csv, ",,,,\n")) << csv;
  EXPECT_TRUE(has(csv, ",1.25,1.5,0.75,0.125\n")) << csv;
}

}  // namespace
}  // namespace rankfall
