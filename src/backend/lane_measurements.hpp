#pragma once
// Measurements of a register of replicas as an observer reads them, in float64 or finer.
#include <memory>
#include <vector>

#include "backend/aligned.hpp"
#include "backend/instance.hpp"
#include "backend/register_of.hpp"
#include "kernels/state.hpp"

namespace rankfall {

// Where all lanes have the same they are read where they are, if they are float64 there; else a copy is made, one lane beside
// another.
template <class Number>
class LaneMeasurements {
 public:
  explicit LaneMeasurements(int lanes) : own_(static_cast<std::size_t>(lanes)), copied_(own_.size()) {}

  // Null where the lane observes entries. What was set last says what is observed now: lanes of another kind or count of
  // measurements are left from before, and read as zeros.
  void set(int lane, std::shared_ptr<const Measurements> own);
  bool any() const { return latest_ != nullptr; }
  // Of the lanes from `first` on.
  kernels::EntryList<Number> list(int first);

 private:
  bool is_current(std::size_t lane) const { return own_[lane] && own_[lane]->value.size() == latest_->value.size(); }
  kernels::EntryList<Number> shared();
  void copy_lanes();

  std::vector<std::shared_ptr<const Measurements>> own_, copied_;  // copied_: whose numbers the lane's copy has
  std::shared_ptr<const Measurements> latest_;
  AlignedVector<Number> matrix_, value_;
};

extern template class LaneMeasurements<double>;
extern template class LaneMeasurements<Extended>;

}  // namespace rankfall
