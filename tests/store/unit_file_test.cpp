#include "store/unit_file.hpp"

#include <sys/stat.h>

#include <array>
#include <cstring>
#include <fstream>

#include "samples.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {
namespace {

using samples::block;
using samples::TemporaryDirectory;
using samples::Trajectories;

constexpr std::uint64_t digest = 0x1122334455667788ULL;

void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// The CRC-32 of zlib, PNG and Ethernet, bit by bit from its definition.
std::uint32_t crc32_by_definition(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

void seal(std::string& bytes) {
  const std::uint32_t crc = crc32_by_definition(bytes.substr(0, bytes.size() - 4));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
}

// A unit on disk and what is needed to damage it.
struct Stored {
  explicit Stored(ReplicaResults written)
      : results(std::move(written)), unit{results.cell, results.first, results.count} {
    write_unit(directory.path(), digest, results);
    path = directory.file(unit_name(unit));
    bytes = read_file(path);
  }
  std::optional<ReplicaResults> read(std::string& reason) const {
    return read_unit(directory.path(), digest, unit, reason);
  }
  TemporaryDirectory directory;
  ReplicaResults results;
  WorkUnit unit;
  std::string path, bytes;
};

TEST(UnitFile, IsNamedByCellFirstAndCount) {
  EXPECT_EQ(unit_name({12, 4096, 512}), "c000012-r00004096-n00000512.unit");
}

TEST(UnitFile, KeepsEveryBit) {
  for (const Trajectories trajectories : {Trajectories::none, Trajectories::kept}) {
    for (const std::int64_t count : {0, 1, 40}) {
      const Stored stored(block(5, 120, count, 3, 2, trajectories, {count == 40 ? 3 : 0, count == 40 ? 1 : 0}));
      std::string reason = "stale";
      const auto read = stored.read(reason);
      ASSERT_TRUE(read) << reason;
      EXPECT_EQ(reason, "");
      samples::expect_same(*read, stored.results);
    }
  }
}

// The documented layout, decoded here by hand: magic, version, digest, cell, first, count, widths, events, plateaus, probes.
TEST(UnitFile, HasTheDocumentedHeader) {
  const Stored stored(block(5, 120, 8));
  const auto at = [&]<class T>(std::size_t offset, T value) {
    std::memcpy(&value, stored.bytes.data() + offset, sizeof value);
    return value;
  };
  EXPECT_EQ(stored.bytes.substr(0, 8), "rankunit");
  EXPECT_EQ(at(8, std::uint32_t{}), 5U);
  EXPECT_EQ(at(12, std::uint64_t{}), digest);
  EXPECT_EQ(at(20, std::int32_t{}), 5);
  EXPECT_EQ(at(24, std::int64_t{}), 120);
  EXPECT_EQ(at(32, std::int64_t{}), 8);
  EXPECT_EQ(at(40, std::int32_t{}), 3);
  EXPECT_EQ(at(44, std::int32_t{}), 2);
  EXPECT_EQ(at(48, std::int32_t{}), 0);
  EXPECT_EQ(at(52, std::int32_t{}), 0);
  EXPECT_EQ(at(56, std::int32_t{}), 0);
  EXPECT_EQ(at(60, std::int32_t{}), 0);
  EXPECT_EQ(at(64, std::int32_t{}), 0);
  EXPECT_EQ(at(68, std::int32_t{}), 0);
  EXPECT_EQ(at(72, std::int64_t{}), static_cast<std::int64_t>(stored.results.events.size()));
  EXPECT_EQ(at(80, std::int64_t{}), 0);
  EXPECT_EQ(at(88, std::int64_t{}), -1);
  EXPECT_EQ(at(stored.bytes.size() - 4, std::uint32_t{}),
            crc32_by_definition(stored.bytes.substr(0, stored.bytes.size() - 4)));
  // 9 observables, 3 singular values, 2 norms of 8 bytes; 5 numbers of 4, 4 of 8; 68 bytes an event.
  EXPECT_EQ(stored.bytes.size(), 96 + 8 * (14 * 8 + 5 * 4 + 4 * 8) + 68 * stored.results.events.size() + 4);
}

TEST(UnitFile, IsAbsentWithoutAReasonWhenThereIsNoFile) {
  const TemporaryDirectory directory;
  std::string reason = "stale";
  EXPECT_FALSE(read_unit(directory.path(), digest, {0, 0, 8}, reason));
  EXPECT_EQ(reason, "");
  EXPECT_FALSE(read_unit(directory.file("missing"), digest, {0, 0, 8}, reason));
  EXPECT_EQ(reason, "");
}

TEST(UnitFile, IsRefusedWhenTruncatedAnywhereOrTooLong) {
  const Stored stored(block(0, 0, 2, 3, 2, Trajectories::kept));
  std::string reason;
  for (std::size_t size = 0; size < stored.bytes.size(); ++size) {
    overwrite(stored.path, stored.bytes.substr(0, size));
    ASSERT_FALSE(stored.read(reason)) << size;
    ASSERT_NE(reason, "") << size;
  }
  overwrite(stored.path, stored.bytes + '\0');
  EXPECT_FALSE(stored.read(reason));
}

TEST(UnitFile, IsRefusedWhenAnyByteIsAltered) {
  const Stored stored(block(0, 0, 2, 3, 2, Trajectories::kept));
  for (std::size_t i = 0; i < stored.bytes.size(); ++i) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string damaged = stored.bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      overwrite(stored.path, damaged);
      std::string reason;
      ASSERT_FALSE(stored.read(reason)) << i;
      ASSERT_NE(reason, "") << i;
    }
  }
}

