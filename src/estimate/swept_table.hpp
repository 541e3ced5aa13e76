#pragma once
// Tables of cells under their swept values.
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include "estimate/text_table.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Shows the first 40 rows and counts the rest.
class SweptTable {
 public:
  // The experiment must outlive the table.
  SweptTable(const Experiment& experiment, std::initializer_list<const char*> titles);

  // A row of a cell: `texts`, one for each title, after its swept values.
  void add(int cell, const std::vector<std::string>& texts);

  // "" without rows. `file`: where the rest is.
  std::string text(const std::string& file) const;

 private:
  const Experiment& experiment_;
  std::vector<TextColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t asked_ = 0;
};

}  // namespace rankfall
