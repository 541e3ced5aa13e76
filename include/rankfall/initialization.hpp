#pragma once
// Where training starts.
#include <memory>
#include <vector>

#include "rankfall/problem.hpp"

namespace rankfall {

// `scale` means, per kind: gaussian, absolute_gaussian: standard deviation of each factor's entries (absolute: of the
// Gaussian before its sign is dropped); uniform: entries in (-scale, scale); orthogonal: scale times a random matrix
// with orthonormal rows or columns; identity: scale times the identity; balanced: factors of a random end-to-end
// Gaussian matrix A with W_{l+1}^T W_{l+1} = W_l W_l^T and every factor's singular values s_i(A)^{1/L} * scale;
// diagonal: scale times independent |Gaussian| on the diagonal; affine: scale * (I + mixing * (J - I)) on blocks;
// given: factors are read from a file and multiplied by scale.
enum class InitializationKind {
  gaussian, absolute_gaussian, uniform, orthogonal, identity, balanced, diagonal, affine, given
};

enum class Requirement { none, positive_determinant, settled_rank };

struct InitializationSpec {
  InitializationKind kind = InitializationKind::gaussian;
  double scale = 1.0;
  double mixing = 0.0;                                       // affine
  int blocks = 0;                                            // affine: n blocks of size d/n; 0 = d blocks of size 1
  Instances instances = Instances::per_replica;
  Requirement requirement = Requirement::none;               // redraw until it holds; tries are recorded
  int settled_rank = 0;                                      // Requirement::settled_rank: rank after the first phase
  int maximum_tries = 10000;
  std::vector<std::shared_ptr<const Matrix>> factors;        // given: W_1 ... W_L

  // Whether all replicas start from the same factors.
  bool same_for_all() const {
    return instances == Instances::shared || kind == InitializationKind::identity ||
           kind == InitializationKind::affine || kind == InitializationKind::given;
  }
};

}  // namespace rankfall
