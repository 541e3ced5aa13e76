// Parts of an experiment that are trained apart and joined are the experiment.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "run/merge_runs.hpp"
#include "store/results_file.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

RunOptions shard_of(int number, int count) {
  RunOptions options;
  options.shard = {number, count};
  return options;
}

// What merge_runs says on standard error.
std::string told_by_merge(const std::vector<std::string>& sources, const std::string& out, bool whole) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(merge_runs(sources, out, "rankfall merge"), whole);
  return testing::internal::GetCapturedStderr();
}

TEST(Shard, EveryUnitIsInOne) {
  const Experiment experiment = small_experiment({"replicas=5000"});
  for (int count : {1, 2, 3, 7, 64}) {
    std::vector<int> share(static_cast<std::size_t>(count));
    for (const WorkUnit& unit : work_units(experiment, first_goals(experiment))) {
      int owners = 0;
      for (int number = 1; number <= count; ++number)
        if (Shard{number, count}.has(experiment, unit)) {
          ++owners;
          ++share[static_cast<std::size_t>(number - 1)];
        }
      EXPECT_EQ(owners, 1);
    }
    if (count <= 20) {
      EXPECT_LE(*std::max_element(share.begin(), share.end()) - *std::min_element(share.begin(), share.end()), 2) << count;
    }
  }
}

TEST(Shard, IsReadFromItsWord) {
  EXPECT_EQ(parse_shard("2/8").number, 2);
  EXPECT_EQ(parse_shard("2/8").count, 8);
  EXPECT_TRUE(parse_shard("1/1").is_whole());
  for (const char* word : {"", "2", "/", "0/4", "5/4", "-1/4", "1/0", "1/4x", "a/4", "1/ 4", "1/2000000", "99999999999/4"})
    EXPECT_THROW(parse_shard(word), ConfigError) << word;
}

TEST(Merge, ShardsAreTheRun) {
  const Experiment experiment = small_experiment();
  const Folder folder;
  std::vector<std::string> parts;
  for (int k = 1; k <= 3; ++k) {
    parts.push_back(folder.file("part" + std::to_string(k)));
    EXPECT_EQ(run_into(parts.back(), experiment, shard_of(k, 3)).end, RunEnd::shard_done);
    EXPECT_FALSE(std::filesystem::exists(parts.back() + "/results.nc"));
  }
  told_by_merge(parts, folder.file("whole"), true);
  EXPECT_EQ(checksum_in(folder.file("whole")), reference_checksum(experiment));
  EXPECT_EQ(results_checksum(load_run(folder.file("whole")).results), reference_checksum(experiment));
  EXPECT_EQ(read_run_record(folder.file("whole") + "/run.json").backend, "cpu");
  // It is a run like any other: nothing is left to be done.
  const Told again = run_into(folder.file("whole"), experiment);
  EXPECT_NE(again.text.find("6 of 6 work units are on disk already"), std::string::npos) << again.text;
}

TEST(Merge, TellsWhatIsMissingAndKeepsWhatIsThere) {
  const Experiment experiment = small_experiment();
  const Folder folder;
  const std::string one = folder.file("one"), two = folder.file("two"), whole = folder.file("whole");
  run_into(one, experiment, shard_of(1, 2));
  run_into(two, experiment, shard_of(2, 2));
  const std::string text = told_by_merge({one}, whole, false);
  EXPECT_NE(text.find("3 work units are missing"), std::string::npos) << text;
  EXPECT_NE(text.find("cell 0 learning_rate=0.04: replicas 256 to 511"), std::string::npos) << text;
  EXPECT_FALSE(std::filesystem::exists(whole + "/results.nc"));
  told_by_merge({two, whole}, whole, true);  // into one of the sources
  EXPECT_EQ(checksum_in(whole), reference_checksum(experiment));
}

