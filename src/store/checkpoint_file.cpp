#include "store/checkpoint_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "store/archive.hpp"
#include "store/atomic_file.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace fs = std::filesystem;

namespace {

constexpr FileMark checkpoint_mark{{'r', 'a', 'n', 'k', 'h', 'e', 'l', 'd'}, 5, "a checkpoint"};

struct Header {
  std::uint64_t digest = 0;
  WorkUnit unit;
};

template <class Archive, class AnyHeader>
void describe(Archive& archive, AnyHeader& header) {
  archive.value(header.digest);
  archive.value(header.unit.cell);
  archive.value(header.unit.first);
  archive.value(header.unit.count);
}

std::string path_of(const std::string& directory, const WorkUnit& unit, const char* ending) {
  return (fs::path(directory) / (fs::path(unit_name(unit)).stem().string() + ending)).string();
}
constexpr const char* latest = ".checkpoint";
constexpr const char* previous = "_prev.checkpoint";

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::optional<std::string> read_one(const std::string& path, std::uint64_t digest, const WorkUnit& unit,
                                    std::string& reason) {
  if (!exists(path)) return {};
  try {
    const std::string bytes = read_file(path);
    const auto body = unseal(bytes, checkpoint_mark, reason);
    if (!body) return {};
    ArchiveReader reader(*body);
    Header header;
    describe(reader, header);
    reason = "it belongs to another experiment or unit";
    if (header.digest != digest || header.unit != unit) return {};
    reason.clear();
    return std::string(reader.rest().begin(), reader.rest().end());
  } catch (const StoreError& error) {
    reason = error.what();
    return {};
  }
}

}  // namespace

void write_checkpoint(const std::string& directory, std::uint64_t experiment_digest, const WorkUnit& unit,
                      const std::string& state) {
  ArchiveWriter writer;
  const Header header{experiment_digest, unit};
  describe(writer, header);
  const std::string path = path_of(directory, unit, latest), older = path_of(directory, unit, previous);
  if (exists(path)) {
    std::error_code error;
    fs::rename(path, older, error);
    if (error) throw disk_error(older, "cannot keep the checkpoint before this one", error.value());
  }
  write_atomically(path, seal(checkpoint_mark, writer.bytes() + state));
}

std::optional<std::string> read_checkpoint(const std::string& directory, std::uint64_t experiment_digest,
                                           const WorkUnit& unit, std::string& reason) {
  reason.clear();
  for (const char* ending : {latest, previous}) {
    const std::string path = path_of(directory, unit, ending);
    std::string trouble;
    auto state = read_one(path, experiment_digest, unit, trouble);
    if (!trouble.empty()) reason += (reason.empty() ? "" : "; ") + fs::path(path).filename().string() + ": " + trouble;
    if (state) return state;
  }
  return {};
}

void remove_checkpoint(const std::string& directory, const WorkUnit& unit) {
  std::error_code ignored;  // one that stays does no harm: the finished unit is looked for first
  for (const char* ending : {latest, previous}) fs::remove(path_of(directory, unit, ending), ignored);
}

bool has_checkpoint(const std::string& directory, const WorkUnit& unit) {
  return exists(path_of(directory, unit, latest)) || exists(path_of(directory, unit, previous));
}

}  // namespace rankfall
