#pragma once
// Lays replicas out as the kernels want them (padded, one per lane), trains them, and gives them back dense.
#include <stdexcept>
#include <type_traits>

#include "backend/aligned.hpp"
#include "kernels/train.hpp"
#include "tests/kernels/replica.hpp"

namespace rankfall {

struct TrainerSettings {
  int batch_size = 1;
  kernels::Sampling sampling = kernels::Sampling::uniform;
  int pitch = 8;  // of D = 0
};

using kernels::make_pitch;

template <class Optimizer>
inline constexpr bool uses_all =
    std::is_same_v<Optimizer, kernels::GradientDescent> || std::is_same_v<Optimizer, kernels::SensingDescent>;

// Replica q sits in lane q; lanes without one hold zero factors. All replicas have the same shape and, where entries
// are drawn, the same number of observed entries.
template <class V, int D>
class Trainer {
 public:
  using Real = kernels::RealOf<V>;
  using Wide = kernels::WideOf<V>;
  static constexpr int lanes = kernels::ValueTraits<V>::lanes, parts = kernels::ValueTraits<V>::parts;

  Trainer(const std::vector<Replica>& replicas, const TrainerSettings& settings)
      : replicas_(replicas), pitch_(make_pitch<D>(settings.pitch)) {
    const kernels::Shape& shape = replicas_.front().shape;
    square_ = pitch_.value() * pitch_.value();
    factors_.assign(static_cast<std::size_t>(square_) * shape.factors, V(Real(0)));
    workspace_.assign(static_cast<std::size_t>(square_) * kernels::training_workspace_matrices(shape.factors),
                      V(Real(0)));
    weight_.assign(static_cast<std::size_t>(square_), V(Real(0)));
    target_ = weight_;
    scale_.assign(parts, Wide(1.0));
    decay_ = scale_;
    const std::size_t measured = replicas_.front().measured.size();
    const std::size_t count = measured > 0 ? measured : observed_elements(replicas_.front()).size();
    measurements_.assign(replicas_.front().measurement.size() * lanes, Real(0));
    positions_.assign(count * lanes, 0u);
    entry_targets_.assign(count * lanes, Real(0));
    entry_weights_ = entry_targets_;
    permutation_.assign(count * lanes, 0u);
    trainee_.shape = &shape;  // in the heap: stays where it is when the trainer moves
    kernels::place_factors(trainee_, factors_.data(), pitch_.value());
    trainee_.scale = scale_.data();
    trainee_.decay = decay_.data();
    trainee_.rate = V(Real(0));
    trainee_.weight = weight_.data();
    trainee_.target = target_.data();
    trainee_.workspace = workspace_.data();
    trainee_.draws.entries = {
        positions_.data(), entry_targets_.data(), entry_weights_.data(), static_cast<Word>(count), lanes, 1};
    if (measured > 0) trainee_.draws.entries.measurement = measurements_.data();
    trainee_.draws.permutation = permutation_.data();
    trainee_.draws.batch_size = settings.batch_size;
    trainee_.draws.sampling = settings.sampling;
    for (int lane = 0; lane < static_cast<int>(replicas_.size()); ++lane) load(lane);
  }

  Trainer(Trainer&&) = default;  // its trainee points into the vectors, which a move keeps and a copy would not

  // The trainee, ready for an optimizer: its rate and decay, and the next draw of every lane.
  template <class Optimizer>
  kernels::Trainee<V>& prepare() {
    for (int lane = 0; lane < static_cast<int>(replicas_.size()); ++lane) {
      const Replica& replica = replicas_[lane];
      const double decay = 1.0 - 2.0 * replica.learning_rate * replica.ridge;
      double scale = 2.0 * replica.loss_scale;
      if (!uses_all<Optimizer>)
        scale *= static_cast<double>(trainee_.draws.entries.count) / trainee_.draws.batch_size;
      set(trainee_.rate, lane, static_cast<Real>(replica.learning_rate * scale / decay));
      reinterpret_cast<double*>(decay_.data())[lane] = decay;
      set(trainee_.draws.low, lane, static_cast<Word>(replica.draws));
      set(trainee_.draws.high, lane, static_cast<Word>(replica.draws >> 32));
      set(trainee_.draws.source.key0, lane, replica.source.key0);
      set(trainee_.draws.source.key1, lane, replica.source.key1);
      set(trainee_.draws.source.replica, lane, replica.source.replica);
      set(trainee_.draws.source.use, lane, replica.source.use);
    }
    return trainee_;
  }
  template <class Optimizer>
  void train(std::int64_t steps) {
    kernels::train<Optimizer>(kernels::SerialTeam{}, pitch_, prepare<Optimizer>(), steps);
    advance_draws<Optimizer>(steps);
  }
  template <class Optimizer>
  void advance_draws(std::int64_t steps) {
    if (uses_all<Optimizer>) return;
    for (Replica& replica : replicas_) replica.draws += static_cast<std::uint64_t>(steps) * trainee_.draws.batch_size;
  }

