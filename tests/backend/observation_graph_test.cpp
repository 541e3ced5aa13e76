// What observed entries join: the graph of rows and columns, and the tangent kernel.
#include "backend/observation_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "backend/tangent_kernel.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using Entries = std::vector<ObservedEntry>;

Entries diagonal_entries(int d) {
  Entries entries;
  for (int i = 0; i < d; ++i) entries.push_back({i, i});
  return entries;
}

Factorization square_model(int depth, int d) {
  Factorization model;
  model.depth = depth;
  model.widths.assign(static_cast<std::size_t>(depth) + 1, d);
  return model;
}

TEST(ObservationGraph, KnowsWhatIsJoined) {
  // Rows 0, 1 with columns 0, 1 (complete), row 2 with columns 2 and 3 (complete), row 4 with column 4; row 3 alone.
  const Entries entries{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 2}, {2, 3}, {4, 4}};
  const ObservationGraph graph = observation_graph(5, 6, entries);
  EXPECT_EQ(graph.components, (std::vector<GraphComponent>{{2, 2, 4}, {1, 2, 2}, {1, 1, 1}}));
  EXPECT_EQ(graph.isolated_rows, 1);
  EXPECT_EQ(graph.isolated_columns, 1);
  EXPECT_EQ(graph.components_with_isolated(), 5u);
  EXPECT_EQ(graph.row_degree, (std::vector<int>{2, 2, 2, 0, 1}));
  EXPECT_EQ(graph.column_degree, (std::vector<int>{2, 2, 1, 1, 1, 0}));
  EXPECT_EQ(graph.implicit_bias(), ImplicitBias::minimum_nuclear_norm);
  EXPECT_EQ(component_of_entries(5, 6, entries)[0], component_of_entries(5, 6, entries)[3]);
  EXPECT_NE(component_of_entries(5, 6, entries)[3], component_of_entries(5, 6, entries)[4]);
}

TEST(ObservationGraph, TellsTheThreeCasesOfBaiZhangZhao) {
  const Entries path{{0, 0}, {0, 1}, {1, 1}, {2, 2}};  // a block without (1, 0), beside another
  EXPECT_EQ(observation_graph(3, 3, path).implicit_bias(), ImplicitBias::neither);
  EXPECT_EQ(observation_graph(3, 3, diagonal_entries(3)).implicit_bias(), ImplicitBias::minimum_nuclear_norm);
  const Entries joined{{0, 0}, {0, 1}, {1, 1}, {1, 2}};
  EXPECT_EQ(observation_graph(3, 3, joined).implicit_bias(), ImplicitBias::low_rank);
  EXPECT_EQ(observation_graph(2, 3, joined).components_with_isolated(), 1u);
  EXPECT_EQ(observation_graph(3, 3, joined).components_with_isolated(), 2u);
  EXPECT_EQ(graph_text(observation_graph(3, 3, joined)),
            "1 component of 2 x 3 (4 entries); 1 of the rows without an entry, with these 2 components; entries per row 0 to 2, "
            "per column 1 to 2; connected");
  EXPECT_EQ(graph_text(observation_graph(2, 2, diagonal_entries(2))),
            "2 components of 1 x 1 (all entries), 1 x 1 (all entries); entries per row 1, per column 1; disconnected, complete components");
}

// Which vertices are joined, by the closure of the adjacency matrix: paths of twice the length with every product.
std::vector<std::vector<bool>> reachable(int rows, int columns, const Entries& entries) {
  const auto n = static_cast<std::size_t>(rows + columns);
  std::vector<std::vector<bool>> joined(n, std::vector<bool>(n, false));
  for (std::size_t v = 0; v < n; ++v) joined[v][v] = true;
  for (const ObservedEntry& entry : entries) {
    const auto row = static_cast<std::size_t>(entry.row), column = static_cast<std::size_t>(rows + entry.column);
    joined[row][column] = joined[column][row] = true;
  }
  for (std::size_t length = 1; length < n; length *= 2) {
    const auto before = joined;
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b)
        for (std::size_t over = 0; over < n && !joined[a][b]; ++over) joined[a][b] = before[a][over] && before[over][b];
  }
  return joined;
}

// Components, with isolated vertices, that are counted and tested for completeness by the closure.
TEST(ObservationGraph, ComponentsAreTheClassesOfTheClosure) {
  std::mt19937 random(3);
  int connected = 0, complete = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const int rows = 1 + static_cast<int>(random() % 6), columns = 1 + static_cast<int>(random() % 5);
    const unsigned density = 1 + random() % 9;
    Entries entries;
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        if (random() % 10 < density) entries.push_back({i, j});
    const auto joined = reachable(rows, columns, entries);
    std::set<std::vector<bool>> classes(joined.begin(), joined.end()), nontrivial;
    bool all_complete = true;
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const auto& from = joined[static_cast<std::size_t>(i)];
        if (!from[static_cast<std::size_t>(rows + j)]) continue;
        nontrivial.insert(from);
        all_complete = all_complete && std::any_of(entries.begin(), entries.end(),
                                                   [&](const ObservedEntry& e) { return e.row == i && e.column == j; });
      }
    const ObservationGraph graph = observation_graph(rows, columns, entries);
    EXPECT_EQ(graph.components.size(), nontrivial.size()) << trial;
    EXPECT_EQ(graph.components_with_isolated(), classes.size()) << trial;
    EXPECT_EQ(graph.has_complete_components(), all_complete) << trial;
    connected += graph.is_connected() ? 1 : 0;
    complete += all_complete ? 1 : 0;
  }
  EXPECT_GT(connected, 30);  // the sample holds all kinds
  EXPECT_LT(connected, 270);
  EXPECT_GT(complete, 30);
  EXPECT_LT(complete, 270);
}