// With a matching CRC the checks behind it must hold: whatever is accepted has consistent sizes and indices.
TEST(UnitFile, SurvivesAlteredBytesUnderAMatchingChecksum) {
  const Stored stored(block(0, 0, 3, 3, 2, Trajectories::kept));
  int refused = 0;
  for (std::size_t i = 0; i + 4 < stored.bytes.size(); ++i) {
    for (const int mask : {0x01, 0x7f, 0x80, 0xff}) {
      std::string forged = stored.bytes;
      forged[i] = static_cast<char>(forged[i] ^ mask);
      seal(forged);
      overwrite(stored.path, forged);
      std::string reason;
      const auto read = stored.read(reason);
      ASSERT_EQ(read.has_value(), reason.empty()) << i;
      refused += read ? 0 : 1;
      if (!read) continue;
      ASSERT_EQ(read->outcome.size(), 3U) << i;
      ASSERT_EQ(read->trajectory_begin.size(), 4U) << i;
      ASSERT_LE(read->trajectory_begin[2], static_cast<std::int64_t>(read->trajectory_rank.size())) << i;
      for (const Outcome outcome : read->outcome) ASSERT_LT(static_cast<std::size_t>(outcome), outcome_names.size()) << i;
      for (const RankEvent& event : read->events) ASSERT_LT(static_cast<std::uint64_t>(event.replica), 3U) << i;
    }
  }
  EXPECT_GE(refused, 64 * 4);  // every byte of the header matters
}

TEST(UnitFile, SurvivesGarbage) {
  const Stored stored(block(0, 0, 2));
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 3000; ++trial) {
    std::string garbage(random() % 400, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random());
    const std::string start = stored.bytes.substr(0, 12 + random() % 60);
    if (trial % 2 == 1) garbage = start + garbage;  // a plausible beginning reaches further into the reader
    if (trial % 4 == 3) {
      garbage += "####";
      seal(garbage);
    }
    overwrite(stored.path, garbage);
    std::string reason;
    ASSERT_FALSE(stored.read(reason)) << trial;
    ASSERT_NE(reason, "") << trial;
  }
}

TEST(UnitFile, SaysWhyItIsRefused) {
  const Stored stored(block(0, 0, 2));
  std::string reason;
  EXPECT_FALSE(read_unit(stored.directory.path(), digest + 1, stored.unit, reason));
  EXPECT_EQ(reason, "it belongs to another experiment (digest 1122334455667788, not 1122334455667789)");

  const WorkUnit other{0, 2, 2};
  std::filesystem::copy_file(stored.path, stored.directory.file(unit_name(other)));
  EXPECT_FALSE(read_unit(stored.directory.path(), digest, other, reason));
  EXPECT_EQ(reason, "it holds replicas [0, 2) of cell 0, not what its name says");

  std::string newer = stored.bytes;
  newer[8] = 6;
  seal(newer);
  overwrite(stored.path, newer);
  EXPECT_FALSE(stored.read(reason));
  EXPECT_EQ(reason, "its format version is 6, not 5");

  overwrite(stored.path, "a text file");
  EXPECT_FALSE(stored.read(reason));
  EXPECT_EQ(reason, "it is not a unit file, or damaged");

  std::filesystem::remove(stored.path);
  std::filesystem::create_directory(stored.path);
  EXPECT_FALSE(stored.read(reason));
  EXPECT_NE(reason.find("Is a directory"), std::string::npos) << reason;
}

}  // namespace
}  // namespace rankfall
