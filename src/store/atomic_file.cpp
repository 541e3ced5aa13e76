#include "store/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace rankfall {
namespace {

std::string remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space (or raise the file size limit or quota), then repeat the command: finished work is kept";
    case ENOENT:
    case ENOTDIR:
      return "check the path, or create the directory";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a directory that you may write to (--out DIR), or change its permissions";
    case EIO:
      return "the disk reports a fault; use another disk";
    default:
      return "put the output on another file system (--out DIR) if this repeats";
  }
}

// A file descriptor that is closed however the scope is left.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool valid() const { return number_ >= 0; }
  // A network file system may report a failed write only here.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

void write_all(const std::string& path, std::span<const std::byte> bytes) {
  Descriptor file(path, O_WRONLY);
  if (!file.valid()) throw disk_error(path, "cannot open the file", errno);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw disk_error(path, "cannot write the file", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  if (!file.close()) throw disk_error(path, "cannot write the file", errno);
}

void sync_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.valid()) throw disk_error(path, "cannot open the file", errno);
  if (::fsync(file.number()) != 0) throw disk_error(path, "cannot bring the file to the disk", errno);
}

// Makes a rename in `path`'s directory last. Some network file systems refuse this with EINVAL; they order it
// themselves.
void sync_directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string directory = parent.empty() ? "." : parent;
  const Descriptor file(directory, O_RDONLY | O_DIRECTORY);
  if (!file.valid()) throw disk_error(directory, "cannot open the directory", errno);
  if (::fsync(file.number()) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw disk_error(directory, "cannot bring the directory to the disk", errno);
}

}  // namespace

StoreError disk_error(const std::string& path, const std::string& what, int error_number) {
  return StoreError({path, what, std::generic_category().message(error_number), remedy(error_number)});
}

PendingFile::PendingFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".tmp") {
  const Descriptor file(temporary_, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.valid()) throw disk_error(temporary_, "cannot create the file", errno);
}

PendingFile::~PendingFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

void PendingFile::commit() {
  sync_file(temporary_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw disk_error(path_, "cannot put the file in place", errno);
  committed_ = true;
  sync_directory_of(path_);
}

void write_atomically(const std::string& path, std::span<const std::byte> bytes) {
  PendingFile pending(path);
  write_all(pending.temporary(), bytes);
  pending.commit();
}

void write_atomically(const std::string& path, const std::string& text) {
  write_atomically(path, std::as_bytes(std::span(text)));
}

std::string read_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.valid()) throw disk_error(path, "cannot open the file", errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw disk_error(path, "cannot read the file", errno);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (true) {
    // A pipe, or a file that grew meanwhile, has more than its size said.
    if (filled == text.size()) text.resize(text.size() + 4096);
    const ssize_t got = ::read(file.number(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw disk_error(path, "cannot read the file", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace rankfall
