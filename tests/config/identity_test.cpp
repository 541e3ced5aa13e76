// What a cell's random numbers are keyed by: its own swept keys and values.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "config/hash.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;
using test::swept;

std::map<std::string, std::uint64_t> identities(const Experiment& experiment) {
  std::map<std::string, std::uint64_t> result;
  for (const Cell& cell : experiment.cells) result[cell.label] = cell.identity;
  return result;
}

TEST(Identity, IsACellsOwn) {
  const auto small = identities(swept("\"objective.ridge\" = [0.1, 0.2]\n\"model.depth\" = [2, 3]\n"));
  const auto large = identities(swept("\"objective.ridge\" = [0.3, 0.2, 0.1, 0.15]\n\"model.depth\" = [4, 3, 2]\n"));
  ASSERT_EQ(small.size(), 4u);
  ASSERT_EQ(large.size(), 12u);
  for (const auto& [label, identity] : small) EXPECT_EQ(large.at(label), identity) << label;
  std::set<std::uint64_t> distinct;
  for (const auto& [label, identity] : large) distinct.insert(identity);
  EXPECT_EQ(distinct.size(), large.size());
}

TEST(Identity, DoesNotDependOnSpellingOrderOrZip) {
  const auto identity = [](const std::string& sweep) { return swept(sweep).cells.back().identity; };
  const std::uint64_t reference = identity("\"objective.ridge\" = [1]\n\"model.depth\" = [3]\n");
  EXPECT_EQ(identity("\"objective.ridge\" = [1.0]\n\"model.depth\" = [3.0]\n"), reference);
  EXPECT_EQ(identity("\"model.depth\" = [3]\n\"objective.ridge\" = [0, 1e0]\n"), reference);
  EXPECT_EQ(identity("objective.ridge = { linspace = [0, 1, 5] }\nmodel.depth = [2, 3]\n"), reference);
  EXPECT_EQ(identity("\"objective.ridge\" = [0, 1]\n\"model.depth\" = [2, 3]\n"
                     "zip = [[\"objective.ridge\", \"model.depth\"]]\n"),
            reference);
  EXPECT_NE(identity("\"objective.ridge\" = [3]\n\"model.depth\" = [1]\n"), reference);
}

TEST(Identity, OfAFileIsItsContent) {
  const test::Folder here;
  const test::Folder there;
  here.write("a.csv", "1,0,0,0\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  here.write("b.csv", "1,1,1,1\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  there.write("renamed.csv", "1,1,1,1\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  const std::string rest = "[problem]\nrows = 4\n" + test::phase + "[sweep]\n\"problem.target\" = ";
  const Experiment first = parse(rest + "[\"a.csv\", \"b.csv\"]\n", {}, here.path());
  const Experiment second = parse(rest + "[\"renamed.csv\"]\n", {}, there.path());
  EXPECT_EQ(first.cells[1].identity, second.cells[0].identity);
  EXPECT_NE(first.cells[0].identity, first.cells[1].identity);
  EXPECT_EQ(first.cells[0].label, "target=a.csv");
  EXPECT_EQ(std::get<std::string>(first.axes[0].values[0][0]), here.file("a.csv"));
  EXPECT_EQ(test::complaint_of(rest + "[\"a.csv\", \"c.csv\"]\n", {}, here.path()),
            "test.toml:8: '" + here.file("c.csv") + "' cannot be read; there is no such file; check the path");
}

// Published vectors: FNV-1a of "" and "a" (the reference code's test suite); the finalizer gives SplitMix64's first
// output for seed 0, 0xe220a8397b1dcdaf, from its increment.
TEST(Hash, KnownAnswers) {
  using config::Hasher;
  EXPECT_EQ(Hasher::finalized(0x9e3779b97f4a7c15u), 0xe220a8397b1dcdafu);
  EXPECT_EQ(Hasher().value(), Hasher::finalized(0xcbf29ce484222325u));
  Hasher a;
  a.bytes("a");
  EXPECT_EQ(a.value(), Hasher::finalized(0xaf63dc4c8601ec8cu));
  Hasher foobar;
  foobar.bytes("foobar");
  EXPECT_EQ(foobar.value(), Hasher::finalized(0x85944171f73967e8u));
}

}  // namespace
}  // namespace rankfall
