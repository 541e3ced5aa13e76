#include "theory/low_rank.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "backend/instance.hpp"

namespace rankfall {
namespace {

using Places = std::vector<int>;

// A target and which of its entries are known.
class KnownEntries {
 public:
  KnownEntries(int rows, int columns, std::span<const ObservedEntry> entries, const std::vector<double>& target)
      : rows_(rows), columns_(columns), target_(target), known_(target.size(), 0) {
    for (const ObservedEntry& entry : entries) known_[place(entry.row, entry.column)] = 1;
    const auto spectrum = singular_values_of(rows, columns, target);
    threshold_ = spectrum.empty() ? 0.0 : 1e-9 * spectrum.front();
  }

  int rank_of(const Places& rows, const Places& columns) const {
    std::vector<double> block;
    for (const int i : rows)
      for (const int j : columns) block.push_back(target_[place(i, j)]);
    if (block.empty()) return 0;
    const auto spectrum = singular_values_of(static_cast<int>(rows.size()), static_cast<int>(columns.size()), block);
    return static_cast<int>(std::count_if(spectrum.begin(), spectrum.end(), [&](double s) { return s > threshold_; }));
  }

  bool knows(int row, int column) const { return known_[place(row, column)] != 0; }
  bool knows_all() const { return std::find(known_.begin(), known_.end(), 0) == known_.end(); }

  // Columns on which all of `rows` are known.
  Places common_columns(const Places& rows) const {
    Places common;
    for (int j = 0; j < columns_; ++j)
      if (std::all_of(rows.begin(), rows.end(), [&](int i) { return knows(i, j); })) common.push_back(j);
    return common;
  }

  // Makes known what follows from `basis`, as many independent rows as the rank; whether that was anything.
  bool extend(const Places& basis, const Places& common) {
    bool grew = false;
    const auto rank = static_cast<int>(basis.size());
    for (int i = 0; i < rows_; ++i) {
      Places seen;
      std::copy_if(common.begin(), common.end(), std::back_inserter(seen), [&](int j) { return knows(i, j); });
      if (seen.size() == common.size() || rank_of(basis, seen) < rank) continue;
      for (const int j : common) known_[place(i, j)] = 1;
      grew = true;
    }
    return grew;
  }

 private:
  std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }
  int rows_, columns_;
  const std::vector<double>& target_;
  std::vector<char> known_;
  double threshold_ = 0.0;
};

double sets_of(int size, int from) {
  double count = 1.0;
  for (int k = 0; k < size; ++k) count *= static_cast<double>(from - k) / (k + 1);
  return count;
}

// The next larger set of as many rows, in lexicographic order; whether there is one.
bool advance(Places& set, int rows) {
  const auto size = static_cast<int>(set.size());
  int k = size - 1;
  while (k >= 0 && set[static_cast<std::size_t>(k)] == rows - size + k) --k;
  if (k < 0) return false;
  std::iota(set.begin() + k, set.end(), set[static_cast<std::size_t>(k)] + 1);
  return true;
}

}  // namespace

LeastRank least_rank(int rows, int columns, std::span<const ObservedEntry> entries, const std::vector<double>& target) {
  KnownEntries known(rows, columns, entries, target);
  Places all_rows(static_cast<std::size_t>(rows)), all_columns(static_cast<std::size_t>(columns));
  std::iota(all_rows.begin(), all_rows.end(), 0);
  std::iota(all_columns.begin(), all_columns.end(), 0);
  LeastRank found{known.rank_of(all_rows, all_columns)};
  if (found.rank == 0 || sets_of(found.rank, rows) > most_row_sets) return found;
  // Without a block of full rank among the observed entries nothing follows, so the first that is found is of observed ones.
  for (bool grew = true; grew;) {
    grew = false;
    Places basis(static_cast<std::size_t>(found.rank));
    std::iota(basis.begin(), basis.end(), 0);
    do {
      const Places common = known.common_columns(basis);
      if (static_cast<int>(common.size()) < found.rank || known.rank_of(basis, common) < found.rank) continue;
      found.proven = true;
      grew = known.extend(basis, common) || grew;
    } while (advance(basis, rows));
  }
  found.unique = found.proven && known.knows_all();
  return found;
}

}  // namespace rankfall
