// A corpus of broken experiments. The first line of each says what the user must read, with {file} for the path of the
// experiment and {dir} for its folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>

#include "support.hpp"

namespace rankfall {
namespace {

const std::string corpus = (std::filesystem::path(RANKFALL_SOURCE_DIR) / "tests/config/broken").string();

std::vector<std::string> broken_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string with_value(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
  return text;
}

class Broken : public testing::TestWithParam<std::string> {};

TEST_P(Broken, IsRefusedWithOneLine) {
  const std::string path = corpus + "/" + GetParam() + ".toml";
  std::ifstream stream(path);
  std::string first;
  std::getline(stream, first);
  const std::string mark = "# expect: ";
  ASSERT_EQ(first.substr(0, mark.size()), mark);
  const std::string expected = with_value(with_value(first.substr(mark.size()), "{file}", path), "{dir}", corpus);
  try {
    load_experiment(path);
    FAIL() << "was accepted";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), expected);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, Broken, testing::ValuesIn(broken_names()),
                         [](const auto& test) { return test.param; });

TEST(BrokenCorpus, IsThere) { EXPECT_GE(broken_names().size(), 100u); }

// Every prefix of a valid file, and every file with one byte changed, is accepted or refused with one line.
TEST(BrokenCorpus, DamagedFilesNeverEscape) {
  std::ifstream stream(std::filesystem::path(RANKFALL_SOURCE_DIR) / "examples/rank_jumps.toml");
  std::ostringstream content;
  content << stream.rdbuf();
  const std::string text = content.str();
  ASSERT_GT(text.size(), 500u);
  int refused = 0;
  const auto check = [&](const std::string& damaged) {
    const std::string complaint = test::complaint_of(damaged);
    EXPECT_EQ(complaint.find('\n'), std::string::npos) << complaint;
    refused += complaint.empty() ? 0 : 1;
  };
  for (std::size_t length = 0; length < text.size(); length += 7) check(text.substr(0, length));
  for (std::size_t at = 0; at < text.size(); at += 5) {
    for (const char byte : {'\0', '\n', '"', '[', '9', '\x80'}) {
      std::string damaged = text;
      damaged[at] = byte;
      check(damaged);
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace rankfall
