#include "config/wording.hpp"

#include <gtest/gtest.h>

namespace rankfall::config {
namespace {

TEST(EditDistance, TextbookValues) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", "abc"), 0);
  EXPECT_EQ(edit_distance("ca", "abc"), 3);  // optimal string alignment; unrestricted Damerau-Levenshtein would be 2
  EXPECT_EQ(edit_distance("rigde", "ridge"), 1);
}

TEST(Nearest, OnlyWhatIsNear) {
  const std::vector<std::string> words{"rank", "rank_tolerance", "every", "trajectory"};
  EXPECT_EQ(nearest_of("rnak", words), "rank");
  EXPECT_EQ(nearest_of("tolerance", words), "rank_tolerance");
  EXPECT_EQ(nearest_of("trajectories", words), "trajectory");
  EXPECT_EQ(nearest_of("lr", words), "");
  EXPECT_EQ(nearest_of("xyzzy", words), "");
}

TEST(InQuotes, StaysOneLine) {
  EXPECT_EQ(in_quotes("a\nb\tc"), "'a\\x0ab\\x09c'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(Shortest, OneAndOnePointZeroAgree) {
  EXPECT_EQ(shortest(1.0), "1");
  EXPECT_EQ(shortest(-0.0), "0");
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
}

}  // namespace
}  // namespace rankfall::config
