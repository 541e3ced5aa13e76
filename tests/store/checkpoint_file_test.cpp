// A checkpoint is whole, or the one before it is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/checkpoint_file.hpp"
#include "samples.hpp"

namespace rankfall {
namespace {


using samples::TemporaryDirectory;

const WorkUnit unit{3, 256, 256};
const std::string latest = "c000003-r00000256-n00000256.checkpoint", previous = "c000003-r00000256-n00000256_prev.checkpoint";

class CheckpointFile : public testing::Test {
 protected:
  std::optional<std::string> read(const WorkUnit& wanted = unit, std::uint64_t digest = 7) {
    return read_checkpoint(folder_.path(), digest, wanted, reason_);
  }
  void write(const std::string& state) { write_checkpoint(folder_.path(), 7, unit, state); }
  void damage(const std::string& name) {
    std::fstream file(folder_.file(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.put('!');
  }
  TemporaryDirectory folder_;
  std::string reason_;
};

TEST_F(CheckpointFile, IsReadBack) {
  EXPECT_FALSE(read());
  EXPECT_EQ(reason_, "");
  const std::string state("a\0b\xff", 4);
  write(state);
  EXPECT_EQ(read(), state);
  EXPECT_TRUE(has_checkpoint(folder_.path(), unit));
  remove_checkpoint(folder_.path(), unit);
  EXPECT_FALSE(has_checkpoint(folder_.path(), unit));
  EXPECT_FALSE(read());
}

TEST_F(CheckpointFile, TheOneBeforeIsKept) {
  write("first");
  write("second");
  EXPECT_EQ(read(), "second");
  damage(latest);
  EXPECT_EQ(read(), "first");
  EXPECT_NE(reason_.find(latest + ": its checksum does not match"), std::string::npos) << reason_;
  damage(previous);
  EXPECT_FALSE(read());
  EXPECT_NE(reason_.find(previous), std::string::npos) << reason_;
}

TEST_F(CheckpointFile, OfAnotherUnitOrExperimentIsRefused) {
  write("state");
  EXPECT_FALSE(read(unit, 8));
  EXPECT_NE(reason_.find("another experiment or unit"), std::string::npos) << reason_;
  std::filesystem::copy_file(folder_.file(latest), folder_.file("c000004-r00000256-n00000256.checkpoint"));
  EXPECT_FALSE(read({4, 256, 256}));
}

TEST_F(CheckpointFile, TruncatedAnywhereIsRefused) {
  write("some state of a unit");
  const auto size = std::filesystem::file_size(folder_.file(latest));
  for (std::uintmax_t shorter = size; shorter-- > 0;) {
    std::filesystem::resize_file(folder_.file(latest), shorter);
    EXPECT_FALSE(read()) << shorter;
  }
}

}  // namespace
}  // namespace rankfall
