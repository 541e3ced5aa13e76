#include "theory/ridged_objective.hpp"

#include <algorithm>

#include "backend/instance.hpp"

namespace rankfall {

using dense::Dense;
using dense::product;
using dense::transposed;
using kernels::mul_add;

namespace {

Dense identity(int n) {
  Dense one{n, n, dense::Numbers(static_cast<std::size_t>(n) * n, 0.0)};
  for (int i = 0; i < n; ++i) one.entries[static_cast<std::size_t>(i) * n + i] = 1.0;
  return one;
}

}  // namespace

Dense loss_gradient(const RidgedProblem& problem, const Dense& w) {
  Dense gradient{w.rows, w.columns, dense::Numbers(w.entries.size(), 0.0)};
  for (const ObservedEntry& entry : problem.entries) {
    const std::size_t at = static_cast<std::size_t>(entry.row) * w.columns + entry.column;
    gradient.entries[at] = 2.0 * problem.loss_scale * entry.weight * (w.entries[at] - problem.target[at]);
  }
  return gradient;
}

RidgedObjective::RidgedObjective(RidgedProblem problem, int rank) : problem_(std::move(problem)), rank_(rank) {
  shape_.depth = problem_.depth;
  shape_.widths.assign(static_cast<std::size_t>(problem_.depth) + 1, rank);
  shape_.widths.front() = problem_.columns;
  shape_.widths.back() = problem_.rows;
  std::size_t end = 0;
  for (int l = 0; l < shape_.factors(); ++l) {
    begin_.push_back(end);
    end += static_cast<std::size_t>(shape_.factor_rows(l)) * shape_.factor_columns(l);
  }
  size_ = static_cast<int>(end);
}

RidgedObjective::Chain RidgedObjective::chain_of(const Numbers& point) const {
  Chain chain;
  const int depth = shape_.factors();
  for (int l = 0; l < depth; ++l) chain.factor.push_back(dense::factor_of(shape_, point, l));
  chain.right.push_back(identity(problem_.columns));
  for (int l = 0; l + 1 < depth; ++l) chain.right.push_back(product(chain.factor[l], chain.right.back()));
  chain.left.push_back(identity(problem_.rows));
  for (int l = depth - 1; l > 0; --l) chain.left.push_back(product(chain.left.back(), chain.factor[l]));
  std::reverse(chain.left.begin(), chain.left.end());
  chain.product = product(chain.factor.back(), chain.right.back());
  return chain;
}

double RidgedObjective::value(const Numbers& point, double ridge) const {
  const Numbers w = end_to_end(point);
  double sum = 0.0;
  for (const ObservedEntry& entry : problem_.entries) {
    const std::size_t at = static_cast<std::size_t>(entry.row) * problem_.columns + entry.column;
    const double error = w[at] - problem_.target[at];
    sum = mul_add(entry.weight * error, error, sum);
  }
  return mul_add(problem_.loss_scale, sum, ridge * dense::dot(point, point));
}

RidgedObjective::Numbers RidgedObjective::gradient(const Numbers& point, double ridge) const {
  const Chain chain = chain_of(point);
  const Dense by_w = loss_gradient(problem_, chain.product);
  Numbers gradient;
  for (std::size_t l = 0; l < chain.factor.size(); ++l) {
    const Dense part = product(product(transposed(chain.left[l]), by_w), transposed(chain.right[l]));
    gradient.insert(gradient.end(), part.entries.begin(), part.entries.end());
  }
  for (std::size_t k = 0; k < point.size(); ++k) gradient[k] = mul_add(2.0 * ridge, point[k], gradient[k]);
  return gradient;
}

RidgedObjective::Numbers RidgedObjective::sensitivity(const Chain& chain, const ObservedEntry& entry) const {
  Numbers by_point;
  by_point.reserve(static_cast<std::size_t>(size_));
  for (std::size_t l = 0; l < chain.factor.size(); ++l)
    for (int a = 0; a < chain.factor[l].rows; ++a)
      for (int b = 0; b < chain.factor[l].columns; ++b)
        by_point.push_back(chain.left[l](entry.row, a) * chain.right[l](b, entry.column));
  return by_point;
}

RidgedObjective::Numbers RidgedObjective::hessian(const Numbers& point, double ridge) const {
  const Chain chain = chain_of(point);
  const auto n = static_cast<std::size_t>(size_);
  Numbers hessian(n * n, 0.0);
  for (const ObservedEntry& entry : problem_.entries) {  // 2 c weight dW_ij dW_ij^T; of the upper triangle
    const Numbers by_point = sensitivity(chain, entry);
    for (std::size_t i = 0; i < n; ++i) {
      const double left = 2.0 * problem_.loss_scale * entry.weight * by_point[i];
      if (left == 0.0) continue;
      for (std::size_t j = i; j < n; ++j) hessian[i * n + j] = mul_add(left, by_point[j], hessian[i * n + j]);
    }
  }
  add_cross_terms(chain, hessian);
  for (std::size_t i = 0; i < n; ++i) {
    hessian[i * n + i] += 2.0 * ridge;
    for (std::size_t j = 0; j < i; ++j) hessian[i * n + j] = hessian[j * n + i];
  }
  return hessian;
}

// W is linear in each factor, so dC/dW acts between different ones only: entry (x, y) of W_k and (a, b) of W_l, k < l, have
// (W_{l-1} .. W_{k+1})_bx (P_l^T dC/dW Q_k^T)_ay.
void RidgedObjective::add_cross_terms(const Chain& chain, Numbers& hessian) const {
  const Dense by_w = loss_gradient(problem_, chain.product);
  const auto n = static_cast<std::size_t>(size_);
  for (int k = 0; k < shape_.factors(); ++k) {
    Dense between = identity(shape_.factor_rows(k));
    for (int l = k + 1; l < shape_.factors(); ++l) {
      const Dense pulled = product(product(transposed(chain.left[l]), by_w), transposed(chain.right[k]));
      for (int x = 0; x < shape_.factor_rows(k); ++x)
        for (int y = 0; y < shape_.factor_columns(k); ++y)
          for (int a = 0; a < shape_.factor_rows(l); ++a)
            for (int b = 0; b < shape_.factor_columns(l); ++b) {
              const std::size_t i = begin_[k] + static_cast<std::size_t>(x) * shape_.factor_columns(k) + y;
              const std::size_t j = begin_[l] + static_cast<std::size_t>(a) * shape_.factor_columns(l) + b;
              hessian[i * n + j] = mul_add(between(b, x), pulled(a, y), hessian[i * n + j]);
            }
      between = product(chain.factor[l], between);
    }
  }
}

std::vector<RidgedObjective::Numbers> RidgedObjective::rotations(const Numbers& point) const {
  std::vector<Numbers> all;
  for (int l = 0; l + 1 < shape_.factors(); ++l)
    for (int p = 0; p < rank_; ++p)
      for (int q = p + 1; q < rank_; ++q) {
        Numbers direction(point.size(), 0.0);
        const int columns = shape_.factor_columns(l);
        for (int j = 0; j < columns; ++j) {  // rows p and q of W_l
          const std::size_t at_p = begin_[l] + static_cast<std::size_t>(p) * columns + j;
          const std::size_t at_q = begin_[l] + static_cast<std::size_t>(q) * columns + j;
          direction[at_p] = -point[at_q];
          direction[at_q] = point[at_p];
        }
        for (int i = 0; i < shape_.factor_rows(l + 1); ++i) {  // columns p and q of W_{l+1}
          const std::size_t row = begin_[l + 1] + static_cast<std::size_t>(i) * rank_;
          direction[row + q] = point[row + p];
          direction[row + p] = -point[row + q];
        }
        all.push_back(std::move(direction));
      }
  return all;
}

RidgedObjective::Numbers RidgedObjective::end_to_end(const Numbers& point) const {
  Dense w = dense::factor_of(shape_, point, 0);
  for (int l = 1; l < shape_.factors(); ++l) w = product(dense::factor_of(shape_, point, l), w);
  return w.entries;
}

RidgedObjective::Numbers RidgedObjective::singular_values(const Numbers& point) const {
  Numbers values = singular_values_of(problem_.rows, problem_.columns, end_to_end(point));
  values.resize(static_cast<std::size_t>(rank_));
  return values;
}

double RidgedObjective::largest_sensitivity(const Numbers& point) const {
  const Chain chain = chain_of(point);
  double largest = 0.0;
  for (const ObservedEntry& entry : problem_.entries) {
    const Numbers by_point = sensitivity(chain, entry);
    largest = std::max(largest, entry.weight * dense::dot(by_point, by_point));
  }
  return largest;
}

}  // namespace rankfall
