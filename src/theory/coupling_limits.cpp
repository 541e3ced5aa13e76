#include "theory/coupling_limits.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "backend/instance.hpp"
#include "backend/observation_graph.hpp"

namespace rankfall {
namespace {

using Numbers = std::vector<double>;

// |x|^2 and |y|^2 with |x|^2 - |y|^2 = difference and |x|^2 |y|^2 = product >= 0, none by a difference of two large numbers.
struct Squares {
  double x = 0.0, y = 0.0;
};
Squares split_squares(double difference, double product) {
  const double root = std::hypot(difference, 2.0 * std::sqrt(product));
  const double larger = 0.5 * (root + std::abs(difference)), smaller = larger > 0.0 ? product / larger : 0.0;
  return difference >= 0.0 ? Squares{larger, smaller} : Squares{smaller, larger};
}

double square_of(const Numbers& vector) {
  double sum = 0.0;
  for (const double v : vector) sum += v * v;
  return sum;
}

void rescale(Numbers& vector, double square_before, double square) {
  const double factor = square_before > 0.0 ? std::sqrt(square / square_before) : 0.0;
  for (double& v : vector) v *= factor;
}

}  // namespace

std::vector<double> diagonal_limit(int dimension, int width, std::span<const double> second, std::span<const double> first,
                                   std::span<const double> target) {
  const auto d = static_cast<std::size_t>(dimension), h = static_cast<std::size_t>(width);
  std::vector<Numbers> left(d), right(d);  // a_i, b_i at the end
  for (std::size_t i = 0; i < d; ++i) {
    Numbers x(h), y(h);
    for (std::size_t k = 0; k < h; ++k) {
      const double a = second[i * h + k], b = first[k * d + i];
      x[k] = 0.5 * (a + b);
      y[k] = 0.5 * (a - b);
    }
    const double xx = square_of(x), yy = square_of(y);
    const Squares end = split_squares(target[i], xx * yy);
    rescale(x, xx, end.x);
    rescale(y, yy, end.y);
    for (std::size_t k = 0; k < h; ++k) {
      left[i].push_back(x[k] + y[k]);
      right[i].push_back(x[k] - y[k]);
    }
  }
  Numbers w(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < h; ++k) w[i * d + j] += left[i][k] * right[j][k];
  return w;
}

std::optional<double> nuclear_norm_of_parts(int rows, int columns, std::span<const ObservedEntry> entries,
                                            std::span<const double> values) {
  struct Part {
    std::map<int, int> row, column;  // of W -> of the block, in the order in which they are met
    std::vector<std::size_t> entries;
  };
  const std::vector<int> component = component_of_entries(rows, columns, entries);
  std::map<int, Part> parts;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    Part& part = parts[component[k]];
    part.row.try_emplace(entries[k].row, static_cast<int>(part.row.size()));
    part.column.try_emplace(entries[k].column, static_cast<int>(part.column.size()));
    part.entries.push_back(k);
  }
  double sum = 0.0;
  for (const auto& [root, part] : parts) {
    const std::size_t across = part.column.size();
    if (part.entries.size() != part.row.size() * across) return {};
    Numbers block(part.entries.size());
    for (const std::size_t k : part.entries)
      block[static_cast<std::size_t>(part.row.at(entries[k].row)) * across +
            static_cast<std::size_t>(part.column.at(entries[k].column))] = values[k];
    for (const double s : singular_values_of(static_cast<int>(part.row.size()), static_cast<int>(across), block)) sum += s;
  }
  return sum;
}

double on_hyperbola(double imbalance, double product) { return std::sqrt(split_squares(imbalance, product * product).x); }

bool fits_rank_one(int rows, int columns, std::span<const ObservedEntry> entries, std::span<const double> values) {
  Numbers u(static_cast<std::size_t>(rows), 0.0), v(static_cast<std::size_t>(columns), 0.0);  // 0: not known yet
  if (entries.empty() || std::any_of(values.begin(), values.end(), [](double value) { return value == 0.0; })) return false;
  u[static_cast<std::size_t>(entries.front().row)] = 1.0;
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t k = 0; k < entries.size(); ++k) {
      double& left = u[static_cast<std::size_t>(entries[k].row)];
      double& right = v[static_cast<std::size_t>(entries[k].column)];
      if ((left == 0.0) == (right == 0.0)) continue;
      (left == 0.0 ? left : right) = values[k] / (left == 0.0 ? right : left);
      moved = true;
    }
  }
  for (std::size_t k = 0; k < entries.size(); ++k) {
    const double product = u[static_cast<std::size_t>(entries[k].row)] * v[static_cast<std::size_t>(entries[k].column)];
    if (!(std::abs(product - values[k]) <= 1e-9 * std::abs(values[k]))) return false;  // also where nothing joins them
  }
  const auto known = [](double number) { return number != 0.0; };
  return std::all_of(u.begin(), u.end(), known) && std::all_of(v.begin(), v.end(), known);
}

double rank_exponent(int depth, double ratio) { return depth == 2 ? 2.0 * (1.0 - ratio) : depth; }

}  // namespace rankfall
