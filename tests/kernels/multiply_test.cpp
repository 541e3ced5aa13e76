// Products of padded matrices against three plain loops: every operation, shape and padded dimension, bit for bit.
#include <gtest/gtest.h>

#include "backend/lanes.hpp"
#include "kernels/matrix.hpp"
#include "tests/kernels/buckets.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::Extent;
using kernels::Op;

template <class V>
using Matrix = AlignedVector<V>;

template <class V>
kernels::RealOf<V>& lane_of(Matrix<V>& matrix, int element, int lane) {
  return reinterpret_cast<kernels::RealOf<V>*>(matrix.data() + element)[lane];
}

// rows x columns normal entries, a different matrix in each lane, zero beyond.
template <class V>
Matrix<V> random_matrix(kernels::VariateSequence& variates, int pitch, int rows, int columns) {
  using Real = kernels::RealOf<V>;
  Matrix<V> matrix(static_cast<std::size_t>(pitch) * pitch, V(Real(0)));
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q)
        lane_of(matrix, i * pitch + j, q) = static_cast<Real>(variates.normal());
  return matrix;
}

// sum over k ascending of op(A)_ik op(B)_kj, each step one fused multiply-add.
template <Op opA, Op opB, class V>
kernels::RealOf<V> plain_entry(Matrix<V>& A, Matrix<V>& B, int pitch, int inner, int i, int j, int lane) {
  kernels::RealOf<V> sum = 0;
  for (int k = 0; k < inner; ++k)
    sum = std::fma(lane_of(A, opA == Op::none ? i * pitch + k : k * pitch + i, lane),
                   lane_of(B, opB == Op::none ? k * pitch + j : j * pitch + k, lane), sum);
  return sum;
}

template <Op opA, Op opB, class V, int D>
void compare(kernels::VariateSequence& variates, int pitch_value, Extent extent) {
  using Real = kernels::RealOf<V>;
  const auto pitch = make_pitch<D>(pitch_value);
  const int p = pitch.value();
  auto A = opA == Op::none ? random_matrix<V>(variates, p, extent.rows, extent.inner)
                           : random_matrix<V>(variates, p, extent.inner, extent.rows);
  auto B = opB == Op::none ? random_matrix<V>(variates, p, extent.inner, extent.columns)
                           : random_matrix<V>(variates, p, extent.columns, extent.inner);
  Matrix<V> C(A.size(), V(Real(0)));
  std::vector<int> emitted(A.size(), 0);
  kernels::multiply<opA, opB, V>(kernels::SerialTeam{}, pitch, extent, A.data(), B.data(), [&](int e, V sum) {
    C[static_cast<std::size_t>(e)] = sum;
    ++emitted[static_cast<std::size_t>(e)];
  });
  for (int i = 0; i < p; ++i)
    for (int j = 0; j < p; ++j)
      for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) {
        const bool inside = i < extent.rows && j < extent.columns;
        const Real expected = inside ? plain_entry<opA, opB, V>(A, B, p, extent.inner, i, j, q) : Real(0);
        ASSERT_EQ(lane_of(C, i * p + j, q), expected) << "D = " << D << ", (" << i << ", " << j << "), lane " << q;
        const int times = emitted[static_cast<std::size_t>(i * p + j)];
        ASSERT_TRUE(inside ? times == 1 : times <= 1);
      }
}

template <class V, int D>
void all_operations(int pitch) {
  kernels::VariateSequence variates = variates_of(static_cast<std::uint32_t>(pitch));
  const int most = pitch, less = (pitch + 1) / 2, odd = pitch > 3 ? pitch - 3 : 1;
  for (const Extent extent : {Extent{most, most, most}, Extent{less, most, odd}, Extent{odd, less, most},
                              Extent{most, odd, less}, Extent{1, most, most}, Extent{most, 1, 1}}) {
    SCOPED_TRACE(testing::Message() << extent.rows << " x " << extent.inner << " x " << extent.columns);
    compare<Op::none, Op::none, V, D>(variates, pitch, extent);
    compare<Op::none, Op::transpose, V, D>(variates, pitch, extent);
    compare<Op::transpose, Op::none, V, D>(variates, pitch, extent);
    compare<Op::transpose, Op::transpose, V, D>(variates, pitch, extent);
  }
}

template <class V, int... D>
void all_buckets(std::integer_sequence<int, D...>) {
  (all_operations<V, D>(D), ...);
  for (int pitch : {8, 16, 40}) all_operations<V, 0>(pitch);
}

TEST(Multiply, FloatEqualsPlainLoops) { all_buckets<float>(ManyBuckets{}); }
TEST(Multiply, DoubleEqualsPlainLoops) { all_buckets<double>(TileShapes{}); }
TEST(Multiply, LanesOfFloatEqualPlainLoops) { all_buckets<Lanes<float>>(TileShapes{}); }
TEST(Multiply, LanesOfDoubleEqualPlainLoops) { all_buckets<Lanes<double>>(std::integer_sequence<int, 12>{}); }

}  // namespace
}  // namespace rankfall
