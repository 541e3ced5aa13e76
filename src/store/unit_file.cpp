#include "store/unit_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "store/archive.hpp"
#include "store/atomic_file.hpp"
#include "store/fields.hpp"

namespace rankfall {
namespace {

constexpr FileMark unit_mark{{'r', 'a', 'n', 'k', 'u', 'n', 'i', 't'}, 5, "a unit file"};
constexpr std::int64_t largest_width = 1 << 20;  // no matrix here has a million singular values: such a file is damaged

struct Header {
  std::uint64_t digest = 0;
  std::int64_t events = 0, plateaus = 0;
  std::int64_t probes = -1;  // -1: no trajectories
};

// The layout.
template <class Archive, class AnyHeader, class Results>
void describe(Archive& archive, AnyHeader& header, Results& results) {
  archive.value(header.digest);
  archive.value(results.cell);
  archive.value(results.first);
  archive.value(results.count);
  archive.value(results.singular_value_count);
  archive.value(results.factor_count);
  archive.value(results.solution_count);
  archive.value(results.compared);
  archive.value(results.alignments);
  archive.value(results.velocities);
  archive.value(results.couplings);
  archive.value(results.monitors);
  archive.value(header.events);
  archive.value(header.plateaus);
  archive.value(header.probes);
  const auto is_flag = [](int flag) { return flag == 0 || flag == 1; };
  const auto is_width = [](std::int64_t width) { return width >= 0 && width <= largest_width; };
  if (!archive.accept(results.cell >= 0 && results.first >= 0 && results.count >= 0 && header.probes >= -1 &&
                      results.count < (std::int64_t{1} << 40) && header.probes < (std::int64_t{1} << 40) &&
                      is_width(results.singular_value_count) && is_width(results.factor_count) &&
                      is_width(results.solution_count) && is_flag(results.compared) && is_flag(results.alignments) &&
                      is_flag(results.velocities) && is_flag(results.couplings) && is_flag(results.monitors)))
    return;
  visit_replica_fields([&](const Field& field,
                           auto& array) { archive.array(array, results.count * entries_per_row(results, field.per)); },
                       results);
  archive.records(results.events, header.events, [&](auto& event) {
    visit_event_fields([&](const Field&, auto number) { archive.value(event.*number); });
  });
  archive.records(results.plateaus, header.plateaus, [&](auto& plateau) {
    visit_plateau_fields([&](const Field&, auto number) { archive.value(plateau.*number); });
  });
  if (header.probes < 0) return;
  archive.array(results.trajectory_begin, results.count + 1);
  visit_trajectory_fields(
      [&](const Field& field, auto& array) {
        archive.array(array, header.probes * entries_per_row(results, field.per));
      },
      results);
}

// Whether numbers that later code uses as indices are in range. A matching CRC makes this all but certain, yet a wrong
// index would be read out of bounds, and the check costs nothing.
bool indices_are_sound(const ReplicaResults& results, std::int64_t probes) {
  const auto known = [](Outcome outcome) {
    return outcome >= Outcome::converged && static_cast<std::size_t>(outcome) < outcome_names.size();
  };
  const auto inside = [&](const auto& event) {
    return event.replica >= results.first && event.replica < results.first + results.count;
  };
  const auto& begin = results.trajectory_begin;
  return std::all_of(results.outcome.begin(), results.outcome.end(), known) &&
         std::all_of(results.events.begin(), results.events.end(), inside) &&
         std::all_of(results.plateaus.begin(), results.plateaus.end(), inside) &&
         (probes < 0 || (begin.front() == 0 && begin.back() == probes && std::is_sorted(begin.begin(), begin.end())));
}

// The block in `bytes`, or nothing and a reason.
std::optional<ReplicaResults> parse(std::span<const char> bytes, std::uint64_t digest, const WorkUnit& unit,
                                    std::string& reason) {
  const auto body = unseal(bytes, unit_mark, reason);
  if (!body) return {};
  Header header;
  ReplicaResults results;
  ArchiveReader reader(*body);
  describe(reader, header, results);
  reason = "its header does not fit its content";
  if (!reader.finished() || !indices_are_sound(results, header.probes)) return {};
  reason = fmt::format("it belongs to another experiment (digest {:016x}, not {:016x})", header.digest, digest);
  if (header.digest != digest) return {};
  reason = fmt::format("it holds replicas [{}, {}) of cell {}, not what its name says", results.first,
                       results.first + results.count, results.cell);
  if (results.cell != unit.cell || results.first != unit.first || results.count != unit.count) return {};
  reason.clear();
  return results;
}

}  // namespace

std::string unit_name(const WorkUnit& unit) {
  return fmt::format("c{:06}-r{:08}-n{:08}.unit", unit.cell, unit.first, unit.count);
}

std::optional<WorkUnit> unit_of_name(const std::string& name) {
  WorkUnit unit;
  if (std::sscanf(name.c_str(), "c%d-r%" SCNd64 "-n%" SCNd64, &unit.cell, &unit.first, &unit.count) != 3) return {};
  if (unit_name(unit) != name) return {};
  return unit;
}

void write_unit(const std::string& directory, std::uint64_t experiment_digest, const ReplicaResults& results) {
  const Header header{
      experiment_digest, static_cast<std::int64_t>(results.events.size()), static_cast<std::int64_t>(results.plateaus.size()),
      results.trajectory_begin.empty() ? -1 : static_cast<std::int64_t>(results.trajectory_step.size())};
  ArchiveWriter writer;
  describe(writer, header, results);
  const std::string name = unit_name({results.cell, results.first, results.count});
  write_atomically((std::filesystem::path(directory) / name).string(), seal(unit_mark, writer.bytes()));
}

std::optional<ReplicaResults> read_unit(const std::string& directory, std::uint64_t experiment_digest,
                                        const WorkUnit& unit, std::string& reason) {
  reason.clear();
  const std::filesystem::path path = std::filesystem::path(directory) / unit_name(unit);
  std::error_code ignored;  // a path that cannot even be looked at is reported by read_file
  if (std::filesystem::status(path, ignored).type() == std::filesystem::file_type::not_found) return {};
  try {
    return parse(read_file(path.string()), experiment_digest, unit, reason);
  } catch (const StoreError& error) {
    reason = error.what();
    return {};
  }
}

}  // namespace rankfall
