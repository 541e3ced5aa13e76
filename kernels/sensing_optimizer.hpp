#pragma once
// One step of each optimizer on measurements (sensing.hpp), beside those on entries (optimizer.hpp).
#include "kernels/sampler.hpp"
#include "kernels/select_entry.hpp"
#include "kernels/sensing.hpp"

namespace rankfall::kernels {

// A step along the adjoint that the workspace holds (sensing.hpp).
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_HD void step_along_adjoint(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee) {
  const int n = pitch.value() * pitch.value();
  const Matrix factors = trainee.factors;
  pull_back<V>(
      team, pitch, *trainee.shape, factors, trainee.workspace,
      [=](int layer, auto e, V gradient) { factors[layer * n + e] = factors[layer * n + e] - gradient; }, [](int) {});
  decay_scale(team, trainee, [&](V half) {
    for_each_index(team, trainee.shape->factors * n, [&](int e) { factors[e] = factors[e] * half; });
  });
}
template <class V, class... Views>
RANKFALL_HD MeasuredTerms<V> measured_terms(const Trainee<V, Views...>& trainee) {
  const int degree = trainee.shape->degree();
  return {trainee.rate * scale_power(trainee, degree - 2), scale_power(trainee, degree)};
}

// Full-batch gradient descent on measurements.
struct SensingDescent {
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, AnyTrainee&) {}
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, AnyTrainee&) {}

  template <class V, class Matrix, class... Views, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, Sampler&) const {
    sense(team, pitch, *trainee.shape, trainee.factors, trainee.workspace, trainee.draws.entries,
          residuals_in(pitch, *trainee.shape, trainee.workspace), measured_terms(trainee));
    step_along_adjoint(team, pitch, trainee);
  }
};

// SGD over batch_size drawn measurements, counted with multiplicity.
struct SensingSgd {
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, AnyTrainee&) {}
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, AnyTrainee&) {}

  template <class V, class Matrix, class... Views, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                              Sampler& sampler) const {
    const EntryList<RealOf<V>>& list = trainee.draws.entries;
    const Frame frame = frame_of(pitch, *trainee.shape);
    const Matrix adjoint = adjoint_in(pitch, *trainee.shape, trainee.workspace);
    const Matrix row = residuals_in(pitch, *trainee.shape, trainee.workspace);
    const MeasuredTerms<V> terms = measured_terms(trainee);
    const Matrix product = product_beside_adjoint<V>(team, pitch, *trainee.shape, trainee.factors, trainee.workspace);
    const auto add = [&](auto drawn, V measured) {
      project_tile<1, V>(drawn, 0, frame, product, [&](int, V projected) {
        const V residual = terms.residual(projected, measured);
        for_each_tile(team, frame.rows, frame.columns, [&](int i, int j) {
          const int e = i * frame.pitch + j;
          adjoint[e] = mul_add(V(drawn[i * frame.columns + j]), residual, V(adjoint[e]));
        });
      });
    };
    for (int draw = 0; draw < trainee.draws.batch_size; ++draw) {
      const WordsOf<V> k = sampler.next_index();
      if constexpr (ValueTraits<V>::lanes == 1) {
        add(SharedNumbers<V>{list.measurement + static_cast<std::ptrdiff_t>(k) * frame.size()}, list.target[k]);
      } else {
        add(row, stage<V>(team, list, frame.size(), k, row));
      }
    }
    step_along_adjoint(team, pitch, trainee);
  }

 private:
  // The matrix that each lane has drawn into `row`, dense; returns what was measured.
  template <class V, Team T>
  RANKFALL_FN static V stage(const T& team, const EntryList<RealOf<V>>& list, int size, WordsOf<V> k, V* row) {
    using Words = WordsOf<V>;
    Words lane;
    lane_numbers(lane);
    const Words stride(static_cast<Word>(list.stride)), own = lane * Words(static_cast<Word>(list.lane_stride));
    const Words begin = k * (Words(static_cast<Word>(size)) * stride) + own;
    if (list.lane_stride == 0) {  // consecutive numbers
      for_each_piece<V>(team, size,
                        [&](int at, int count) { gather_run(list.measurement + at, begin, count, row + at); });
    } else {
      for_each_index(team, size, [&](int e) {
        gather(list.measurement, begin + Words(static_cast<Word>(e)) * stride, row[e]);
      });
    }
    V measured;
    gather(list.target, k * stride + own, measured);
    return measured;
  }
};

}  // namespace rankfall::kernels
