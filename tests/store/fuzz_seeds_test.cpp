// The fuzzer of unit files starts from units that are accepted; of an older version they would all be refused at once.
#include <filesystem>

#include "samples.hpp"
#include "store/unit_file.hpp"

namespace rankfall {
namespace {

TEST(FuzzSeeds, AreUnitsOfThisVersion) {
  const std::string corpus = (std::filesystem::path(RANKFALL_SOURCE_DIR) / "tests/fuzz/corpus/unit").string();
  constexpr std::uint64_t digest = 7;  // of tests/fuzz/make_seeds.cpp
  for (const WorkUnit& unit : {WorkUnit{0, 0, 3}, WorkUnit{1, 2, 2}}) {
    std::string reason;
    EXPECT_TRUE(read_unit(corpus, digest, unit, reason))
        << reason << "; build the target make_seeds and run it with tests/fuzz/corpus";
  }
}

}  // namespace
}  // namespace rankfall
