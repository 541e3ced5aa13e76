#include "store/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "samples.hpp"

namespace rankfall {
namespace {

using samples::message_of;
using samples::TemporaryDirectory;

TEST(AtomicFile, KeepsEveryByteAndLeavesNothingElse) {
  const TemporaryDirectory directory;
  std::string bytes(100000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_atomically(directory.file("a"), bytes);
  EXPECT_EQ(read_file(directory.file("a")), bytes);
  write_atomically(directory.file("a"), std::string("shorter"));
  EXPECT_EQ(read_file(directory.file("a")), "shorter");
  write_atomically(directory.file("empty"), std::string());
  EXPECT_EQ(read_file(directory.file("empty")), "");
  EXPECT_EQ(directory.files(), 2);
}

TEST(AtomicFile, WorksOnAPathWithoutDirectory) {
  const TemporaryDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  write_atomically("bare", std::string("text"));
  std::filesystem::current_path(before);
  EXPECT_EQ(read_file(directory.file("bare")), "text");
}

TEST(AtomicFile, SaysWhereWhyAndWhatToDoWhenTheDirectoryIsMissing) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("missing/file");
  const std::string line = message_of<StoreError>([&] { write_atomically(path, std::string("x")); });
  EXPECT_EQ(line.rfind(path, 0), 0U) << line;
  EXPECT_NE(line.find("No such file or directory; "), std::string::npos) << line;
  EXPECT_NE(line.find("create the directory"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(message_of<StoreError>([&] { read_file(path); }).find("No such file"), std::string::npos);
}

TEST(AtomicFile, RemovesTheTemporaryFileWhenTheTargetCannotBeReplaced) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.file("target/inside"));  // a non-empty directory in the way
  EXPECT_THROW(write_atomically(directory.file("target"), std::string("x")), StoreError);
  EXPECT_EQ(directory.files(), 1);
}

// A file size limit fails a write half way, as a full disk does.
TEST(AtomicFile, AFailedWriteLeavesTheOldFileAndNoOther) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a");
  write_atomically(path, std::string("old"));
  const int status = samples::in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    try {
      write_atomically(path, std::string(100000, 'x'));
    } catch (const StoreError& error) {
      const std::string line = error.what();
      return line.find("File too large; free some space") != std::string::npos ? 0 : 3;
    }
    return 4;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(read_file(path) == "old");
  EXPECT_EQ(directory.files(), 1);
}

TEST(AtomicFile, NamesMissingPermission) {
  const TemporaryDirectory directory;
  chmod(directory.path().c_str(), 0555);
  const int status = samples::in_child([&] {
    const uid_t user = geteuid();
    if (user == 0 && seteuid(65534) != 0) return 2;  // root may write everywhere
    std::string line;
    try {
      write_atomically(directory.file("a"), std::string("x"));
    } catch (const StoreError& error) {
      line = error.what();
    }
    if (seteuid(user) != 0) return 3;  // a leak checker cannot work as another user
    return line.find("Permission denied; choose a directory") != std::string::npos ? 0 : 4;
  });
  chmod(directory.path().c_str(), 0755);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(directory.files(), 0);
}

}  // namespace
}  // namespace rankfall
