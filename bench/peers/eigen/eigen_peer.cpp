// Eigen: matrices of a size that the compiler knows where there is an instance of it, else of any size; one replica after
// another on every thread. From d = 16 on, where an instance takes a compiler half a minute, Eigen's blocked product is left
// to cut for itself.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

#include <utility>

#include "bench/peers/harness/replicas.hpp"

namespace peers {
namespace {

template <class Real, int D>
class EigenSteps {
 public:
  using Matrix = Eigen::Matrix<Real, D, D>;
  using Vector = Eigen::Matrix<Real, D, 1>;
  // The file's matrices are row-major; read as column-major they are the transposes, so that here a product
  // W_L ... W_1 is F_1 ... F_L.
  using Factor = Eigen::Map<Matrix>;

  EigenSteps(int depth, int dimension, const Real* slope, const Real* target)
      : depth_(depth), d_(dimension), slope_(Eigen::Map<const Matrix>(slope, d_, d_)),
        target_(Eigen::Map<const Matrix>(target, d_, d_)), prefix_(depth, Matrix(d_, d_)), forward_(depth, Vector(d_)),
        adjoint_(d_, d_), pulled_(d_, d_), turned_(d_, d_), backward_(d_), next_(d_) {}

  void descend(Real* factors, Real rate, Real decay) {
    for (int l = 1; l < depth_; ++l) prefix_[l].noalias() = product(prefix(factors, l - 1), factor(factors, l));
    adjoint_ = slope_.cwiseProduct(prefix_[depth_ - 1] - target_);
    for (int l = depth_ - 1; l > 0; --l) {
      Factor now = factor(factors, l);
      pulled_.noalias() = product(adjoint_, now.transpose());
      now *= decay;
      adjoint_ *= rate;
      if constexpr (how == Product::lazy_of_copy) {
        turned_ = prefix(factors, l - 1).transpose();
        now.noalias() -= product(turned_, adjoint_);
      } else {
        now.noalias() -= product(prefix(factors, l - 1).transpose(), adjoint_);
      }
      std::swap(adjoint_, pulled_);
    }
    Factor first = factor(factors, 0);
    first = decay * first - rate * adjoint_;
  }

  void descend_entry(Real* factors, int i, int j, const EntryRates<Real>& rates) {
    Factor first = factor(factors, 0), last = factor(factors, depth_ - 1);
    forward_[0] = first.row(j).transpose();
    for (int l = 1; l + 1 < depth_; ++l) forward_[l].noalias() = factor(factors, l).transpose() * forward_[l - 1];
    const Vector& into_last = forward_[depth_ - 2];
    const Real error = rates.rate * slope_(j, i) * (rates.to_product * last.col(i).dot(into_last) - target_(j, i));
    backward_ = error * last.col(i);
    shrink(last, rates.decay);
    last.col(i) -= error * into_last;
    for (int l = depth_ - 2; l > 0; --l) {
      Factor now = factor(factors, l);
      next_.noalias() = now * backward_;
      shrink(now, rates.decay);
      now.noalias() -= forward_[l - 1] * backward_.transpose();
      backward_ = next_;
    }
    shrink(first, rates.decay);
    first.row(j) -= backward_.transpose();
  }

 private:
  // What was fastest: coefficients one by one in small matrices, of a transposed copy where its columns fill registers,
  // and Eigen's blocked product in larger ones.
  enum class Product { lazy, lazy_of_copy, blocked };
  static constexpr Product how = D == Eigen::Dynamic ? Product::blocked
                                 : D % 8 == 0        ? Product::lazy_of_copy
                                                     : Product::lazy;
  template <class A, class B>
  static auto product(const A& a, const B& b) {
    if constexpr (how == Product::blocked)
      return a * b;
    else
      return a.lazyProduct(b);
  }
  Factor prefix(Real* factors, int layer) {  // W_(layer + 1) ... W_1
    return layer == 0 ? factor(factors, 0) : Factor(prefix_[layer].data(), d_, d_);
  }
  Factor factor(Real* factors, int layer) const {
    return Factor(factors + static_cast<std::ptrdiff_t>(layer) * d_ * d_, d_, d_);
  }
  static void shrink(Factor& now, Real decay) {
    if (decay != Real(1)) now *= decay;
  }

  int depth_, d_;
  Matrix slope_, target_;
  std::vector<Matrix> prefix_;
  std::vector<Vector> forward_;
  Matrix adjoint_, pulled_, turned_;
  Vector backward_, next_;
};

template <class Real>
Training sized(const Job& job) {
  switch (job.dimension) {
    case 4: return training_of<Real, EigenSteps<Real, 4>>(job);
    case 5: return training_of<Real, EigenSteps<Real, 5>>(job);
    case 10: return training_of<Real, EigenSteps<Real, 10>>(job);
    default: return training_of<Real, EigenSteps<Real, Eigen::Dynamic>>(job);
  }
}

#define PEERS_TEXT(x) #x
#define PEERS_VERSION(a, b, c) PEERS_TEXT(a) "." PEERS_TEXT(b) "." PEERS_TEXT(c)

}  // namespace

Training make_training(const Job& job) { return job.is_double ? sized<double>(job) : sized<float>(job); }

const char* library_version() { return PEERS_VERSION(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION); }

}  // namespace peers
