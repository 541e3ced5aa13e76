#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 3> model_keys{"depth", "width", "symmetric"};
constexpr int most_depth = 64;

int checked_width(const TableReader& reader, const Node& node) {
  const std::int64_t width = integer_of(node, "model.width");
  if (width < 1 || width > largest_dimension) {
    reader.refuse("width", fmt::format("= {} is out of range", width),
                  fmt::format("it must be an integer from 1 to {}", largest_dimension), "change the value");
  }
  return static_cast<int>(width);
}

// One width for every hidden layer, or a list with one for each.
std::vector<int> read_hidden_widths(const TableReader& reader, int hidden, int otherwise) {
  const Node* node = reader.find("width");
  if (node == nullptr) return std::vector<int>(hidden, otherwise);
  const List* list = node->as<List>();
  if (list == nullptr) return std::vector<int>(hidden, checked_width(reader, *node));
  if (static_cast<int>(list->size()) != hidden) {
    reader.refuse("width", fmt::format("lists {} widths", list->size()),
                  fmt::format("a model of depth {} has {} hidden layers", hidden + 1, hidden),
                  "list one width per hidden layer, or give one number for all");
  }
  std::vector<int> widths;
  for (const Node& element : *list) widths.push_back(checked_width(reader, element));
  return widths;
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
  const std::vector<int> hidden = read_hidden_widths(reader, model.depth - 1, std::max(problem.rows, problem.columns));
  if (model.symmetry == Symmetry::general) model.widths.push_back(problem.columns);
  model.widths.insert(model.widths.end(), hidden.begin(), hidden.end());
  model.widths.push_back(problem.rows);
  std::int64_t parameters = 0;
  for (int factor = 0; factor < model.factors(); ++factor) {
    parameters += std::int64_t{model.factor_rows(factor)} * model.factor_columns(factor);
  }
  if (parameters > most_parameters) {
    reader.refuse("width", "makes the model too large",
                  fmt::format("its factors have {} entries, at most {} are allowed", parameters, most_parameters),
                  "lower model.width or model.depth");
  }
  return model;
}

}  // namespace rankfall::config
