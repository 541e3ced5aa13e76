#include "store/unit_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <filesystem>
#include <span>
#include <type_traits>
#include <vector>

#include "store/atomic_file.hpp"
#include "store/fields.hpp"

namespace rankfall {
namespace {

static_assert(std::endian::native == std::endian::little, "unit files are little-endian memory images");

constexpr std::array<char, 8> unit_magic{'r', 'a', 'n', 'k', 'u', 'n', 'i', 't'};
constexpr std::uint32_t unit_version = 1;
constexpr std::int64_t largest_width = 1 << 20;  // no matrix here has a million singular values: such a file is damaged

template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Appends values to bytes in memory.
class Writer {
 public:
  template <Plain T>
  void value(const T& value) {
    append(&value, sizeof(T));
  }
  template <Plain T>
  void array(const std::vector<T>& values, [[maybe_unused]] std::int64_t size) {
    assert(static_cast<std::int64_t>(values.size()) == size);
    append(values.data(), values.size() * sizeof(T));
  }
  template <class T, class Visit>
  void records(const std::vector<T>& records, std::int64_t, Visit&& visit) {
    for (const T& record : records) visit(record);
  }
  bool accept([[maybe_unused]] bool plausible) {
    assert(plausible);
    return true;
  }
  std::string& bytes() { return bytes_; }

 private:
  void append(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  std::string bytes_;
};

// Takes values off bytes that may be anything. After the first thing that does not fit, every read leaves zeros.
class Reader {
 public:
  explicit Reader(std::span<const char> bytes) : rest_(bytes) {}
  template <Plain T>
  void value(T& value) {
    take(&value, sizeof(T));
  }
  template <Plain T>
  void array(std::vector<T>& values, std::int64_t size) {
    if (!accept(size >= 0 && static_cast<std::uint64_t>(size) <= rest_.size() / sizeof(T))) return;
    values.resize(static_cast<std::size_t>(size));
    take(values.data(), values.size() * sizeof(T));
  }
  template <class T, class Visit>
  void records(std::vector<T>& records, std::int64_t size, Visit&& visit) {
    if (!accept(size >= 0 && static_cast<std::uint64_t>(size) <= rest_.size())) return;  // a record has over one byte
    for (std::int64_t i = 0; i < size && good_; ++i) visit(records.emplace_back());
  }
  bool accept(bool plausible) { return good_ = good_ && plausible; }
  bool finished() const { return good_ && rest_.empty(); }

 private:
  void take(void* to, std::size_t size) {
    if (!accept(size <= rest_.size()) || size == 0) return;
    std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }
  std::span<const char> rest_;
  bool good_ = true;
};

struct Preamble {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
};

// What comes first in every version of the format.
template <class Archive, class AnyPreamble>
void describe(Archive& archive, AnyPreamble& preamble) {
  for (auto& letter : preamble.magic) archive.value(letter);
  archive.value(preamble.version);
}

struct Header {
  std::uint64_t digest = 0;
  std::int64_t events = 0;
  std::int64_t probes = -1;  // -1: no trajectories
};

// The layout after the preamble. The only description of it: writing and reading cannot diverge.
template <class Archive, class AnyHeader, class Results>
void describe(Archive& archive, AnyHeader& header, Results& results) {
  archive.value(header.digest);
  archive.value(results.cell);
  archive.value(results.first);
  archive.value(results.count);
  archive.value(results.singular_value_count);
  archive.value(results.factor_count);
  archive.value(header.events);
  archive.value(header.probes);
  const auto is_width = [](std::int64_t width) { return width >= 0 && width <= largest_width; };
  if (!archive.accept(results.cell >= 0 && results.first >= 0 && results.count >= 0 && header.probes >= -1 &&
                      results.count < (std::int64_t{1} << 40) && header.probes < (std::int64_t{1} << 40) &&
                      is_width(results.singular_value_count) && is_width(results.factor_count)))
    return;
  visit_replica_fields([&](const Field& field,
                           auto& array) { archive.array(array, results.count * entries_per_row(results, field.per)); },
                       results);
  archive.records(results.events, header.events, [&](auto& event) {
    visit_event_fields([&](const Field&, auto number) { archive.value(event.*number); });
  });
  if (header.probes < 0) return;
  archive.array(results.trajectory_begin, results.count + 1);
  visit_trajectory_fields(
      [&](const Field& field, auto& array) {
        archive.array(array, header.probes * entries_per_row(results, field.per));
      },
      results);
}

std::uint32_t crc_of(std::span<const char> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));  // zlib wants unsigned bytes
}

// Whether numbers that later code uses as indices are in range. A matching CRC makes this all but certain, yet a wrong
// index would be read out of bounds, and the check costs nothing.
bool indices_are_sound(const ReplicaResults& results, std::int64_t probes) {
  const auto known = [](Outcome outcome) {
    return outcome >= Outcome::converged && static_cast<std::size_t>(outcome) < outcome_names.size();
  };
  const auto inside = [&](const RankEvent& event) {
    return event.replica >= results.first && event.replica < results.first + results.count;
  };
  const auto& begin = results.trajectory_begin;
  return std::all_of(results.outcome.begin(), results.outcome.end(), known) &&
         std::all_of(results.events.begin(), results.events.end(), inside) &&
         (probes < 0 || (begin.front() == 0 && begin.back() == probes && std::is_sorted(begin.begin(), begin.end())));
}

// The block in `bytes`, or nothing and a reason.
std::optional<ReplicaResults> parse(std::span<const char> bytes, std::uint64_t digest, const WorkUnit& unit,
                                    std::string& reason) {
  Preamble preamble;
  constexpr std::size_t preamble_size = sizeof preamble.magic + sizeof preamble.version;
  Reader start(bytes);
  describe(start, preamble);
  reason = "it is not a unit file, or damaged";
  if (bytes.size() < preamble_size + sizeof(std::uint32_t) || preamble.magic != unit_magic) return {};
  reason = fmt::format("its format version is {}, not {}", preamble.version, unit_version);
  if (preamble.version != unit_version) return {};

  reason = "its checksum does not match: it was truncated or altered";
  std::uint32_t crc = 0;
  const std::size_t covered = bytes.size() - sizeof crc;
  std::memcpy(&crc, bytes.data() + covered, sizeof crc);
  if (crc != crc_of(bytes.first(covered))) return {};

  Header header;
  ReplicaResults results;
  Reader reader(bytes.subspan(preamble_size, covered - preamble_size));
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

void write_unit(const std::string& directory, std::uint64_t experiment_digest, const ReplicaResults& results) {
  const Preamble preamble{unit_magic, unit_version};
  const Header header{
      experiment_digest, static_cast<std::int64_t>(results.events.size()),
      results.trajectory_begin.empty() ? -1 : static_cast<std::int64_t>(results.trajectory_step.size())};
  Writer writer;
  describe(writer, preamble);
  describe(writer, header, results);
  writer.value(crc_of(writer.bytes()));
  const std::string name = unit_name({results.cell, results.first, results.count});
  write_atomically((std::filesystem::path(directory) / name).string(), writer.bytes());
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
