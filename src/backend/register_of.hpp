#pragma once
// Which register holds numbers of a precision, one per lane, and how a lane's number is read and written.
#include <type_traits>

#include "backend/lanes.hpp"
#include "kernels/double_double.hpp"

namespace rankfall {

using Extended = kernels::DoubleDouble<double>;  // precision "double-double"

template <class Real>
struct RegisterFor {
  using Type = Lanes<Real>;
};
template <>
struct RegisterFor<Extended> {
  using Type = kernels::DoubleDouble<Lanes<double>>;
};
template <class Real> using RegisterOf = typename RegisterFor<Real>::Type;

template <class Real>
Real lane_of(const Lanes<Real>& x, int lane) {
  return reinterpret_cast<const Real*>(&x)[lane];
}
template <class Real>
void set_lane(Lanes<Real>& x, int lane, std::type_identity_t<Real> value) {
  reinterpret_cast<Real*>(&x)[lane] = value;
}
inline Extended lane_of(const RegisterOf<Extended>& x, int lane) { return {lane_of(x.high, lane), lane_of(x.low, lane)}; }
inline void set_lane(RegisterOf<Extended>& x, int lane, Extended value) {
  set_lane(x.high, lane, value.high);
  set_lane(x.low, lane, value.low);
}

// The nearest float64: of probes it is what is stored and decided on.
inline double to_float64(double x) { return x; }
inline double to_float64(Extended x) { return x.high; }

}  // namespace rankfall
