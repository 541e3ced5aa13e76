// Training within the process gives what `rankfall run` writes.
#include "rankfall/study.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "estimate/report.hpp"
#include "store/results_file.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// With an adaptive rule too, which adds replicas in rounds.
TEST(InProcess, HasTheNumbersOfARunOnDisk) {
  for (const Overrides& more : {Overrides{"replicas=300"},
                                Overrides{"replicas=100", "estimate.relative_half_width=0.12", "estimate.max_replicas=1500"}}) {
    const Experiment experiment = small_experiment(more);
    const Folder folder;
    run_into(folder.file("out"), experiment);
    const Study there = study(experiment, 2);
    EXPECT_EQ(results_checksum(there.results), read_run_record(folder.file("out") + "/run.json").checksum);
    EXPECT_EQ(summary_csv(there.experiment, there.estimates), content(folder.file("out") + "/summary.csv"));
    EXPECT_NE(tables(there).find("interval"), std::string::npos);
    EXPECT_NE(methods(there).find("With rankfall "), std::string::npos);
  }
}

TEST(InProcess, ReadsFilesAndPresets) {
  EXPECT_EQ(read_experiment("preset:seed-sweep", {"replicas=7"}).replicas, 7);
  const auto file = std::filesystem::path(RANKFALL_SOURCE_DIR) / "tests" / "small.toml";
  EXPECT_EQ(read_experiment(file.string()).name, "small");
  EXPECT_THROW(read_experiment("preset:nothing"), ConfigError);
}

}  // namespace
}  // namespace rankfall
