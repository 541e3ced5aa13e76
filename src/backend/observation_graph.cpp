#include "backend/observation_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "backend/vertex_sets.hpp"

namespace rankfall {
namespace {

// Rows first, then columns.
VertexSets joined(int rows, int columns, std::span<const ObservedEntry> entries) {
  VertexSets sets(rows + columns);
  for (const ObservedEntry& entry : entries) sets.join(entry.row, rows + entry.column);
  return sets;
}

std::string range_of(const std::vector<int>& degrees) {
  const auto [least, most] = std::minmax_element(degrees.begin(), degrees.end());
  return *least == *most ? fmt::format("{}", *least) : fmt::format("{} to {}", *least, *most);
}

}  // namespace

bool ObservationGraph::has_complete_components() const {
  return std::all_of(components.begin(), components.end(), [](const GraphComponent& part) { return part.is_complete(); });
}

ImplicitBias ObservationGraph::implicit_bias() const {
  if (is_connected()) return ImplicitBias::low_rank;
  return has_complete_components() ? ImplicitBias::minimum_nuclear_norm : ImplicitBias::neither;
}

ObservationGraph observation_graph(int rows, int columns, std::span<const ObservedEntry> entries) {
  ObservationGraph graph;
  graph.row_degree.assign(static_cast<std::size_t>(rows), 0);
  graph.column_degree.assign(static_cast<std::size_t>(columns), 0);
  for (const ObservedEntry& entry : entries) {
    ++graph.row_degree[static_cast<std::size_t>(entry.row)];
    ++graph.column_degree[static_cast<std::size_t>(entry.column)];
  }
  VertexSets sets = joined(rows, columns, entries);
  std::map<int, GraphComponent> found;
  for (int i = 0; i < rows; ++i) {
    const int degree = graph.row_degree[static_cast<std::size_t>(i)];
    if (degree == 0) {
      ++graph.isolated_rows;
      continue;
    }
    GraphComponent& component = found[sets.root(i)];
    ++component.rows;
    component.entries += degree;
  }
  for (int j = 0; j < columns; ++j) {
    if (graph.column_degree[static_cast<std::size_t>(j)] == 0) ++graph.isolated_columns;
    else ++found[sets.root(rows + j)].columns;
  }
  for (const auto& [root, component] : found) graph.components.push_back(component);
  std::stable_sort(graph.components.begin(), graph.components.end(),
                   [](const GraphComponent& a, const GraphComponent& b) { return a.entries > b.entries; });
  return graph;
}

std::vector<int> component_of_entries(int rows, int columns, std::span<const ObservedEntry> entries) {
  VertexSets sets = joined(rows, columns, entries);
  std::vector<int> component;
  for (const ObservedEntry& entry : entries) component.push_back(sets.root(entry.row));
  return component;
}

std::string graph_text(const ObservationGraph& graph) {
  constexpr std::size_t shown = 4;
  std::string text = fmt::format("{} component{}", graph.components.size(), graph.components.size() == 1 ? "" : "s");
  for (std::size_t k = 0; k < std::min(shown, graph.components.size()); ++k) {
    const GraphComponent& part = graph.components[k];
    text += fmt::format("{} {} x {} ({})", k == 0 ? " of" : ",", part.rows, part.columns,
                        part.is_complete() ? "all entries" : fmt::format("{} entries", part.entries));
  }
  if (graph.components.size() > shown) text += ", ...";
  if (graph.isolated_rows > 0) text += fmt::format("; {} of the rows without an entry", graph.isolated_rows);
  if (graph.isolated_columns > 0) text += fmt::format("; {} of the columns without an entry", graph.isolated_columns);
  if (graph.components_with_isolated() > graph.components.size())
    text += fmt::format(", with these {} components", graph.components_with_isolated());
  text += fmt::format("; entries per row {}, per column {}; ", range_of(graph.row_degree), range_of(graph.column_degree));
  switch (graph.implicit_bias()) {
    case ImplicitBias::low_rank: return text + "connected";
    case ImplicitBias::minimum_nuclear_norm: return text + "disconnected, complete components";
    default: return text + "disconnected, components not complete";
  }
}

}  // namespace rankfall
