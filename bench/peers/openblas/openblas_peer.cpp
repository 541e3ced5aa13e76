// OpenBLAS: gemm for every product of GD, gemv and ger for the chains of SGD; one replica after another on every thread,
// the library itself single-threaded.
#include <cblas.h>

#include "bench/peers/harness/replicas.hpp"

namespace peers {
namespace {

void gemm(CBLAS_TRANSPOSE a_as, CBLAS_TRANSPOSE b_as, int d, float alpha, const float* a, const float* b, float beta,
          float* c) {
  cblas_sgemm(CblasRowMajor, a_as, b_as, d, d, d, alpha, a, d, b, d, beta, c, d);
}
void gemm(CBLAS_TRANSPOSE a_as, CBLAS_TRANSPOSE b_as, int d, double alpha, const double* a, const double* b, double beta,
          double* c) {
  cblas_dgemm(CblasRowMajor, a_as, b_as, d, d, d, alpha, a, d, b, d, beta, c, d);
}
void gemv(CBLAS_TRANSPOSE as, int d, const float* a, const float* x, float* y) {
  cblas_sgemv(CblasRowMajor, as, d, d, 1.0f, a, d, x, 1, 0.0f, y, 1);
}
void gemv(CBLAS_TRANSPOSE as, int d, const double* a, const double* x, double* y) {
  cblas_dgemv(CblasRowMajor, as, d, d, 1.0, a, d, x, 1, 0.0, y, 1);
}
void subtract_outer(int d, const float* x, const float* y, float* a) {
  cblas_sger(CblasRowMajor, d, d, -1.0f, x, 1, y, 1, a, d);
}
void subtract_outer(int d, const double* x, const double* y, double* a) {
  cblas_dger(CblasRowMajor, d, d, -1.0, x, 1, y, 1, a, d);
}

template <class Real>
class BlasSteps {
 public:
  BlasSteps(int depth, int dimension, const Real* slope, const Real* target)
      : depth_(depth), d_(dimension), square_(std::size_t(dimension) * dimension), slope_(slope), target_(target),
        prefix_(square_ * depth), adjoint_(square_), pulled_(square_), forward_(std::size_t(depth) * dimension),
        backward_(dimension), next_(dimension) {}

  void descend(Real* factors, Real rate, Real decay) {
    const Real* product = factors;
    for (int l = 1; l < depth_; ++l) {
      gemm(CblasNoTrans, CblasNoTrans, d_, Real(1), factors + l * square_, product, Real(0), prefix(l));
      product = prefix(l);
    }
    for (std::size_t e = 0; e < square_; ++e) adjoint_[e] = slope_[e] * (product[e] - target_[e]);
    for (int l = depth_ - 1; l > 0; --l) {
      Real* factor = factors + l * square_;
      gemm(CblasTrans, CblasNoTrans, d_, Real(1), factor, adjoint_.data(), Real(0), pulled_.data());
      gemm(CblasNoTrans, CblasTrans, d_, -rate, adjoint_.data(), l == 1 ? factors : prefix(l - 1), decay, factor);
      adjoint_.swap(pulled_);
    }
    for (std::size_t e = 0; e < square_; ++e) factors[e] = decay * factors[e] - rate * adjoint_[e];
  }

  // Vectors of one replica: loops where a call would cost more than its work.
  void descend_entry(Real* factors, int i, int j, const EntryRates<Real>& rates) {
    Real* last = factors + (depth_ - 1) * square_;
    Real* row = last + std::size_t(i) * d_;
    for (int k = 0; k < d_; ++k) forward(0)[k] = factors[std::size_t(k) * d_ + j];
    for (int l = 1; l + 1 < depth_; ++l) gemv(CblasNoTrans, d_, factors + l * square_, forward(l - 1), forward(l));
    const Real* into_last = forward(depth_ - 2);
    Real product = 0;
    for (int k = 0; k < d_; ++k) product += row[k] * into_last[k];
    const std::size_t at = std::size_t(i) * d_ + j;
    const Real error = rates.rate * slope_[at] * (rates.to_product * product - target_[at]);
    for (int k = 0; k < d_; ++k) backward_[k] = error * row[k];
    shrink(last, rates.decay);
    for (int k = 0; k < d_; ++k) row[k] -= error * into_last[k];
    for (int l = depth_ - 2; l > 0; --l) {
      Real* factor = factors + l * square_;
      gemv(CblasTrans, d_, factor, backward_.data(), next_.data());
      shrink(factor, rates.decay);
      subtract_outer(d_, backward_.data(), forward(l - 1), factor);
      backward_.swap(next_);
    }
    shrink(factors, rates.decay);
    for (int k = 0; k < d_; ++k) factors[std::size_t(k) * d_ + j] -= backward_[k];
  }

 private:
  Real* prefix(int layer) { return prefix_.data() + layer * square_; }  // W_(layer + 1) ... W_1
  Real* forward(int layer) { return forward_.data() + std::size_t(layer) * d_; }
  void shrink(Real* factor, Real decay) const {
    if (decay == Real(1)) return;
    for (std::size_t e = 0; e < square_; ++e) factor[e] *= decay;
  }

  int depth_, d_;
  std::size_t square_;
  const Real *slope_, *target_;
  std::vector<Real> prefix_, adjoint_, pulled_, forward_, backward_, next_;
};

}  // namespace

Training make_training(const Job& job) {
  openblas_set_num_threads(1);
  return job.is_double ? training_of<double, BlasSteps<double>>(job) : training_of<float, BlasSteps<float>>(job);
}

const char* library_version() { return openblas_get_config(); }

}  // namespace peers
