#pragma once
// Keeps two processes from working on the same part of a result directory.
#include <string>

#include "run/shard.hpp"

namespace rankfall {

// Held while it lives; the operating system frees it when the process ends, however that happens. A whole run excludes
// everybody; shards exclude a whole run, and each its own number. Throws ConfigError naming the process that holds it,
// StoreError when no lock can be made.
class DirectoryLock {
 public:
  DirectoryLock(const std::string& directory, const Shard& shard);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int whole_ = -1, own_ = -1;  // file descriptors
};

// Held for a moment by one process at a time: others wait. Throws StoreError.
class SetupLock {
 public:
  explicit SetupLock(const std::string& directory);
  ~SetupLock();
  SetupLock(const SetupLock&) = delete;
  SetupLock& operator=(const SetupLock&) = delete;

 private:
  int file_;
};

// Whether a process is at work in the directory now.
bool is_locked(const std::string& directory);

}  // namespace rankfall
