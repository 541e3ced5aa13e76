#include "run/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "rankfall/error.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

std::string lock_path(const std::string& directory, const std::string& name) {
  return (std::filesystem::path(directory) / "units" / name).string();
}
std::string whole_path(const std::string& directory) { return lock_path(directory, "lock"); }
std::string shard_path(const std::string& directory, const Shard& shard) {
  return lock_path(directory, "lock." + shard.file_word());
}

std::string holder_of(int file) {
  std::array<char, 256> text{};
  const ssize_t size = pread(file, text.data(), text.size() - 1, 0);
  const std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return holder.empty() ? "another process" : holder.substr(0, holder.find('\n'));
}

void sign(int file) {
  std::array<char, 200> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = 0;
  const std::string text = fmt::format("process {} on {}\n", getpid(), host.data());
  // Who holds it is for people to read; a lock that cannot say it is held all the same.
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) < 0) return;
}

// The descriptor; -1 if somebody else holds it, who is then in `holder`. Tried for a moment: `status` takes it for an
// instant to see whether it is free.
int take(const std::string& path, int kind, std::string& holder) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) throw disk_error(path, "cannot make the lock of this directory", errno);
  int error = EWOULDBLOCK;
  for (int attempt = 0; attempt < 10 && error == EWOULDBLOCK; ++attempt) {
    if (attempt > 0) usleep(10'000);
    if (flock(file, kind | LOCK_NB) == 0) return file;
    error = errno;
  }
  holder = holder_of(file);
  close(file);
  if (error != EWOULDBLOCK) throw disk_error(path, "cannot lock this directory", error);
  return -1;
}

}  // namespace

DirectoryLock::DirectoryLock(const std::string& directory, const Shard& shard) {
  std::string holder;
  whole_ = take(whole_path(directory), shard.is_whole() ? LOCK_EX : LOCK_SH, holder);
  if (whole_ >= 0 && !shard.is_whole()) own_ = take(shard_path(directory, shard), LOCK_EX, holder);
  if (whole_ < 0 || (own_ < 0 && !shard.is_whole())) {
    if (whole_ >= 0) close(whole_);
    throw ConfigError({directory, "is in use", holder + " is at work on it", "wait for it to end, or choose another --out"});
  }
  sign(shard.is_whole() ? whole_ : own_);
}

DirectoryLock::~DirectoryLock() {
  if (own_ >= 0) close(own_);
  close(whole_);
}

SetupLock::SetupLock(const std::string& directory) {
  const std::string path = lock_path(directory, "lock.setup");
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw disk_error(path, "cannot make the lock of this directory", errno);
  while (flock(file_, LOCK_EX) != 0)
    if (errno != EINTR) throw disk_error(path, "cannot lock this directory", errno);
}

SetupLock::~SetupLock() { close(file_); }

bool is_locked(const std::string& directory) {
  const int file = open(whole_path(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool free = flock(file, LOCK_EX | LOCK_NB) == 0;
  close(file);
  return !free;
}

}  // namespace rankfall
