#pragma once
// Greedy low-rank learning (Li, Luo & Lyu, ICLR 2021): what an experiment says of it.

namespace rankfall {

// From W = 0: escape along the top singular pair of -gradient of the data loss by W, flow to the next solution, and so
// on until nothing drives W anywhere.
//
// singular: along the top singular pair (u, v). eigenvector: u = v is the top eigenvector of the negative gradient's
// symmetric part, as in the symmetric model; of a symmetric problem a general model then stays symmetric, as from W_l =
// s I.
enum class EscapePair { singular, eigenvector };

struct GreedySpec {
  EscapePair pair = EscapePair::singular;
  double escape = 0.0;           // Frobenius norm of the matrix of rank one that is added to W at a solution
  double gradient_norm = 1e-8;   // a solution is reached: norm of the gradient over its largest since the escape
  double end = 1e-6;             // the end is reached: rate of escape over that at W = 0
  int maximum_rank = 0;          // escapes at most
  double path_tolerance = 1e-5;  // of the path as a polyline, over the Frobenius norm of the observed entries

  int solutions() const { return maximum_rank + 1; }  // W = 0 included
};

}  // namespace rankfall