TEST(Merge, LeavesADamagedUnitOut) {
  const Experiment experiment = small_experiment();
  const Folder folder;
  const std::string one = folder.file("one"), whole = folder.file("whole");
  run_into(one, experiment);
  const std::string unit = (std::filesystem::path(one) / "units" / "c000001-r00000256-n00000256.unit").string();
  std::filesystem::resize_file(unit, 100);
  const std::string text = told_by_merge({one}, whole, false);
  EXPECT_NE(text.find(unit + " is left out: its checksum does not match"), std::string::npos) << text;
  EXPECT_NE(text.find("1 work unit is missing"), std::string::npos) << text;
}

TEST(Merge, RefusesDuplicatesAndMixtures) {
  const Folder folder;
  const std::string one = folder.file("one"), copy = folder.file("copy"), other = folder.file("other"),
                    more = folder.file("more"), whole = folder.file("whole");
  run_into(one, small_experiment(), shard_of(1, 2));
  run_into(copy, small_experiment(), shard_of(1, 2));
  run_into(other, small_experiment({"seed=5"}), shard_of(2, 2));
  run_into(more, small_experiment({"replicas=601"}), shard_of(2, 2));
  const auto complaint = [&](const std::vector<std::string>& sources) {
    return complaint_of<ConfigError>([&] { merge_runs(sources, whole, ""); });
  };
  EXPECT_EQ(complaint({one, copy}), copy + ": holds replicas from 0 of cell 0, and so does " + one +
                                        "; they would count twice; leave one of the two directories out");
  EXPECT_EQ(complaint({one, one + "/."}), one + "/.: is named twice; its replicas would count twice; name every directory once");
  EXPECT_EQ(complaint({one, other}), other + ": is of another experiment than " + one +
                                         "; it differs in seed (4 there, 5 here); merge parts of one experiment");
  EXPECT_NE(complaint({one, more}).find("asks for 601 replicas"), std::string::npos);
  EXPECT_NE(complaint({folder.file("none")}).find("not a result directory"), std::string::npos);
}

TEST(Shard, TheLastOneInOneDirectoryMerges) {
  const Experiment experiment = small_experiment();
  const Folder folder;
  EXPECT_EQ(run_into(folder.file("out"), experiment, shard_of(2, 2)).end, RunEnd::shard_done);
  EXPECT_EQ(run_into(folder.file("out"), experiment, shard_of(1, 2)).end, RunEnd::done);
  EXPECT_EQ(checksum_in(folder.file("out")), reference_checksum(experiment));
}

TEST(Lock, IsNotMissedBecauseSomebodyLooks) {
  const Folder folder;
  const std::string path = folder.file("out");
  { const OpenRun made(path, small_experiment()); }
  std::atomic<bool> over{false};
  std::jthread looks([&] {
    while (!over) is_locked(path);
  });
  for (int k = 0; k < 200; ++k) EXPECT_NO_THROW(OpenRun(path, small_experiment()));
  over = true;
}

TEST(Lock, KeepsOthersOut) {
  const Folder folder;
  const std::string path = folder.file("out");
  const Experiment experiment = small_experiment();
  EXPECT_FALSE(is_locked(path));
  {
    const OpenRun first(path, experiment);
    EXPECT_TRUE(is_locked(path));
    const std::string complaint = complaint_of<ConfigError>([&] { OpenRun second(path, experiment); });
    EXPECT_EQ(complaint.rfind(path + ": is in use; process " + std::to_string(getpid()) + " on ", 0), 0u) << complaint;
    EXPECT_THROW(OpenRun(path, experiment, {1, 2}), ConfigError);
  }
  EXPECT_FALSE(is_locked(path));
  const OpenRun one(path, experiment, {1, 2}), two(path, experiment, {2, 2});
  EXPECT_THROW(OpenRun(path, experiment, {2, 2}), ConfigError);
  EXPECT_THROW(OpenRun(path, experiment), ConfigError);
  EXPECT_TRUE(is_locked(path));
}

}  // namespace
}  // namespace rankfall
