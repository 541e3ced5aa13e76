#include "store/results_file.hpp"

#include <netcdf.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "samples.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {
namespace {

using samples::block;
using samples::Grid;
using samples::message_of;
using samples::provenance;
using samples::TemporaryDirectory;
using samples::Trajectories;

void expect_round_trip(const Experiment& experiment, const RunResults& results) {
  const TemporaryDirectory directory;
  write_results(directory.file("results.nc"), experiment, results, provenance());
  samples::expect_same(read_results(directory.file("results.nc"), experiment), results);
  EXPECT_EQ(directory.files(), 1);
}

TEST(ResultsFile, RoundTripsAGridWithShortAndEmptyCells) {
  const Grid grid;
  expect_round_trip(grid.experiment, grid.results);
}

TEST(ResultsFile, RoundTripsTrajectories) {
  const Grid grid(Trajectories::kept);
  expect_round_trip(grid.experiment, grid.results);
}

TEST(ResultsFile, RoundTripsWithoutSweepEventsOrReplicas) {
  const Experiment experiment = samples::experiment({}, 5);
  RunResults results{block(0, 0, 5)};
  results[0].events.clear();
  expect_round_trip(experiment, results);
  expect_round_trip(experiment, {block(0, 0, 0)});
}

TEST(ResultsFile, RoundTripsMoreReplicasThanAChunkAndThanAskedFor) {
  const Experiment experiment = samples::experiment({}, 5);
  expect_round_trip(experiment, {block(0, 0, 70001)});
}

// What is left of an interrupted run can be read after more replicas were asked for.
TEST(ResultsFile, IsReadWhenTheExperimentNowWantsMoreReplicas) {
  const TemporaryDirectory directory;
  Grid grid;
  write_results(directory.file("results.nc"), grid.experiment, grid.results, provenance());
  grid.experiment.replicas = 1000;
  samples::expect_same(read_results(directory.file("results.nc"), grid.experiment), grid.results);
}

// Reads one number with the C API alone.
double number_at(int file, const char* name, std::vector<std::size_t> index) {
  int variable = 0;
  double value = 0.0;
  EXPECT_EQ(nc_inq_varid(file, name, &variable), NC_NOERR) << name;
  EXPECT_EQ(nc_get_var1_double(file, variable, index.data(), &value), NC_NOERR) << name;
  return value;
}

std::string dimensions_of(int file, const char* name) {
  int variable = 0, count = 0, ids[NC_MAX_VAR_DIMS];
  EXPECT_EQ(nc_inq_varid(file, name, &variable), NC_NOERR) << name;
  nc_inq_var(file, variable, nullptr, nullptr, &count, ids, nullptr);
  std::string text;
  for (int d = 0; d < count; ++d) {
    char dimension[NC_MAX_NAME + 1];
    nc_inq_dimname(file, ids[d], dimension);
    text += std::string(d == 0 ? "" : " ") + dimension;
  }
  return text;
}

std::string attribute_of(int file, const char* variable_name, const char* name) {
  int variable = NC_GLOBAL;
  if (variable_name != nullptr && nc_inq_varid(file, variable_name, &variable) != NC_NOERR) return "no variable";
  std::size_t size = 0;
  EXPECT_EQ(nc_inq_attlen(file, variable, name, &size), NC_NOERR) << name;
  std::string text(size, '\0');
  EXPECT_EQ(nc_get_att_text(file, variable, name, text.data()), NC_NOERR) << name;
  return text;
}

// A grid on disk, opened with the C API alone.
class ResultsSchema : public testing::Test {
 protected:
  void SetUp() override {
    write_results(directory.file("results.nc"), grid.experiment, grid.results, provenance());
    ASSERT_EQ(nc_open(directory.file("results.nc").c_str(), NC_NOWRITE, &file), NC_NOERR);
  }
  void TearDown() override { nc_close(file); }
  const TemporaryDirectory directory;
  const Grid grid{Trajectories::kept};
  int file = 0;
};

TEST_F(ResultsSchema, HasTheDocumentedDimensionsAndCoordinates) {
  EXPECT_EQ(dimensions_of(file, "loss"), "depth learning_rate replica");
  EXPECT_EQ(dimensions_of(file, "singular_values"), "depth learning_rate replica singular_value");
  EXPECT_EQ(dimensions_of(file, "factor_norm"), "depth learning_rate replica factor");
  EXPECT_EQ(dimensions_of(file, "replicas_done"), "depth learning_rate");
  EXPECT_EQ(dimensions_of(file, "event_rank_after"), "event");
  EXPECT_EQ(dimensions_of(file, "trajectory_loss"), "depth learning_rate replica probe");
  EXPECT_EQ(dimensions_of(file, "trajectory_singular_values"), "depth learning_rate replica probe singular_value");
  EXPECT_EQ(number_at(file, "learning_rate", {2}), 0.3);
  EXPECT_EQ(number_at(file, "singular_value", {0}), 1.0);
  EXPECT_EQ(number_at(file, "factor", {3}), 4.0);
  EXPECT_EQ(number_at(file, "replica", {19}), 19.0);
}

TEST_F(ResultsSchema, HasEveryNumberInItsPlaceAndMissingOnesMarked) {
  const ReplicaResults& cell = grid.results[5];  // depth 4, learning_rate 0.3; 7 replicas, the fourth diverged
  EXPECT_EQ(number_at(file, "cell", {1, 2}), 5.0);
  EXPECT_EQ(number_at(file, "replicas_done", {1, 2}), 7.0);
  EXPECT_EQ(number_at(file, "replicas_done", {0, 1}), 0.0);
  EXPECT_EQ(number_at(file, "steps", {1, 2, 6}), static_cast<double>(cell.steps[6]));
  EXPECT_EQ(number_at(file, "singular_values", {1, 2, 6, 2}), cell.singular_values[20]);
  EXPECT_EQ(number_at(file, "factor_norm", {1, 2, 6, 3}), cell.factor_norms[27]);
  EXPECT_EQ(number_at(file, "outcome", {1, 2, 3}), 2.0);  // diverged
  EXPECT_TRUE(std::isnan(number_at(file, "loss", {1, 2, 3})));
  EXPECT_EQ(number_at(file, "rank", {1, 2, 3}), -1.0);
  EXPECT_EQ(number_at(file, "outcome", {1, 2, 7}), -1.0);  // not done
  EXPECT_EQ(number_at(file, "steps", {1, 2, 7}), -1.0);
  EXPECT_TRUE(std::isnan(number_at(file, "loss", {1, 2, 7})));
  EXPECT_TRUE(std::isnan(number_at(file, "factor_norm", {0, 0, 0, 2})));  // no third factor at depth 2
  const auto third = static_cast<std::size_t>(cell.trajectory_begin[2]);
  EXPECT_EQ(number_at(file, "trajectory_length", {1, 2, 2}),
            static_cast<double>(cell.trajectory_begin[3] - cell.trajectory_begin[2]));
  EXPECT_EQ(number_at(file, "trajectory_rank", {1, 2, 2, 0}), cell.trajectory_rank[third]);
  EXPECT_EQ(number_at(file, "trajectory_singular_values", {1, 2, 2, 0, 1}),
            cell.trajectory_singular_values[3 * third + 1]);

  std::size_t event = 0;  // of the last cell, behind those of the others
  for (int c = 0; c < 5; ++c) event += grid.results[static_cast<std::size_t>(c)].events.size();
  EXPECT_EQ(number_at(file, "event_cell", {event}), 5.0);
  EXPECT_EQ(number_at(file, "event_step_after", {event}), static_cast<double>(cell.events[0].step_after));
}

TEST_F(ResultsSchema, SaysWhereItComesFrom) {
  EXPECT_EQ(attribute_of(file, nullptr, "inference_library"), "rankfall");
  EXPECT_EQ(attribute_of(file, nullptr, "experiment"), grid.experiment.text);
  EXPECT_EQ(attribute_of(file, nullptr, "checksum"), results_checksum(grid.results));
  EXPECT_EQ(attribute_of(file, nullptr, "created_at"), "2024-05-06T07:08:09Z");
  EXPECT_EQ(attribute_of(file, "outcome", "flag_meanings"), "missing converged exhausted diverged stopped blow-up stalled");
  EXPECT_EQ(attribute_of(file, "steps", "units"), "steps");
  EXPECT_EQ(attribute_of(file, "learning_rate", "long_name"), "phase.noise.learning_rate");
}

TEST(ResultsFile, RefusesWhatIsNotThisExperiments) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("results.nc");
  const Grid grid;
  const auto complaint = [&](const Experiment& experiment) {
    const std::string line = message_of<StoreError>([&] { read_results(path, experiment); });
    EXPECT_EQ(line.rfind(path + ": ", 0), 0U) << line;
    return line;
  };
  EXPECT_NE(complaint(grid.experiment).find("No such file"), std::string::npos);
  write_atomically(path, std::string("not netCDF"));
  EXPECT_NE(complaint(grid.experiment).find("cannot read it as a netCDF file"), std::string::npos);

