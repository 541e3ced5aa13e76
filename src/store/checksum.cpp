#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "store/fields.hpp"
#include "store/results_file.hpp"

namespace rankfall {
namespace {

// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), over the little-endian bytes of each number.
class Fnv1a {
 public:
  void add(std::uint64_t word, int bytes) {
    for (int i = 0; i < bytes; ++i) hash_ = (hash_ ^ ((word >> (8 * i)) & 0xff)) * 0x100000001b3ULL;
  }
  void add(std::int32_t number) { add(static_cast<std::uint32_t>(number), 4); }
  void add(std::int64_t number) { add(static_cast<std::uint64_t>(number), 8); }
  void add(Outcome outcome) { add(static_cast<std::int32_t>(outcome)); }
  // All NaNs count as one, and so do both zeros: processors differ in the sign and payload of the NaN they make.
  void add(double number) {
    if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
    if (number == 0.0) number = 0.0;
    add(std::bit_cast<std::uint64_t>(number), 8);
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void add_replica(Fnv1a& hash, const ReplicaResults& results, std::size_t replica) {
  hash.add(results.outcome[replica]);
  hash.add(results.steps[replica]);
  if (results.time[replica] != 0.0) hash.add(results.time[replica]);
  if (!std::isnan(results.objective_rise[replica])) hash.add(results.objective_rise[replica]);
  hash.add(results.rank[replica]);
  hash.add(results.numerical_rank[replica]);
  hash.add(results.start_rank[replica]);
  hash.add(results.tries[replica]);
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  for (std::size_t i = 0; i < width; ++i) hash.add(results.singular_values[replica * width + i]);
  for (std::size_t i = 0; i < observables.size(); ++i)
    if (static_cast<Observable>(i) != Observable::effective_rank) hash.add(results.observable[i][replica]);
  const auto add_row = [&](const Field& field, const auto& array) {
    const auto entries = static_cast<std::size_t>(entries_per_row(results, field.per));
    for (std::size_t i = 0; i < entries; ++i) hash.add(array[replica * entries + i]);
  };
  visit_greedy_fields(add_row, results);
  visit_mode_fields(add_row, results);
  visit_monitor_fields(add_row, results);
}

}  // namespace

std::string results_checksum(const RunResults& results) {
  Fnv1a hash;
  for (const ReplicaResults& cell : results) {
    hash.add(static_cast<std::int32_t>(cell.cell));
    hash.add(cell.count);
    for (std::int64_t r = 0; r < cell.count; ++r) add_replica(hash, cell, static_cast<std::size_t>(r));
    // Of times there are some where there is a flow.
    const auto add = [&](auto number) {
      if (!std::is_same_v<decltype(number), double> || number != 0) hash.add(number);
    };
    for (const RankEvent& event : cell.events)
      visit_event_facts([&](const Field&, auto number) { add(event.*number); });
    for (const Plateau& plateau : cell.plateaus)
      visit_plateau_fields([&](const Field&, auto number) { add(plateau.*number); });
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace rankfall