// K by its definition: differences of W by every number of the factors.
double numerical_kernel(const Factorization& model, std::vector<double> factors, const ObservedEntry& a, const ObservedEntry& b) {
  const auto entry = [&](const ObservedEntry& e) {  // of W, by plain sums
    std::vector<double> column(static_cast<std::size_t>(model.columns()), 0.0);
    const double* W = factors.data();
    if (model.symmetry == Symmetry::symmetric) {
      const int width = model.factor_columns(0);
      double sum = 0.0;
      for (int k = 0; k < width; ++k) sum += W[e.row * width + k] * W[e.column * width + k];
      return sum;
    }
    column[static_cast<std::size_t>(e.column)] = 1.0;
    for (int l = 0; l < model.factors(); ++l) {
      std::vector<double> next(static_cast<std::size_t>(model.factor_rows(l)), 0.0);
      for (int i = 0; i < model.factor_rows(l); ++i)
        for (int j = 0; j < model.factor_columns(l); ++j) next[static_cast<std::size_t>(i)] += *W++ * column[static_cast<std::size_t>(j)];
      column = next;
    }
    return column[static_cast<std::size_t>(e.row)];
  };
  double sum = 0.0;
  for (double& w : factors) {
    const double own = w, h = 1e-5;
    w = own + h;
    const double a_up = entry(a), b_up = entry(b);
    w = own - h;
    sum += (a_up - entry(a)) * (b_up - entry(b)) / (4.0 * h * h);
    w = own;
  }
  return sum;
}

TEST(TangentKernel, IsTheProductOfGradients) {
  Factorization deep;
  deep.depth = 3;
  deep.widths = {4, 2, 5, 3};
  Factorization symmetric;
  symmetric.widths = {2, 4};
  symmetric.symmetry = Symmetry::symmetric;
  for (const Factorization& model : {deep, symmetric}) {
    std::vector<double> factors;
    for (int l = 0; l < model.factors(); ++l)
      for (int e = 0; e < model.factor_rows(l) * model.factor_columns(l); ++e) factors.push_back(std::sin(1.0 + 7.0 * e + 31.0 * l));
    const TangentKernel kernel(model, factors);
    const Entries entries{{0, 1}, {1, 0}, {2, 2}, {2, 3}, {1, 1}};
    for (const ObservedEntry& a : entries)
      for (const ObservedEntry& b : entries) {
        EXPECT_NEAR(kernel(a, b), numerical_kernel(model, factors, a, b), 1e-7);
        EXPECT_EQ(kernel(a, b), kernel(b, a));
      }
  }
}

// Shin & Yun: from the affine start scale (I + mixing (J - I)) the index on the diagonal tends to (L - 2) / (L - 2 + 2 d) as the
// modes beyond the first vanish beside it, and is 0 at depth 2; diagonal factors decouple at every depth.
TEST(TangentKernel, CouplesTheDiagonalAsDepthGrows) {
  const int d = 3;
  for (int depth : {2, 3, 4, 6}) {
    std::vector<double> ones(static_cast<std::size_t>(depth * d * d), 0.01), diagonal(ones.size(), 0.0);
    for (int l = 0; l < depth; ++l)
      for (int i = 0; i < d; ++i) diagonal[static_cast<std::size_t>((l * d + i) * d + i)] = 0.3 + 0.1 * i;
    const Entries entries = diagonal_entries(d);
    const Coupling coupled = coupling_of({square_model(depth, d), ones}, d, d, entries, 1e-12);
    // All factors J: interior layers couple fully, the outer two not at all.
    EXPECT_NEAR(coupled.index, (depth - 2.0) / (depth - 2.0 + 2.0 * d), 1e-12) << depth;
    EXPECT_EQ(coupled.blocks, depth == 2 ? d : 1);
    const Coupling apart = coupling_of({square_model(depth, d), diagonal}, d, d, entries, 1e-12);
    EXPECT_EQ(apart.index, 0.0);
    EXPECT_EQ(apart.blocks, d);
  }
}

TEST(TangentKernel, HasNoIndexWhereAllIsOneComponent) {
  const std::vector<double> factors(8, 0.5);
  const Coupling joined = coupling_of({square_model(2, 2), factors}, 2, 2, Entries{{0, 0}, {0, 1}, {1, 1}}, 1e-12);
  EXPECT_TRUE(std::isnan(joined.index));
  EXPECT_EQ(joined.blocks, 1);
  const Coupling zero = coupling_of({square_model(3, 2), std::vector<double>(12, 0.0)}, 2, 2, diagonal_entries(2), 1e-12);
  EXPECT_TRUE(std::isnan(zero.index));
  EXPECT_EQ(zero.blocks, 2);
}

}  // namespace
}  // namespace rankfall
