// Folds, saddles and thresholds of cells in results.nc.
#include <netcdf.h>

#include <cmath>

#include "samples.hpp"
#include "store/results_file.hpp"

namespace rankfall {
namespace {

std::vector<double> column_in(int file, const char* name, std::size_t size) {
  int variable = 0;
  std::vector<double> values(size, -7.0);
  EXPECT_EQ(nc_inq_varid(file, name, &variable), NC_NOERR) << name;
  EXPECT_EQ(nc_get_var_double(file, variable, values.data()), NC_NOERR) << name;
  return values;
}

// The first cell has a saddle, the second none, and nobody asked for the third's.
TEST(LandscapeResults, StandByCell) {
  Experiment experiment = samples::experiment({samples::axis("objective.ridge", "ridge", {0.03, 0.0, 1.0})}, 5);
  RunResults results;
  for (const Cell& cell : experiment.cells) results.push_back(samples::block(cell.index, 0, 5));
  Landscape& first = experiment.cells[0].landscape.emplace();
  first = {SaddleStatus::found, 32, {{2, 8, {3.0, 1.25}, {2.0, 0.5}, {3.5, 0.05}, 8.5, SaddleStatus::found, 0.06}}, 1, 0.05, 0.01, 2.0, 0.1, 0.03};
  Landscape& second = experiment.cells[1].landscape.emplace();
  second.status = SaddleStatus::no_ridge;
  second.threshold = 0.5;
  const samples::TemporaryDirectory directory;
  const std::string path = directory.file("results.nc");
  write_results(path, experiment, results, samples::provenance());
  samples::expect_same(read_results(path, experiment), results);
  int file = 0;
  ASSERT_EQ(nc_open(path.c_str(), NC_NOWRITE, &file), NC_NOERR);
  const auto expect = [&](const char* name, double with_saddle, double without) {
    const std::vector<double> column = column_in(file, name, 3);
    EXPECT_DOUBLE_EQ(column[0], with_saddle) << name;
    if (std::isnan(without)) EXPECT_TRUE(std::isnan(column[1])) << name;
    else EXPECT_EQ(column[1], without) << name;
    EXPECT_TRUE(std::isnan(column[2])) << name;
  };
  const double none = std::nan("");
  expect("minimum_rank", 2.0, none);
  expect("minimum_share", 0.25, none);
  expect("minimum_singular_value", 1.25, none);
  expect("k_max", 8.5, none);
  expect("per_sample_edge", 0.1 * 2.0 * 8.5, none);
  expect("lambda_c", 0.06, none);
  expect("ridge_over_lambda_c", 0.5, none);
  expect("fold_singular_value", 0.5, none);
  expect("saddle_singular_value", 0.05, none);
  expect("rank_threshold", 0.01, 0.5);
  nc_close(file);
}

}  // namespace
}  // namespace rankfall