  write_results(path, grid.experiment, grid.results, provenance());
  Experiment other = grid.experiment;
  other.digest += 1;
  EXPECT_NE(complaint(other).find("its digest is 0123456789abcdef"), std::string::npos);
  other = samples::experiment({}, 20);
  EXPECT_NE(complaint(other).find("has another shape"), std::string::npos);

  int file = 0, variable = 0;
  ASSERT_EQ(nc_open(path.c_str(), NC_WRITE, &file), NC_NOERR);
  ASSERT_EQ(nc_inq_varid(file, "steps", &variable), NC_NOERR);
  const std::size_t where[] = {0, 0, 4};
  const int tampered = 1;
  ASSERT_EQ(nc_put_var1_int(file, variable, where, &tampered), NC_NOERR);
  ASSERT_EQ(nc_close(file), NC_NOERR);
  EXPECT_NE(complaint(grid.experiment).find("does not match its checksum"), std::string::npos);
}

TEST(ResultsFile, ThrowsAndNeverCrashesWhenTruncated) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("results.nc");
  const Experiment experiment = samples::experiment({}, 5);
  write_results(path, experiment, {block(0, 0, 5)}, provenance());
  const std::string whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 60) {
    write_atomically(path, whole.substr(0, size));
    EXPECT_THROW(read_results(path, experiment), StoreError) << size;
  }
}

