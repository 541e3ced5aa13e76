#pragma once
// Disjoint sets of vertices 0 .. n-1, joined one edge after another (union-find).
#include <numeric>
#include <utility>
#include <vector>

namespace rankfall {

class VertexSets {
 public:
  explicit VertexSets(int vertices) : parent_(static_cast<std::size_t>(vertices)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  // Equal for the vertices of one set.
  int root(int vertex) {
    while (parent(vertex) != vertex) vertex = parent(vertex) = parent(parent(vertex));  // halves the way of the next
    return vertex;
  }
  // Whether they were apart.
  bool join(int a, int b) {
    a = root(a);
    b = root(b);
    parent(a) = b;
    return a != b;
  }

 private:
  int& parent(int vertex) { return parent_[static_cast<std::size_t>(vertex)]; }
  std::vector<int> parent_;
};

}  // namespace rankfall
