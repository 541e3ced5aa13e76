// Going on from whatever is left of a run, with the numbers of an uninterrupted one.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "store/results_file.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

class Resume : public testing::Test {
 protected:
  std::string out() const { return folder_.file("out"); }
  std::string unit(const std::string& name) const { return out() + "/units/" + name; }
  Folder folder_;
};

TEST_F(Resume, TrainsMissingUnits) {
  const Experiment experiment = small_experiment();
  run_into(out(), experiment);
  const std::string checksum = checksum_in(out());
  std::filesystem::remove(unit("c000000-r00000256-n00000256.unit"));
  std::filesystem::remove(unit("c000001-r00000512-n00000088.unit"));
  const Told told = run_into(out(), experiment);
  EXPECT_NE(told.text.find("4 of 6 work units are on disk already"), std::string::npos) << told.text;
  EXPECT_EQ(checksum_in(out()), checksum);
  EXPECT_EQ(results_checksum(load_run(out()).results), checksum);
}

TEST_F(Resume, TrainsDamagedUnitsAgainAndSaysSo) {
  const Experiment experiment = small_experiment();
  run_into(out(), experiment);
  const std::string checksum = checksum_in(out());
  const std::string truncated = unit("c000000-r00000000-n00000256.unit"),
                    flipped = unit("c000001-r00000256-n00000256.unit");
  const std::string empty = unit("c000001-r00000000-n00000256.unit");
  std::filesystem::resize_file(truncated, std::filesystem::file_size(truncated) / 2);
  std::string bytes = content(flipped);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write(flipped, bytes);
  write(empty, "");
  const Told told = run_into(out(), experiment);
  for (const std::string& path : {truncated, flipped, empty})
    EXPECT_NE(told.text.find("note: " + std::filesystem::path(path).filename().string() + " is trained again: "),
              std::string::npos)
        << told.text;
  EXPECT_NE(told.text.find("3 of 6 work units are on disk already"), std::string::npos) << told.text;
  EXPECT_EQ(checksum_in(out()), checksum);
}

TEST_F(Resume, UnitsOfAnotherExperimentAreNotMixedIn) {
  const Experiment experiment = small_experiment();
  run_into(out(), experiment);
  const std::string checksum = checksum_in(out());
  const Folder other;
  run_into(other.file("out"), small_experiment({"seed=5"}));
  const std::string name = "c000000-r00000000-n00000256.unit";
  std::filesystem::copy_file(other.file("out/units/" + name), unit(name),
                             std::filesystem::copy_options::overwrite_existing);
  const Told told = run_into(out(), experiment);
  EXPECT_NE(told.text.find("another experiment"), std::string::npos) << told.text;
  EXPECT_EQ(checksum_in(out()), checksum);
}

TEST_F(Resume, MoreReplicasKeepTheFirst) {
  run_into(out(), small_experiment({"replicas=300"}));
  const RunResults few = load_run(out()).results;
  const Told told = run_into(out(), small_experiment());
  EXPECT_NE(told.text.find("2 of 6 work units are on disk already"), std::string::npos) << told.text;
  const StoredRun many = load_run(out());
  EXPECT_TRUE(many.complete);
  EXPECT_EQ(checksum_in(out()), reference_checksum(small_experiment()));
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_TRUE(std::equal(few[c].singular_values.begin(), few[c].singular_values.end(),
                           many.results[c].singular_values.begin()));
}

TEST_F(Resume, FewerReplicasAreTheFirst) {
  run_into(out(), small_experiment());
  run_into(out(), small_experiment({"replicas=256"}));
  EXPECT_EQ(load_run(out()).replicas_done, 512);
  EXPECT_EQ(checksum_in(out()), reference_checksum(small_experiment({"replicas=256"})));
}

