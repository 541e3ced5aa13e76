#pragma once
// One step of each optimizer on measurements (sensing.hpp), beside those on entries (optimizer.hpp).
#include "kernels/sampler.hpp"
#include "kernels/select_entry.hpp"
#include "kernels/sensing.hpp"

namespace rankfall::kernels {

// A step along what fill(product, adjoint) makes of W (sensing.hpp).
template <class V, class Matrix, class... Views, class Fill, int D, Team T>
RANKFALL_HD void step_along(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, Fill&& fill) {
  const int n = pitch.value() * pitch.value();
  const Matrix factors = trainee.factors;
  backpropagate_measured<V>(
      team, pitch, *trainee.shape, factors, trainee.workspace, fill,
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
    const MeasuredTerms<V> terms = measured_terms(trainee);
    step_along(team, pitch, trainee, [&](Matrix product, Matrix adjoint) {
      sense(team, frame_of(pitch, *trainee.shape), trainee.draws.entries, product,
            residuals_in(pitch, *trainee.shape, trainee.workspace), terms, adjoint);
    });
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
    const Matrix row = residuals_in(pitch, *trainee.shape, trainee.workspace);
    const MeasuredTerms<V> terms = measured_terms(trainee);
    const auto add = [&](auto drawn, V measured, Matrix product, Matrix adjoint) {
      project_tile<1, V>(drawn, 0, frame, product, [&](int, V projected) {
        const V residual = terms.residual(projected, measured);
        for_each_tile(team, frame.rows, frame.columns, [&](int i, int j) {
          const int e = i * frame.pitch + j;
          adjoint[e] = mul_add(V(drawn[i * frame.columns + j]), residual, V(adjoint[e]));
        });
      });
    };
    step_along(team, pitch, trainee, [&](Matrix product, Matrix adjoint) {
      for (int draw = 0; draw < trainee.draws.batch_size; ++draw) {
        const WordsOf<V> k = sampler.next_index();
        if constexpr (ValueTraits<V>::lanes == 1) {
          const SharedNumbers<V> drawn{list.measurement + static_cast<std::ptrdiff_t>(k) * frame.size()};
          add(drawn, list.target[k], product, adjoint);
        } else {
          const V measured = stage<V>(team, list, frame.size(), k, row);
          add(row, measured, product, adjoint);
        }
      }
    });
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
