// read_unit on arbitrary bytes: results that are written back as the same bytes, or a reason in one line.
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "store/atomic_file.hpp"
#include "store/unit_file.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

// In memory where the system has such a folder: thousands are made each second.
class Folder {
 public:
  Folder() : path_(std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path().string()) {
    path_ += "/rankfall-fuzz-XXXXXX";
    fuzz::require(mkdtemp(path_.data()) != nullptr, "a folder can be made");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <class T>
T number_at(const std::string& bytes, std::size_t offset) {
  T number{};
  if (offset + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

// What the file says it is, so that its content is looked at and not only its name. The offsets are those of version 1:
// magic, version, digest, cell, first, count.
WorkUnit claimed_unit(const std::string& bytes) {
  return {number_at<int>(bytes, 20), number_at<std::int64_t>(bytes, 24), number_at<std::int64_t>(bytes, 32)};
}

void check(const std::string& bytes) {
  const Folder folder;
  const WorkUnit unit = claimed_unit(bytes);
  const auto digest = number_at<std::uint64_t>(bytes, 12);
  const std::string path = folder.path() + "/" + unit_name(unit);
  std::ofstream(path, std::ios::binary) << bytes;
  std::string reason;
  const auto results = read_unit(folder.path(), digest, unit, reason);
  fuzz::require(results.has_value() == reason.empty(), "a unit that is refused has a reason, and no other");
  if (!results) {
    fuzz::require_one_line(reason);
    return;
  }
  write_unit(folder.path(), digest, *results);
  fuzz::require(read_file(path) == bytes, "what was read is written as the same bytes");
}

// A fuzzer does not guess a checksum.
std::string with_checksum(std::string bytes) {
  if (bytes.size() < 4) return bytes;
  const std::size_t covered = bytes.size() - 4;
  const auto crc =
      static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), covered));
  std::memcpy(bytes.data() + covered, &crc, sizeof crc);
  return bytes;
}

}  // namespace
}  // namespace rankfall

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(rankfall::fuzz::as_text(data, size));
  rankfall::check(bytes);
  rankfall::check(rankfall::with_checksum(bytes));
  return 0;
}
