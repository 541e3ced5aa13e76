#pragma once
// The state of one replica (or register of replicas) in training, and what an optimizer reads.
#include "kernels/gradient.hpp"
#include "kernels/philox.hpp"
#include "kernels/view.hpp"

namespace rankfall::kernels {

enum class Sampling : int { uniform, shuffled, cyclic };

// The observed entries as a list, for drawing. Element k of lane q is at k * stride + q * lane_stride, so that one list
// can serve all lanes (stride 1, lane_stride 0) or each lane has its own (stride = lanes, lane_stride = 1).
template <class Real>
struct EntryList {
  const Word* position;  // row << 16 | column
  const Real* target;
  const Real* weight;
  Word count;
  int stride, lane_stride;
  // Of measurements (sensing.hpp) instead: entry (i, j) of A_k at number k * rows * columns + i * columns + j, laid out like
  // the others; target is then what was measured, and position and weight are not asked for. Null where entries are observed.
  const Real* measurement = nullptr;
};

// The draws of SGD: from which entries, by which numbers, beginning where.
template <class V>
struct Draws {
  EntryList<RealOf<V>> entries;
  RandomSource<WordsOf<V>> source;  // of this phase's draws
  WordsOf<V> low, high;             // number of the next draw, counted from the phase's start
  Word* permutation;                // entries.count * lanes, shuffled sampling only
  int batch_size;
  Sampling sampling;
};

// Weight decay is lazy: the true factors are scale * factors with one float64 scale per replica; a step multiplies the
// scale by decay = 1 - 2 * learning_rate * ridge, which float32 would round to 1 when learning_rate * ridge < 3e-8, and
// costs O(1) instead of a pass over all weights. With decay d and scale s before the step,
//   s d (F - x) = d (s F) - eta g   =>   x = (eta / d) g / s,   and g carries s^(L-1): x = (eta / d) s^(L-2) (...).
// Matrix and Data are views (view.hpp) of what changes and of what is only read; Work of what may lie elsewhere: on a GPU
// the interior factors and the vectors of a step on one drawn entry fit into registers, where the others would not.
template <class V, class Matrix = V*, class Data = const V*, class Work = Matrix, class AnyShape = Shape>
struct Trainee {
  using Value = V;
  const AnyShape* shape;
  Matrix factors;            // shape->factors matrices; but interior ones where `interior` says
  Matrix last;               // the last factor
  Work interior;             // factor l = 1 .. L-2, counted from 0, at (l - 1) * pitch * pitch
  WideOf<V>* scale;          // ValueTraits<V>::parts of them
  const WideOf<V>* decay;    // likewise: 1 - 2 * learning_rate * ridge
  V rate;                    // learning_rate / decay * 2 c (gd), or * 2 c N / batch_size (sgd): factor of weight (W - T)
  Data weight;               // zero where unobserved
  Data target;
  Work workspace;            // training_workspace_matrices(factors) matrices
  Draws<V> draws;
};

// Where all factors lie one after another.
template <class V, class Matrix, class Data>
RANKFALL_HD void place_factors(Trainee<V, Matrix, Data>& trainee, Matrix factors, int pitch) {
  const int n = pitch * pitch;
  trainee.factors = factors;
  trainee.interior = factors + n;
  trainee.last = factors + (trainee.shape->factors - 1) * n;
}

// A trainee's rate and decay. A decay of exactly 0 would leave nothing to scale: one below the rounding of float64 does
// the same.
template <class Wide = double>
struct StepRates {
  Wide rate, decay;
};
template <class Wide>
RANKFALL_HD StepRates<Wide> step_rates(Wide learning_rate, Wide ridge, Wide gradient_scale) {
  const Wide exact = Wide(1.0) - Wide(2.0) * learning_rate * ridge;
  const Wide decay = exact == Wide(0.0) ? Wide(8.67361737988403547e-19) : exact;  // 2^-60
  return {learning_rate * gradient_scale / decay, decay};
}

// One step of weight decay on the scale; while it is below 1/2 the factors take over a power of two, exactly:
// multiply(half) multiplies them. More than once a step if decay < 1/2; the sign of a negative decay stays in the scale.
template <class V, class... Views, Team T, class Multiply>
RANKFALL_HD void decay_scale(const T& team, Trainee<V, Views...>& trainee, Multiply&& multiply) {
  using Wide = WideOf<V>;
  constexpr int parts = ValueTraits<V>::parts;
  constexpr int most_halvings = 64;  // of one step: ends at a scale of 0, too
  const auto is_small = [](Wide s) { return absolute(s) < Wide(0.5); };
  Wide scale[parts], factor[parts];
  bool small = false;
  RANKFALL_UNROLL for (int p = 0; p < parts; ++p) {
    scale[p] = trainee.scale[p] * trainee.decay[p];
    small = small || any(is_small(scale[p]));
  }
  for (int halvings = 0; small && halvings < most_halvings; ++halvings) {
    for (int p = 0; p < parts; ++p) {
      factor[p] = select(is_small(scale[p]), Wide(0.5), Wide(1.0));
      scale[p] = select(is_small(scale[p]), scale[p] + scale[p], scale[p]);
    }
    V half;
    narrow(factor, half);
    multiply(half);
    small = false;
    for (int p = 0; p < parts; ++p) small = small || any(is_small(scale[p]));
  }
  team.sync();  // every member has read the old scale
  if (team.rank() == 0)
    for (int p = 0; p < parts; ++p) trainee.scale[p] = scale[p];
  team.sync();
}

// scale^power in the precision of V, from the scale rounded once. power >= -1.
template <class V, class... Views>
RANKFALL_HD V scale_power(const Trainee<V, Views...>& trainee, int power) {
  V scale;
  narrow(trainee.scale, scale);
  return power < 0 ? V(RealOf<V>(1)) / scale : integer_power(scale, power);
}

}  // namespace rankfall::kernels
