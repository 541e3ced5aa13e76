#include "estimate/swept_table.hpp"

#include "estimate/report_text.hpp"

namespace rankfall {

namespace {

constexpr std::size_t most_rows = 40;

}  // namespace

SweptTable::SweptTable(const Experiment& experiment, std::initializer_list<const char*> titles) : experiment_(experiment) {
  for (const std::string& name : told_names(experiment)) columns_.push_back({name});
  for (const char* title : titles) columns_.push_back({title});
}

void SweptTable::add(int cell, const std::vector<std::string>& texts) {
  if (++asked_ > most_rows) return;
  std::vector<std::string>& row = rows_.emplace_back();
  for (const SweepValue& value : told_values(experiment_, experiment_.cells.at(static_cast<std::size_t>(cell))))
    row.push_back(swept_text(value));
  row.insert(row.end(), texts.begin(), texts.end());
}

std::string SweptTable::text(const std::string& file) const {
  return rows_.empty() ? "" : text_table(columns_, rows_) + rest_in_csv(asked_ - rows_.size(), "row", file);
}

}  // namespace rankfall