TEST(ResultsFile, LeavesNothingBehindOnAMissingDirectory) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("missing/results.nc");
  const Grid grid;
  const std::string line =
      message_of<StoreError>([&] { write_results(path, grid.experiment, grid.results, provenance()); });
  EXPECT_NE(line.find("No such file or directory; "), std::string::npos) << line;
  EXPECT_EQ(directory.files(), 0);
}

// The limit strikes in the header, among the data, or at the end, when the library writes what it kept in memory.
TEST(ResultsFile, AFullDiskLeavesTheOldFileAndNoOther) {
  const Experiment experiment = samples::experiment({}, 50000);
  const RunResults results{block(0, 0, 50000)};
  const TemporaryDirectory directory;
  const std::string path = directory.file("results.nc");
  write_results(path, experiment, results, provenance());
  const rlim_t whole = std::filesystem::file_size(path);
  for (const rlim_t size : {rlim_t{100}, rlim_t{20000}, whole / 2, whole - 1}) {
    write_atomically(path, std::string("old"));
    const int status = samples::in_child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{size, size};
      if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
      try {
        write_results(path, experiment, results, provenance());
      } catch (const StoreError& error) {
        const std::string line = error.what();
        return line.find(path) == 0 && line.find("File too large; free some space") != std::string::npos ? 0 : 3;
      }
      return 4;
    });
    EXPECT_EQ(status, 0) << size;
    EXPECT_TRUE(read_file(path) == "old");
    EXPECT_EQ(directory.files(), 1);
  }
}

}  // namespace
}  // namespace rankfall
