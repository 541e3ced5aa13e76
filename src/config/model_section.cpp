#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 3> model_keys{"depth", "width", "symmetric"};
constexpr int most_depth = 64;

// At least 1; what is too large is refused by check_parameters, once it is known what it would take.
std::int64_t read_width(const TableReader& reader, const Node& node) {
  const std::int64_t width = integer_of(node, "model.width");
  if (width < 1) {
    reader.refuse("width", fmt::format("= {} is out of range", width),
                  fmt::format("it must be an integer from 1 to {}", largest_dimension), "change the value");
  }
  return width;
}

// One width for every hidden layer, or a list with one for each.
std::vector<std::int64_t> read_hidden_widths(const TableReader& reader, std::size_t hidden, int otherwise) {
  const Node* node = reader.find("width");
  if (node == nullptr) return std::vector<std::int64_t>(hidden, otherwise);
  const List* list = node->as<List>();
  if (list == nullptr) return std::vector<std::int64_t>(hidden, read_width(reader, *node));
  if (list->size() != hidden) {
    reader.refuse("width", fmt::format("lists {} widths", list->size()),
                  fmt::format("a model of depth {} has {} hidden layers", hidden + 1, hidden),
                  "list one width per hidden layer, or give one number for all");
  }
  std::vector<std::int64_t> widths;
  for (const Node& element : *list) widths.push_back(read_width(reader, element));
  return widths;
}

// `widths` of all layers, from the input's to the output's: neighbours make a factor.
void check_parameters(const TableReader& reader, const std::vector<std::int64_t>& widths) {
  double entries = 0.0;
  std::int64_t widest = 0;
  for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    entries += static_cast<double>(widths[layer]) * static_cast<double>(widths[layer + 1]);
    widest = std::max({widest, widths[layer], widths[layer + 1]});
  }
  if (widest <= largest_dimension && entries <= static_cast<double>(most_parameters)) return;
  reader.refuse("width", "makes the model too large",
                fmt::format("its factors have {:.0f} entries and would take {} per replica in float32; at most {} "
                            "entries and widths of {} are allowed",
                            entries, size_text(entries * sizeof(float)), most_parameters, largest_dimension),
                "lower model.width or model.depth");
}

void check_symmetric(const TableReader& reader, const ProblemSpec& problem, std::optional<std::int64_t> depth) {
  if (problem.rows != problem.columns) {
    reader.refuse("symmetric", "= true is impossible",
                  fmt::format("W = U U^T is square, the target is {} x {}", problem.rows, problem.columns),
                  "make columns equal to rows");
  }
  if (depth && *depth != 2) {
    reader.refuse("depth", fmt::format("= {} is impossible", *depth), "the symmetric model W = U U^T has depth 2",
                  "remove model.depth, or set symmetric = false");
  }
}

}  // namespace

Factorization read_model(const Node& root, const ProblemSpec& problem) {
  const TableReader reader(find(&root, "model"), "model", root.place, model_keys);
  const auto depth = reader.integer("depth", {1, most_depth});
  Factorization model;
  model.depth = static_cast<int>(depth.value_or(2));
  model.symmetry = reader.boolean("symmetric").value_or(false) ? Symmetry::symmetric : Symmetry::general;
  if (model.symmetry == Symmetry::symmetric) check_symmetric(reader, problem, depth);
  std::vector<std::int64_t> widths =
      read_hidden_widths(reader, static_cast<std::size_t>(model.depth - 1), std::max(problem.rows, problem.columns));
  if (model.symmetry == Symmetry::general) widths.insert(widths.begin(), problem.columns);
  widths.push_back(problem.rows);
  check_parameters(reader, widths);
  model.widths.assign(widths.begin(), widths.end());
  return model;
}

}  // namespace rankfall::config
