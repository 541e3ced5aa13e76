#include "run/shard.hpp"

#include <fmt/format.h>

#include <charconv>

#include "rankfall/error.hpp"
#include "run/work_units.hpp"

namespace rankfall {

bool Shard::has(const Experiment& experiment, const WorkUnit& unit) const {
  const std::int64_t of_cell = unit.first / unit_size(experiment, experiment.cells[static_cast<std::size_t>(unit.cell)]);
  return (unit.cell + of_cell) % count == number - 1;
}

std::string Shard::file_word() const { return fmt::format("shard-{}-of-{}", number, count); }

Shard parse_shard(const std::string& text) {
  Shard shard{0, 0};
  const char* end = text.data() + text.size();
  const auto [slash, first_error] = std::from_chars(text.data(), end, shard.number);
  if (first_error == std::errc{} && slash != end && *slash == '/') {
    const auto [stop, second_error] = std::from_chars(slash + 1, end, shard.count);
    constexpr int most = 1'000'000;
    if (second_error == std::errc{} && stop == end && shard.number >= 1 && shard.number <= shard.count && shard.count <= most)
      return shard;
  }
  throw ConfigError({"--shard", fmt::format("'{}' is not K/N", text), "K counts the parts from 1 to N, at most a million",
                     "for example --shard 2/8"});
}

}  // namespace rankfall