TEST_F(Resume, AfterTimeIsUp) {
  const Experiment experiment = small_experiment({"phase.settle.steps=4000"});
  RunOptions no_time;
  no_time.max_hours = 1e-9;
  const Told told = run_into(out(), experiment, no_time);
  EXPECT_EQ(told.end, RunEnd::interrupted);
  EXPECT_EQ(read_progress(out() + "/progress.json").state, "interrupted");
  EXPECT_FALSE(std::filesystem::exists(out() + "/results.nc"));
  const StoredRun partial = load_run(out());
  EXPECT_FALSE(partial.complete);
  EXPECT_LT(partial.replicas_done, 1200);
  EXPECT_EQ(run_into(out(), experiment).end, RunEnd::done);
  EXPECT_EQ(checksum_in(out()), reference_checksum(experiment));
}

// Runs in a child process, which exits with 3 when it was interrupted.
pid_t start_child(const std::string& out, const Experiment& experiment) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(4);
  RunOptions options = with_threads(2);
  options.directory = out;
  try {
    _exit(run_experiment(experiment, options) == RunEnd::done ? 0 : 3);
  } catch (const std::exception&) {
    _exit(5);
  }
}

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// 60 units of some milliseconds each.
Experiment longer_experiment() { return small_experiment({"replicas=7680", "phase.settle.steps=200"}); }

TEST_F(Resume, AfterKillsAtAnyMoment) {
  const Experiment experiment = longer_experiment();
  std::mt19937 random(3);
  int killed = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const pid_t child = start_child(out(), experiment);
    usleep(1000 + random() % 40000);
    kill(child, SIGKILL);
    killed += exit_code(child) == -SIGKILL ? 1 : 0;
  }
  EXPECT_GE(killed, 5);
  ASSERT_EQ(exit_code(start_child(out(), experiment)), 0);
  EXPECT_EQ(checksum_in(out()), reference_checksum(experiment));
  EXPECT_EQ(results_checksum(load_run(out()).results), checksum_in(out()));
  for (const std::string& name : names_in(out())) EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
  for (const std::string& name : names_in(out() + "/units")) EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
}

TEST_F(Resume, AfterASignal) {
  const Experiment experiment = small_experiment({"phase.settle.steps=1000000000"});
  std::size_t checkpoints = 2;
  for (int number : {SIGINT, SIGTERM, SIGUSR1}) {
    std::filesystem::remove(out() + "/progress.json");  // written once the signals are expected
    const pid_t child = start_child(out(), experiment);
    while (!std::filesystem::exists(out() + "/progress.json")) usleep(1000);
    usleep(60000);
    kill(child, number);
    EXPECT_EQ(exit_code(child), 3) << number;
    EXPECT_EQ(read_progress(out() + "/progress.json").state, "interrupted");
    EXPECT_EQ(names_in(out() + "/checkpoints").size(), checkpoints) << number;  // one per thread, and the one before it
    checkpoints = 4;
  }
}

TEST_F(Resume, ASecondSignalEndsAtOnce) {
  const Experiment endless = small_experiment({"phase.settle.steps=1000000000000"});
  const pid_t child = start_child(out(), endless);
  while (!std::filesystem::exists(out() + "/progress.json")) usleep(1000);
  usleep(50000);
  for (int k = 0; k < 100; ++k) {  // signals that meet are one
    kill(child, SIGINT);
    usleep(500);
  }
  EXPECT_EQ(exit_code(child), -SIGINT);
}

// A kill between asking for more replicas and the first new unit leaves the old results.nc beside the new experiment.
TEST_F(Resume, OldResultsBesideALargerExperimentAreAnUnfinishedRun) {
  run_into(out(), small_experiment({"replicas=300"}));
  { const OpenRun opened(out(), small_experiment()); }
  const StoredRun stored = load_run(out());
  EXPECT_FALSE(stored.complete);
  EXPECT_EQ(stored.replicas_done, 600);
  EXPECT_EQ(run_into(out(), small_experiment()).end, RunEnd::done);
  EXPECT_EQ(checksum_in(out()), reference_checksum(small_experiment()));
}

}  // namespace
}  // namespace rankfall
