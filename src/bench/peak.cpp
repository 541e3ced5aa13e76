#include "bench/peak.hpp"

#include <chrono>

#include "backend/lanes.hpp"

namespace rankfall {

template <class Real>
double peak_sample() {
  using V = Lanes<Real>;
  // Two pipes times a latency of four need eight; with the two operands, twelve fit AVX2's sixteen registers as well.
  // A long body, or the loop's branch would take turns with the multiply-adds on one of their ports (an eighth lost).
  constexpr int accumulators = 12, repeats = 8, rounds = 2048;
  V sum[accumulators], factor(Real(0.99999)), term(Real(1e-5));
  for (int q = 0; q < accumulators; ++q) sum[q] = V(Real(1) + Real(q) / 1000);
  pin(factor);
  pin(term);
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < rounds; ++round)
    RANKFALL_UNROLL for (int repeat = 0; repeat < repeats; ++repeat)
      RANKFALL_UNROLL for (int q = 0; q < accumulators; ++q) sum[q] = mul_add(sum[q], factor, term);
  RANKFALL_UNROLL for (int q = 1; q < accumulators; ++q) sum[0] = sum[0] + sum[q];
  [[maybe_unused]] volatile Real kept = sum[0].v[0];  // a result that nobody reads would not be computed
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return time.count() / (static_cast<double>(accumulators) * repeats * rounds * V::count);
}

template double peak_sample<float>();
template double peak_sample<double>();

}  // namespace rankfall
