// Loss of plasticity in 2 x 2 (Shin & Yun, arXiv 2603.04703): a flow on the diagonal, then on W12 = 1 as well, beside the same
// start without the diagonal's phase.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

std::string plasticity_text(int depth, double scale, double mixing) {
  return "replicas = 1\n[problem]\ntarget = [[1, 1], [1, 1]]\nobserved = 'diagonal'\n[objective]\nloss = 'half-sum-squared'\n"
         "[[phase]]\noptimizer = 'gradient-flow'\nrelative_tolerance = 1e-10\ntime = 1e7\nstop = { loss = 1e-24 }\n"
         "[[phase]]\noptimizer = 'gradient-flow'\nrelative_tolerance = 1e-10\ntime = 1e7\nstop = { loss = 1e-24 }\n"
         "observed_from = 'previous'\nobserved = [[0, 1]]\n[probe]\nevery = 20\n[compare]\ncold_start = true\n[model]\ndepth = " +
         std::to_string(depth) + "\n[initialization]\nkind = 'affine'\nscale = " + std::to_string(scale) +
         "\nmixing = " + std::to_string(mixing) + "\n";
}

// W21, warm and cold: the one entry that is not observed.
std::pair<double, double> last_entry(int depth, double scale, double mixing, const Overrides& exact = {}) {
  const RunResults results = train(parse(plasticity_text(depth, scale, mixing), exact));
  for (const ReplicaResults& cell : results) EXPECT_EQ(cell.outcome[0], Outcome::converged);
  return {1.0 - value(results[0], Observable::unobserved_error, 0), 1.0 - value(results[1], Observable::unobserved_error, 0)};
}

// Pre-training ends at [[1, c], [c, 1]] with c = 2 mixing / (1 + mixing^2), whatever the scale.
TEST(Plasticity, IsLostAsPredictedAtDepthTwo) {
  const struct { const char* mixing; double left; } cases[] = {
      {"0", -0.0347156}, {"0.2679491924311227", 0.401106}, {"0.6267890062732585", 0.834230}};
  for (const auto& [mixing, left] : cases)
    for (const char* scale : {"1e-2", "1e-1"}) {
      const auto [warm, cold] = last_entry(2, 0.1, 0.0, {std::string("initialization.mixing=") + mixing,
                                                         std::string("initialization.scale=") + scale});
      EXPECT_NEAR(warm, left, 1e-5 * std::abs(left)) << mixing << ' ' << scale;
      EXPECT_GT(cold, warm);
    }
}

TEST(Plasticity, IsThatOfAColdStartAsTheScaleFalls) {
  double before = 1.0;
  for (const double scale : {1e-1, 1e-2, 1e-3}) {
    const double missing = 1.0 - last_entry(2, scale, 0.0).second;
    EXPECT_GT(missing, 0.0);
    EXPECT_LT(missing, 0.5 * before);
    before = missing;
  }
}

TEST(Plasticity, IsKeptByDepthThreeThatWasCoupled) {
  const auto [warm, cold] = last_entry(3, 0.1, 0.1);
  EXPECT_NEAR(warm, 0.915431, 1e-6);
  EXPECT_NEAR(cold, 0.995598, 1e-6);
  EXPECT_LT(last_entry(3, 0.1, 0.0).first, 0.5);  // the diagonal start decouples at any depth
}

}  // namespace
}  // namespace rankfall
