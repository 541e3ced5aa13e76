// csdp, an interior-point solver of semidefinite programs (Borchers 1999), as the oracle.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/theory/problems.hpp"

namespace rankfall {
namespace {

// Maximise -(tr P + tr Q) / 2 over [P X; X^T Q] >= 0 with X_ij = T_ij (Fazel 2002), as a sparse SDPA file.
void write_sdpa(const std::filesystem::path& path, const CompletionProblem& problem) {
  const int size = problem.rows + problem.columns;
  std::ofstream file(path);
  file.precision(17);
  file << problem.entries.size() << "\n1\n" << size << "\n";
  for (const double x : problem.values) file << x << " ";
  file << "\n";
  for (int i = 1; i <= size; ++i) file << "0 1 " << i << " " << i << " -0.5\n";
  for (std::size_t e = 0; e < problem.entries.size(); ++e)
    file << e + 1 << " 1 " << problem.entries[e].row + 1 << " " << problem.rows + problem.entries[e].column + 1
         << " 0.5\n";
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string text;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  pclose(pipe);
  return text;
}

TEST(Csdp, AgreesOnTheMinimum) {
  if (!std::filesystem::exists(RANKFALL_CSDP)) GTEST_SKIP() << "csdp is not installed (Debian package coinor-csdp)";
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "rankfall_csdp_test";
  std::filesystem::create_directories(folder);
  std::mt19937_64 random(17);
  std::vector<CompletionProblem> problems;
  for (int size = 3; size <= 6; ++size)
    for (int k = 0; k < 5; ++k)
      problems.push_back(observe(size, size, random_matrix(random, size, size, 1 + k % 2),
                                 random_places(random, size, size, (k + 3) * size * size / 10)));
  const auto answers = complete(problems, {});
  const std::regex pattern(R"(Dual objective value: ([-+.e0-9]+))");
  for (std::size_t k = 0; k < problems.size(); ++k) {
    SCOPED_TRACE(k);
    const auto input = folder / "problem.dat-s";
    write_sdpa(input, problems[k]);
    const std::string text = output_of("cd '" + folder.string() + "' && " RANKFALL_CSDP " problem.dat-s 2>&1");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(text, found, pattern)) << text;
    const double norm = -std::stod(found[1]);
    EXPECT_NEAR(answers[k].lower, norm, 2e-7 * norm);
    EXPECT_NEAR(answers[k].upper, norm, 2e-7 * norm);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace rankfall
