#pragma once
// What the fuzz targets share: a file for readers that want a path, and what must hold whatever the input.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rankfall/error.hpp"

// The entry point that libFuzzer and replay_main.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rankfall::fuzz {

// Ends the program, which is how a fuzzer learns of a finding.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// A user's message is one line without control characters, and says something.
inline void require_one_line(std::string_view message) {
  require(!message.empty(), "the message is not empty");
  for (const char c : message) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "the message is one line");
}

// The bytes as a file in memory, with a path for as long as this lives.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("input", 0)) {
    require(descriptor_ >= 0, "the system has files in memory");
    const auto written = write(descriptor_, bytes.data(), bytes.size());
    require(written == static_cast<ssize_t>(bytes.size()), "a small file can be written");
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};  // the same bytes
}

}  // namespace rankfall::fuzz
