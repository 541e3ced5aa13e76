#pragma once
// 64-bit content hashes: FNV-1a over bytes, then a finalizer, so that near-equal inputs differ in every bit.
#include <bit>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace rankfall::config {

class Hasher {
 public:
  void bytes(std::string_view data) {
    for (const char c : data) mix(static_cast<unsigned char>(c));
  }

  // Length first, so that ("ab", "c") and ("a", "bc") differ.
  void text(std::string_view data) {
    integer(static_cast<std::int64_t>(data.size()));
    bytes(data);
  }

  template <class Integer>
  requires(std::is_integral_v<Integer> || std::is_enum_v<Integer>) void integer(Integer value) {
    const auto word = static_cast<std::uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) mix(static_cast<unsigned char>(word >> shift));
  }

  void number(double value) { integer(std::bit_cast<std::uint64_t>(value == 0.0 ? 0.0 : value)); }

  std::uint64_t value() const { return finalized(state_); }

  // Stafford's variant 13 of the 64-bit mix of MurmurHash3 (as in SplitMix64).
  static constexpr std::uint64_t finalized(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

 private:
  void mix(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }

  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace rankfall::config
