#pragma once
// The data files of one experiment. Each is read once, however many grid points use it; so are matrices listed in the
// experiment, which are recognised by the address of their node: the tree must outlive this object.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/node.hpp"
#include "rankfall/problem.hpp"

namespace rankfall::config {

class DataFiles {
 public:
  // Relative paths are taken from `directory` (empty: the working directory).
  explicit DataFiles(std::string directory) : directory_(std::move(directory)) {}

  std::string resolved(const std::string& path) const;  // absolute, lexically normal

  // Throw ConfigError; the message names the file, and the place that asked for it.
  std::shared_ptr<const Matrix> matrix(const std::string& path, const std::string& variable, const Place& place);
  std::vector<std::shared_ptr<const Matrix>> factors(const std::string& path, int count, const Place& place);
  std::uint64_t content(const std::string& path, const Place& place);  // hash of the bytes

  // Rows listed in the experiment, [[1, 0], [0, 1]].
  std::shared_ptr<const Matrix> inline_matrix(const Node& rows, std::string_view name);

  // Entries of a mask file (0: not observed, else the weight) or of a list of [i, j] pairs, sorted.
  using Entries = std::shared_ptr<const std::vector<ObservedEntry>>;
  Entries mask_entries(const std::string& path, int rows, int columns, const Place& place);
  Entries listed_entries(const Node& pairs, int rows, int columns, std::string_view name);
  void forget_list(const Node& pairs);  // its value was replaced

 private:
  std::string directory_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Matrix>> matrices_;
  std::map<std::pair<std::string, int>, std::vector<std::shared_ptr<const Matrix>>> factors_;
  std::map<std::string, std::uint64_t> contents_;
  std::map<const Node*, std::shared_ptr<const Matrix>> inline_;
  std::map<std::string, Entries> masks_;
  std::map<std::pair<const Node*, std::pair<int, int>>, Entries> lists_;
};

}  // namespace rankfall::config
