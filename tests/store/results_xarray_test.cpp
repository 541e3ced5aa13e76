#include <cstdlib>

#include "samples.hpp"
#include "store/atomic_file.hpp"
#include "store/results_file.hpp"

namespace rankfall {
namespace {

using samples::axis;
using samples::block;
using samples::Grid;
using samples::provenance;
using samples::TemporaryDirectory;
using samples::Trajectories;

// Runs a Python script with the file's path as its argument; skipped where xarray is not installed.
void expect_in_python(const std::string& path, const std::string& script) {
  if (std::system("/usr/bin/python3 -c 'import xarray, netCDF4' 2> /dev/null") != 0)
    GTEST_SKIP() << "needs python3-xarray and python3-netcdf4";
  write_atomically(path + ".py", "import sys, xarray, numpy as np\nds = xarray.open_dataset(sys.argv[1])\n" + script);
  EXPECT_EQ(std::system(("/usr/bin/python3 -W error " + path + ".py " + path).c_str()), 0) << script;
}

TEST(ResultsInXarray, HaveLabelsMasksAndTypes) {
  const TemporaryDirectory directory;
  const Grid grid(Trajectories::kept);
  write_results(directory.file("results.nc"), grid.experiment, grid.results, provenance());
  expect_in_python(directory.file("results.nc"), R"(
assert ds.loss.dims == ('depth', 'learning_rate', 'replica'), ds.loss.dims
cell = ds.sel(depth=4, learning_rate=0.3)
assert cell.loss.notnull().sum() == 6 and cell.replicas_done == 7            # one of seven diverged
assert np.isnan(cell['rank'][3]) and np.isnan(cell['rank'][7])               # diverged; not done
assert (cell.outcome == 2).sum() == 1 and (cell.outcome == -1).sum() == 13
assert ds.outcome.dtype == np.int32 and ds.loss.dtype == np.float64 and ds.replica.dtype == np.int64
assert 'cell' in ds.coords and int(cell.cell) == 5
assert ds.loss.attrs['long_name'] and ds.steps.attrs['units'] == 'steps'
assert (ds.event_cell == 5).any() and set(np.unique(ds.event_cell)) <= set(range(6))
assert int(ds.attrs['seed']) == 0xfedcba9876543210 and 'sample' in ds.attrs['experiment']
assert cell.trajectory_loss.dims == ('replica', 'probe')
assert (cell.trajectory_step.notnull().sum('probe') == cell.trajectory_length.fillna(0)).all()
assert float(ds['rank'].mean('replica').isel(depth=0, learning_rate=0)) >= 0  # NaN does not spread
)");
}

TEST(ResultsInXarray, LabelsZippedAndTextAxes) {
  const TemporaryDirectory directory;
  Axis zip{"depth_scale", {"model.depth", "initialization.scale"}, {"depth", "scale"}, {{2.0, 3.0}, {0.5, 0.25}}};
  const Experiment experiment = samples::experiment(
      {zip, axis("phase.noise.sampling", "sampling", {std::string("uniform"), std::string("cyclic")}),
       axis("phase.noise.stop.loss", "stop", {1e-3, std::string("none")})},
      4);
  RunResults results;
  for (int c = 0; c < 8; ++c) results.push_back(block(c, 0, 4));
  write_results(directory.file("results.nc"), experiment, results, provenance());
  samples::expect_same(read_results(directory.file("results.nc"), experiment), results);
  expect_in_python(directory.file("results.nc"), R"(
assert ds.loss.dims == ('depth_scale', 'sampling', 'stop', 'replica'), ds.loss.dims
assert {'depth', 'scale', 'cell'} <= set(ds.coords), ds.coords
assert list(ds.scale.values) == [0.5, 0.25] and ds.scale.dims == ('depth_scale',)
assert list(ds.sampling.values) == ['uniform', 'cyclic'] and list(ds.stop.values) == ['0.001', 'none']
assert ds.loss.sel(sampling='cyclic').sizes == {'depth_scale': 2, 'stop': 2, 'replica': 4}
assert ds.loss.swap_dims(depth_scale='scale').sel(scale=0.25).coords['depth'] == 3
)");
}

// A sweep over problem.rank and one over objective.loss are named like results.
TEST(ResultsInXarray, GivesAnAxisNamedLikeAResultItsFullKey) {
  const TemporaryDirectory directory;
  const Experiment experiment = samples::experiment(
      {axis("problem.rank", "rank", {1.0, 2.0}),
       axis("objective.loss", "loss", {std::string("mean-squared"), std::string("half-sum-squared")}),
       axis("phase.\"a / b\".steps", "steps", {1.0})},
      4);
  RunResults results;
  for (int c = 0; c < 4; ++c) results.push_back(block(c, 0, 4));
  write_results(directory.file("results.nc"), experiment, results, provenance());
  samples::expect_same(read_results(directory.file("results.nc"), experiment), results);
  expect_in_python(directory.file("results.nc"), R"(
assert ds['rank'].dims == ('problem.rank', 'objective.loss', 'phase._a___b_.steps', 'replica'), ds['rank'].dims
assert list(ds['problem.rank'].values) == [1.0, 2.0]
)");
}

TEST(ResultsInXarray, OpenWithoutSweepOrEvents) {
  const TemporaryDirectory directory;
  RunResults results{block(0, 0, 5)};
  results[0].events.clear();
  write_results(directory.file("results.nc"), samples::experiment({}, 5), results, provenance());
  expect_in_python(directory.file("results.nc"), R"(
assert ds.loss.dims == ('replica',) and ds.sizes['event'] == 0 and ds.event_cell.size == 0
assert int(ds.cell) == 0 and int(ds.replicas_done) == 5 and 'probe' not in ds.sizes
)");
}

TEST(ResultsInXarray, HoldsAnExperimentTextOfAMegabyte) {
  const TemporaryDirectory directory;
  Experiment experiment = samples::experiment({}, 2);
  experiment.text.assign(1 << 20, 'x');  // a large target, inlined
  write_results(directory.file("results.nc"), experiment, {block(0, 0, 2)}, provenance());
  expect_in_python(directory.file("results.nc"), "assert ds.attrs['experiment'] == 'x' * 2**20\n");
}

}  // namespace
}  // namespace rankfall
