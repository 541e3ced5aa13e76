#pragma once
// Plain data to bytes and back. A format is described once, as a function of either class: writing and reading it cannot
// diverge.
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace rankfall {

static_assert(std::endian::native == std::endian::little, "files are little-endian memory images");

template <class T> inline constexpr bool is_plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class T>
concept Plain = is_plain<T> && std::is_trivially_copyable_v<T>;

// Appends values to bytes in memory.
class ArchiveWriter {
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
class ArchiveReader {
 public:
  explicit ArchiveReader(std::span<const char> bytes) : rest_(bytes) {}
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
  std::span<const char> rest() const { return rest_; }

 private:
  void take(void* to, std::size_t size) {
    if (!accept(size <= rest_.size()) || size == 0) return;
    std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }
  std::span<const char> rest_;
  bool good_ = true;
};

// How a binary file begins.
struct FileMark {
  std::array<char, 8> magic;
  std::uint32_t version;
  const char* kind;  // "a unit file"
};

// Mark, body, and a CRC of both.
std::string seal(const FileMark& mark, const std::string& body);

// The body within `bytes`; or nothing, and why these are not what seal(mark, ...) made.
std::optional<std::span<const char>> unseal(std::span<const char> bytes, const FileMark& mark, std::string& reason);

}  // namespace rankfall
