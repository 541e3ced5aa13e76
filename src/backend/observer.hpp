#pragma once
// Reads observables off the lanes of a group: computed in float64, of double-double in that, and rounded to float64 once.
#include <array>
#include <span>
#include <vector>

#include "backend/aligned.hpp"
#include "backend/lane_group.hpp"
#include "backend/absorbing_sets.hpp"
#include "backend/lane_measurements.hpp"
#include "backend/modes.hpp"
#include "kernels/observe.hpp"
#include "kernels/progress.hpp"

namespace rankfall {

// How much to read, cheapest first.
enum class Detail {
  gradient,           // losses and gradient_norm, no singular values
  rank,               // losses and ranks: what a probe needs to decide
  rank_and_gradient,
  spectrum,           // losses and singular values
  full,               // everything
};

// What was read off one lane.
struct LaneReading {
  double loss, objective, unobserved_error, representation_cost, balancedness, gradient_norm, frobenius_squared;
  std::vector<double> singular_values;  // of W, descending; empty if not read
  ModeReading modes{};                  // where [probe] asks for it
  FactorReading layers{};               // likewise

  // What decisions are made on.
  kernels::ProbeReading decisive() const {
    return {loss,
            objective,
            gradient_norm,
            singular_values.empty() ? 0.0 : singular_values.front(),
            frobenius_squared,
            unobserved_error};
  }
  bool finite() const { return decisive().finite(); }
};

// A rank that Detail::rank is to read.
struct WantedRank {
  int lane;
  double tolerance;
};

template <class Real>
class Observer {
 public:
  using V = RegisterOf<Real>;
  using Wide = kernels::WideOf<V>;
  using Number = kernels::RealOf<Wide>;
  static constexpr int lanes = kernels::ValueTraits<V>::lanes, parts = kernels::ValueTraits<V>::parts,
                       wide_lanes = kernels::ValueTraits<Wide>::lanes;

  explicit Observer(const Factorization& model);

  // The data of the loss; the clean target is what unobserved_error compares with.
  void set_data(int lane, const ObservedData& data, const std::vector<double>& clean_target);
  void set_data(const ObservedData& data, const std::vector<double>& clean_target);
  void set_objective(double loss_scale, double ridge);

  // Reads all lanes of the group. Ranks are those of the lanes in `wanted`, which asks for a threshold each.
  void observe(const LaneGroup<Real>& group, Detail detail, std::span<const WantedRank> wanted = {});
  LaneReading reading(int lane) const;
  int rank(int lane, double tolerance) const;           // singular values above the tolerance; NaN counts as none
  int rank(int lane) const { return rank_[static_cast<std::size_t>(lane)]; }  // the same, for a wanted one
  // Reads the factors of what was observed last: how their singular values, norms, imbalance and the residuals stand.
  void read_layers();
  FactorReading layers(int lane) const;
  std::int64_t spectra_found() const { return spectra_found_; }  // registers whose singular values were computed
  std::vector<double> factor_norms(int lane) const;     // ||W_l||_F
  std::vector<double> matrix(int lane) const;           // W, dense row-major
  std::vector<double> factors(int lane) const;          // W_1 .. W_L, likewise, one after another

 private:
  bool count_ranks(int part, std::span<const WantedRank> wanted);
  void find_spectrum(int part, std::span<const WantedRank> wanted);
  kernels::Subject<Wide> subject_of(int part, const kernels::Shape& shape);
  template <class Loss>
  void observe_part(int part, const LaneGroup<Real>& group, Detail detail, std::span<const WantedRank> wanted);
  Wide* part(AlignedVector<Wide>& data, int p, std::size_t matrices) { return data.data() + p * matrices * square_; }

  Factorization model_;
  int pitch_;
  std::size_t square_;
  double loss_scale_ = 1.0, ridge_ = 0.0;
  AlignedVector<Wide> factors_, weight_, target_, clean_, workspace_, matrix_, scratch_, gram_, values_, counting_;
  LaneMeasurements<Number> measurements_{lanes};
  std::array<int, lanes> rank_{};
  std::array<bool, parts> has_spectrum_{};
  std::int64_t spectra_found_ = 0;
  kernels::Observation<Wide> seen_[parts];
  AlignedVector<Wide> layer_values_;  // of each part and factor, descending, `pitch_` numbers; empty before they are read
  Wide residual_[parts], imbalance_[parts];
};

extern template class Observer<float>;
extern template class Observer<double>;
extern template class Observer<Extended>;

}  // namespace rankfall
