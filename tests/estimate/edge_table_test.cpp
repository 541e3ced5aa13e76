// What is told of folds, saddles and thresholds.
#include "estimate/edge_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

// The first of three cells has a saddle, the second none; the third was not asked for.
struct TwoLandscapes : ThreeCells {
  TwoLandscapes() {
    for (int c : {0, 1}) experiment.cells[static_cast<std::size_t>(c)].probe.tolerance_is_automatic = true;
    Landscape with{SaddleStatus::found, 32, {{2, 8, {3.0, 1.25}, {2.0, 0.5}, {3.5, 0.05}, 8.5, SaddleStatus::found, 0.06}}, 1,
                   0.05, 0.01, 2.0, 0.1, 0.03};
    Landscape without;
    without.status = SaddleStatus::shallow;
    without.threshold = 0.5;
    estimates[0].landscape = with;
    estimates[1].landscape = without;
  }
};

TEST(EdgeTable, HasARowPerLandscape) {
  const TwoLandscapes made;
  const std::string text = edge_table(made.experiment, made.estimates);
  for (const char* part : {"found", "shallow", "1.25", "8.5", "1.7", "0.06", "0.05", "0.01"}) EXPECT_TRUE(has(text, part)) << part;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 3 + 1 + 2);  // blank, caption, titles, rows
  EXPECT_EQ(edge_table(made.experiment, ThreeCells().estimates), "");
}

TEST(EdgeTable, ColumnsOfTheSummaryAreThereWhereAnyCellHasOne) {
  const TwoLandscapes made;
  const std::string with = summary_csv(made.experiment, made.estimates);
  EXPECT_TRUE(has(with, ",k_max,per_sample_edge,lambda_c,ridge_over_lambda_c,"));
  EXPECT_FALSE(has(summary_csv(made.experiment, ThreeCells().estimates), "lambda_c"));
  ASSERT_EQ(edge_columns().size(), edge_fields(made.estimates[0]).size());
  const auto value = [&](std::size_t cell, const char* name) {
    const auto names = edge_columns();
    return edge_fields(made.estimates[cell])[static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())];
  };
  EXPECT_DOUBLE_EQ(*value(0, "ridge_over_lambda_c"), 0.5);
  EXPECT_DOUBLE_EQ(*value(0, "per_sample_edge"), 1.7);
  EXPECT_FALSE(value(1, "lambda_c"));
  EXPECT_EQ(value(1, "rank_threshold"), 0.5);
  EXPECT_FALSE(value(2, "rank_threshold"));
}

TEST(EdgeTable, TheMethodsSayHowTheThresholdWasChosen) {
  const TwoLandscapes made;
  const std::string text = methods_sentence(made.experiment, made.estimates, "1");
  EXPECT_TRUE(has(text, "rounded down: 0.01; saddles")) << text;
  EXPECT_TRUE(has(text, "In 1 cell without such a saddle")) << text;
  EXPECT_FALSE(has(methods_sentence(ThreeCells().experiment, made.estimates, "1"), "saddle"));
}

}  // namespace
}  // namespace rankfall
