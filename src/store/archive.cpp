#include "store/archive.hpp"

#include <fmt/format.h>
#include <zlib.h>

namespace rankfall {

namespace {

std::uint32_t crc_of(std::span<const char> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));  // zlib wants unsigned bytes
}

}  // namespace

std::string seal(const FileMark& mark, const std::string& body) {
  ArchiveWriter writer;
  for (const char letter : mark.magic) writer.value(letter);
  writer.value(mark.version);
  writer.bytes() += body;
  writer.value(crc_of(writer.bytes()));
  return std::move(writer.bytes());
}

std::optional<std::span<const char>> unseal(std::span<const char> bytes, const FileMark& mark, std::string& reason) {
  ArchiveReader reader(bytes);
  FileMark found{};
  for (char& letter : found.magic) reader.value(letter);
  reader.value(found.version);
  constexpr std::size_t begin = sizeof found.magic + sizeof found.version;
  reason = fmt::format("it is not {}, or damaged", mark.kind);
  if (bytes.size() < begin + sizeof(std::uint32_t) || found.magic != mark.magic) return {};
  reason = fmt::format("its format version is {}, not {}", found.version, mark.version);
  if (found.version != mark.version) return {};

  reason = "its checksum does not match: it was truncated or altered";
  std::uint32_t crc = 0;
  const std::size_t covered = bytes.size() - sizeof crc;
  std::memcpy(&crc, bytes.data() + covered, sizeof crc);
  if (crc != crc_of(bytes.first(covered))) return {};
  reason.clear();
  return bytes.subspan(begin, covered - begin);
}

}  // namespace rankfall
