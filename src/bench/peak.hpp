#pragma once
// The fused multiply-add peak of one core: the yardstick of every throughput printed by the benchmarks.

namespace rankfall {

// Seconds per multiply-add of one lane, from one short sample (about 0.1 ms) of independent multiply-adds that stay in
// registers. 2e-9 / result is the peak in GFLOP/s of the calling core at this moment: clock rates change and neighbours
// come and go, so a sample is only worth comparing with work measured right beside it.
template <class Real>
double peak_sample();

}  // namespace rankfall
