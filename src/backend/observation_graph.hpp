#pragma once
// The bipartite graph of the observed entries: a vertex per row and per column of W, an edge per observed entry. What it joins
// decides what a depth-2 model from a small start ends at (Bai, Zhao & Zhang 2024), and which entries learn by themselves (Shin &
// Yun 2026).
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

// Rows and columns that observed entries join, directly or through others.
struct GraphComponent {
  int rows = 0, columns = 0;
  std::int64_t entries = 0;

  bool is_complete() const { return entries == std::int64_t{rows} * columns; }  // complete bipartite: all of its block is observed
  friend bool operator==(const GraphComponent&, const GraphComponent&) = default;
};

// Where training of depth 2 goes from a small start, as Bai, Zhao & Zhang (2024) have it.
enum class ImplicitBias { low_rank, minimum_nuclear_norm, neither };

struct ObservationGraph {
  std::vector<GraphComponent> components;  // with at least one entry, those of most entries first
  int isolated_rows = 0, isolated_columns = 0;  // without an observed entry: components of one vertex
  std::vector<int> row_degree, column_degree;   // observed entries of each row and column

  // Of the vertices that have entries; entries of different components share no row and no column.
  bool is_connected() const { return components.size() <= 1; }
  std::size_t components_with_isolated() const {
    return components.size() + static_cast<std::size_t>(isolated_rows + isolated_columns);
  }
  bool has_complete_components() const;  // each is complete bipartite
  ImplicitBias implicit_bias() const;
};

// Entries within rows x columns, without duplicates. Throws nothing.
ObservationGraph observation_graph(int rows, int columns, std::span<const ObservedEntry> entries);

// The component of each entry, in the order of the entries: equal numbers, equal component.
std::vector<int> component_of_entries(int rows, int columns, std::span<const ObservedEntry> entries);

// "1 component of 5 x 5 (12 of 25 entries), connected"; what is isolated and the range of degrees beside it.
std::string graph_text(const ObservationGraph& graph);

}  // namespace rankfall
