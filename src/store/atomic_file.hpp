#pragma once
// Files that are either whole or absent.
#include <cstddef>
#include <span>
#include <string>

#include "rankfall/error.hpp"

namespace rankfall {

// Writes to `path`.tmp, fsync, rename, fsync of the directory. Throws StoreError; then no `path`.tmp is left and an
// older `path` is untouched.
void write_atomically(const std::string& path, std::span<const std::byte> bytes);
void write_atomically(const std::string& path, const std::string& text);

// The whole file, byte for byte. Throws StoreError.
std::string read_file(const std::string& path);

// `path`.tmp while a file is being written by somebody else's library; removed on destruction unless committed.
class PendingFile {
 public:
  explicit PendingFile(std::string path);  // creates the temporary file, empty; throws StoreError
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();

  const std::string& temporary() const { return temporary_; }
  // Call after the writer closed it: fsync, rename to `path`, fsync of the directory. Throws StoreError.
  void commit();

 private:
  std::string path_, temporary_;
  bool committed_ = false;
};

// A StoreError for a failed system call: `what` ("cannot write the file"), the text of `error_number` and its remedy.
StoreError disk_error(const std::string& path, const std::string& what, int error_number);

}  // namespace rankfall
