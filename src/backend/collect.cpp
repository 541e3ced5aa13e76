#include "backend/collect.hpp"

namespace rankfall {

std::array<double, observable_count> observables_of(const LaneReading& reading) {
  double nuclear = 0.0, entropy = 0.0;
  for (double s : reading.singular_values) nuclear += s;
  for (double s : reading.singular_values)
    if (s > 0.0) entropy -= s / nuclear * std::log(s / nuclear);
  const double top = reading.singular_values.front();
  const double stable_rank = top > 0.0 ? reading.frobenius_squared / (top * top) : 0.0;
  const double effective_rank = top > 0.0 ? std::exp(entropy) : 0.0;
  return {reading.loss, reading.objective, reading.unobserved_error, effective_rank, stable_rank, nuclear,
          reading.representation_cost, reading.balancedness, reading.gradient_norm};
}

}  // namespace rankfall
