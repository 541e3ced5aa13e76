// How replicas begin in double-double, and how they are kept.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/checkpoint.hpp"
#include "backend/instance.hpp"
#include "tests/backend/double_double.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(DoubleDoubleStart, IsBalancedToItsRounding) {
  for (const char* kind : {"balanced", "orthogonal"}) {
    const Experiment experiment = parse(descents, {std::string("initialization.kind=") + kind, "problem.columns=3", "initialization.scale=0.1"});
    const auto factor = draw_factors<Extended>(experiment, experiment.cells.front(), 2, 0).factor;
    const auto coarse = draw_factors(experiment, experiment.cells.front(), 2, 0).factor;
    for (int l = 0; l < 2; ++l)
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
          Binary128 imbalance = 0;
          const auto at = [&](int layer, int row, int column) { return wide(factor[static_cast<std::size_t>(layer)][static_cast<std::size_t>(3 * row + column)]); };
          for (int k = 0; k < 3; ++k) imbalance += at(l + 1, k, i) * at(l + 1, k, j) - at(l, i, k) * at(l, j, k);
          EXPECT_LT(distance(imbalance, 0), 1e-31) << kind;
          EXPECT_NEAR(factor[static_cast<std::size_t>(l)][static_cast<std::size_t>(3 * i + j)].high,
                      coarse[static_cast<std::size_t>(l)][static_cast<std::size_t>(3 * i + j)], 1e-15);
        }
  }
}

// A product of what was drawn and a decimal scale, both float64, is exact in two words.
TEST(DoubleDoubleStart, KeepsProductsOfTheScale) {
  const Overrides scale{"initialization.scale=0.1"}, unit{"initialization.scale=1"};
  for (const char* kind : {"gaussian", "uniform", "absolute-gaussian"}) {
    const std::string key = std::string("initialization.kind=") + kind;
    const Experiment scaled = parse(descents, {key, scale[0]}), plain = parse(descents, {key, unit[0]});
    const auto own = draw_factors<Extended>(scaled, scaled.cells.front(), 1, 0).factor;
    const auto drawn = draw_factors(plain, plain.cells.front(), 1, 0).factor;
    for (std::size_t e = 0; e < own[0].size(); ++e)
      EXPECT_EQ(distance(wide(own[0][e]), static_cast<Binary128>(0.1) * drawn[0][e]), 0.0) << kind;
  }
}

TEST(DoubleDoubleCheckpoint, KeepsBothWords) {
  const Experiment experiment = parse(descents);
  UnitUnderWay<Extended> unit;
  unit.phase = 0;
  ReplicaRun<Extended>& run = unit.runs.emplace_back();
  run.phase = 0;
  for (const auto& factor : draw_factors<Extended>(experiment, experiment.cells.front(), 0, 0).factor)
    for (const Extended& w : factor) run.state.factors.push_back(w / Extended(3.0));
  run.state.scale = Extended(1.0) / Extended(7.0);
  const auto read = read_checkpoint_bytes<Extended>(checkpoint_bytes(unit), experiment.cells.front(), {0, 0, 1});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->runs.front().state.factors, run.state.factors);
  EXPECT_EQ(read->runs.front().state.scale, run.state.scale);
  EXPECT_TRUE(std::any_of(run.state.factors.begin(), run.state.factors.end(), [](Extended w) { return w.low != 0.0; }));
  // Bytes of float64 are not taken for those of double-double.
  UnitUnderWay<double> shorter;
  shorter.runs.emplace_back().phase = 0;
  shorter.runs.front().state.factors.assign(run.state.factors.size(), 1.0);
  EXPECT_FALSE(read_checkpoint_bytes<Extended>(checkpoint_bytes(shorter), experiment.cells.front(), {0, 0, 1}));
}

}  // namespace
}  // namespace rankfall
