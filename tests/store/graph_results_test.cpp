// Graphs of observed entries in results.nc.
#include <netcdf.h>

#include <cmath>

#include "samples.hpp"
#include "store/results_file.hpp"
#include "store/results_schema.hpp"

namespace rankfall {
namespace {

// Three cells of two phases: one mask, another shape of mask, one that is not known.
struct GraphSample {
  GraphSample() : experiment(samples::experiment({samples::axis("problem.rows", "rows", {2.0, 3.0, 4.0})}, 5)) {
    for (Cell& cell : experiment.cells) {
      cell.phases.resize(2);
      cell.phases[0].name = "settle";
      cell.phases[1].name = "noise";
      results.push_back(samples::block(cell.index, 0, 5));
    }
    graphs.masks = {{2, 2, {{0, 0}, {1, 1}}}, {3, 1, {{2, 0}}}};
    graphs.cells = {{{1, 0, 2, 2, 0, 1}, {64, -1, 1.5, 2.5, 0.5, 0.25}}, {{1, 1, 1, 3, 1, 1}, {1, 0, 2, 2, 0, 1}}, {{}, {}}};
  }
  Experiment experiment;
  RunResults results;
  ObservedGraphs graphs;
};

std::vector<double> numbers_in(int file, const char* name, std::size_t size) {
  int variable = 0;
  std::vector<double> values(size, -7.0);
  EXPECT_EQ(nc_inq_varid(file, name, &variable), NC_NOERR) << name;
  EXPECT_EQ(nc_get_var_double(file, variable, values.data()), NC_NOERR) << name;
  return values;
}

TEST(GraphResults, StandBesideWhatIsReadBack) {
  const samples::TemporaryDirectory directory;
  const GraphSample made;
  const std::string path = directory.file("results.nc");
  write_results(path, made.experiment, made.results, samples::provenance(), made.graphs);
  samples::expect_same(read_results(path, made.experiment), made.results);
  int file = 0;
  ASSERT_EQ(nc_open(path.c_str(), NC_NOWRITE, &file), NC_NOERR);
  EXPECT_EQ(numbers_in(file, "graph_replicas", 6), (std::vector<double>{1, 64, 1, 1, 0, 0}));
  EXPECT_EQ(numbers_in(file, "graph_mask", 6), (std::vector<double>{0, -1, 1, 0, -1, -1}));
  const std::vector<double> components = numbers_in(file, "graph_components", 6), complete = numbers_in(file, "graph_complete_bipartite", 6);
  EXPECT_EQ(std::vector<double>(components.begin(), components.begin() + 4), (std::vector<double>{2, 1.5, 1, 2}));
  EXPECT_EQ(std::vector<double>(complete.begin(), complete.begin() + 4), (std::vector<double>{1, 0.25, 1, 1}));
  EXPECT_TRUE(std::isnan(components[4]) && std::isnan(complete[5]));
  EXPECT_EQ(numbers_in(file, "observed_mask", 12), (std::vector<double>{1, 0, 0, 1, -1, -1, 0, -1, 0, -1, 1, -1}));
  nc_close(file);
}

// Results without graphs have none of it, and are read as before there were any.
TEST(GraphResults, AreLeftOutWhereNothingIsKnown) {
  const samples::TemporaryDirectory directory;
  const GraphSample made;
  const std::string path = directory.file("results.nc");
  write_results(path, made.experiment, made.results, samples::provenance());
  samples::expect_same(read_results(path, made.experiment), made.results);
  int file = 0, id = 0;
  ASSERT_EQ(nc_open(path.c_str(), NC_NOWRITE, &file), NC_NOERR);
  EXPECT_NE(nc_inq_varid(file, "graph_components", &id), NC_NOERR);
  EXPECT_NE(nc_inq_dimid(file, "phase", &id), NC_NOERR);
  nc_close(file);
}

TEST(GraphResults, AxesGiveWayToTheirNames) {
  const auto names = axis_names({samples::axis("problem.row", "row", {1.0}), samples::axis("problem.rows", "rows", {1.0})});
  EXPECT_EQ(names[0].dimension, "problem.row");
  EXPECT_EQ(names[1].dimension, "rows");
}

}  // namespace
}  // namespace rankfall
