#pragma once
// Uniform and normal variates from random words by IEEE operations alone, hence the same bits everywhere.
#include "kernels/philox.hpp"

namespace rankfall::kernels {

// 52 bits to (0, 1): never 0 and never 1, symmetric about 1/2.
RANKFALL_HD double uniform_from_words(Word a, Word b) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(a) << 32 | b) >> 12;  // 52 bits, so that + 1/2 is exact
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

// Natural logarithm of a positive normal double, error below 2 ulp: x = m 2^e with m in [1/sqrt 2, sqrt 2), then
// ln m = 2 atanh((m - 1)/(m + 1)) as an odd series.
RANKFALL_HD double portable_log(double x) {
  std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = __builtin_bit_cast(double, (bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const double z = (m - 1.0) / (m + 1.0), z2 = z * z;
  double series = 1.0 / 25.0;
  for (int k = 23; k >= 3; k -= 2) series = mul_add(series, z2, 1.0 / k);
  const double tail = z * z2 * series;  // ln m = 2 z + 2 tail
  constexpr double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
  return mul_add(exponent, ln2_high, mul_add(exponent, ln2_low, 2.0 * tail) + 2.0 * z);
}

template <int N>
RANKFALL_HD double polynomial(const double (&coefficients)[N], double x) {
  double sum = coefficients[N - 1];
  for (int i = N - 2; i >= 0; --i) sum = mul_add(sum, x, coefficients[i]);
  return sum;
}

// Quantile of the standard normal distribution, p in (0, 1); relative error about 1e-15 (algorithm AS 241, PPND16,
// Wichura 1988).
RANKFALL_HD double normal_quantile(double p) {
  const double q = p - 0.5;
  if (absolute(q) <= 0.425) {
    const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                        1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                        3.3430575583588128105e+4, 2.5090809287301226727e+3};
    const double b[] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                        2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                        5.2264952788528545610e+3};
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = square_root(-portable_log(q < 0.0 ? p : 1.0 - p));
  double value;
  if (r <= 5.0) {
    const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                        2.27238449892691845833e-2, 7.74545014278341407640e-4};
    const double d[] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                        1.05075007164441684324e-9};
    r -= 1.6;
    value = polynomial(c, r) / polynomial(d, r);
  } else {
    const double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                        2.71155556874348757815e-5, 2.01033439929228813265e-7};
    const double f[] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                        2.04426310338993978564e-15};
    r -= 5.0;
    value = polynomial(e, r) / polynomial(f, r);
  }
  return q < 0.0 ? -value : value;
}

// The variates of one source in order; number k is a pure function of (source, k).
class VariateSequence {
 public:
  RANKFALL_HD explicit VariateSequence(const RandomSource<Word>& source) : source_(source) {}

  RANKFALL_HD double uniform() {
    if (next_ % 2 == 0) block_ = random_block<Word>(source_, static_cast<Word>(next_ / 2), 0u);
    const int half = static_cast<int>(next_++ % 2) * 2;
    return uniform_from_words(block_.word[half], block_.word[half + 1]);
  }
  RANKFALL_HD double normal() { return normal_quantile(uniform()); }

 private:
  RandomSource<Word> source_;
  PhiloxBlock<Word> block_{};
  std::uint64_t next_ = 0;
};

}  // namespace rankfall::kernels