  // The measurements of the first replica, for all lanes.
  void share_measurements() {
    for (std::size_t e = 0; e < measurements_.size() / lanes; ++e) measurements_[e] = measurements_[e * lanes];
    for (std::size_t k = 0; k < entry_targets_.size() / lanes; ++k) entry_targets_[k] = entry_targets_[k * lanes];
    trainee_.draws.entries.stride = 1;
    trainee_.draws.entries.lane_stride = 0;
  }
  kernels::Pitch<D> pitch() const { return pitch_; }
  // The stored factors of a lane, without the scale: what bit equality is about.
  std::vector<Real> stored(int lane) const {
    std::vector<Real> dense;
    for_each_entry(
        [&](std::size_t element) { dense.push_back(reinterpret_cast<const Real*>(factors_.data() + element)[lane]); });
    return dense;
  }
  double scale(int lane) const { return reinterpret_cast<const double*>(scale_.data())[lane]; }
  // The true factors.
  std::vector<double> factors(int lane) const {
    std::vector<double> dense;
    for (Real w : stored(lane)) dense.push_back(scale(lane) * static_cast<double>(w));
    return dense;
  }

 private:
  template <class Lane, class Value>
  static void set(Lane& lane_values, int lane, Value value) {
    static_assert(sizeof(Lane) == lanes * sizeof(Value));
    __builtin_memcpy(reinterpret_cast<char*>(&lane_values) + static_cast<std::size_t>(lane) * sizeof value, &value,
                     sizeof value);
  }
  template <class F>
  void for_each_entry(F&& f) const {
    const kernels::Shape& shape = replicas_.front().shape;
    for (int l = 0; l < shape.factors; ++l)
      for (int i = 0; i < shape.width[l + 1]; ++i)
        for (int j = 0; j < shape.width[l]; ++j) f(static_cast<std::size_t>(l * square_ + i * pitch_.value() + j));
  }
  void load(int lane) {
    const Replica& replica = replicas_[lane];
    std::size_t from = 0;
    for_each_entry([&](std::size_t element) {
      reinterpret_cast<Real*>(factors_.data() + element)[lane] = static_cast<Real>(replica.factors[from++]);
    });
    for (std::size_t e = 0; e < replica.measurement.size(); ++e)
      measurements_[e * lanes + lane] = static_cast<Real>(replica.measurement[e]);
    for (std::size_t k = 0; k < replica.measured.size(); ++k)
      entry_targets_[k * lanes + lane] = static_cast<Real>(replica.measured[k]);
    if (!replica.measured.empty()) return;
    const std::vector<int> elements = observed_elements(replica);
    if (elements.size() != trainee_.draws.entries.count) throw std::logic_error("replicas with unlike numbers of entries");
    for (std::size_t k = 0; k < elements.size(); ++k) {
      const int e = elements[k], row = e / replica.columns(), column = e % replica.columns();
      const std::size_t to = static_cast<std::size_t>(row * pitch_.value() + column), at = k * lanes + lane;
      reinterpret_cast<Real*>(weight_.data() + to)[lane] = static_cast<Real>(replica.weight[e]);
      reinterpret_cast<Real*>(target_.data() + to)[lane] = static_cast<Real>(replica.target[e]);
      positions_[at] = static_cast<Word>(row) << 16 | static_cast<Word>(column);
      entry_targets_[at] = static_cast<Real>(replica.target[e]);
      entry_weights_[at] = static_cast<Real>(replica.weight[e]);
    }
  }

  std::vector<Replica> replicas_;
  kernels::Pitch<D> pitch_;
  int square_ = 0;
  kernels::Trainee<V> trainee_{};
  AlignedVector<V> factors_, workspace_, weight_, target_;
  AlignedVector<Wide> scale_, decay_;
  AlignedVector<Word> positions_, permutation_;
  AlignedVector<Real> entry_targets_, entry_weights_, measurements_;
};

// A replica after `steps` steps in float or double, alone.
template <class Optimizer, class Real, int D>
Trainer<Real, D> trained(const Replica& replica, std::int64_t steps, const TrainerSettings& settings = {}) {
  Trainer<Real, D> trainer({replica}, settings);
  trainer.template train<Optimizer>(steps);
  return trainer;
}

}  // namespace rankfall
