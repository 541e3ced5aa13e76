// digest GOLDEN: compares this build's digests with the file; prints the lines that differ. digest: prints them.
// Exit status 77: this processor lacks the instructions of this build. Nothing here may need them, hence plain C.
#include <cstdio>
#include <cstring>

#include "tests/golden/digest.hpp"

namespace {

bool processor_offers(const char* instruction_set) {
#if defined(__x86_64__)
  if (std::strcmp(instruction_set, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (std::strcmp(instruction_set, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return std::strcmp(instruction_set, "128-bit") == 0;
}

// Number of lines that differ, and how many were compared.
int compare(std::FILE* produced, std::FILE* golden, int& compared) {
  char own[256], expected[256];
  int different = 0;
  for (;;) {
    const bool more = std::fgets(own, sizeof own, produced) != nullptr;
    const bool wanted = std::fgets(expected, sizeof expected, golden) != nullptr;
    if (!more && !wanted) return different;
    ++compared;
    if (more && wanted && std::strcmp(own, expected) == 0) continue;
    if (++different <= 10)
      std::printf("expected %sfound    %s", wanted ? expected : "no line\n", more ? own : "no line\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* needed = rankfall::digest_instruction_set();
  if (!processor_offers(needed)) {
    std::printf("skipped: this processor has no %s\n", needed);
    return 77;
  }
  if (argc < 2) {
    rankfall::print_digests(stdout);
    return 0;
  }
  std::FILE* golden = std::fopen(argv[1], "r");
  std::FILE* produced = std::tmpfile();
  if (golden == nullptr || produced == nullptr) {
    std::perror(golden == nullptr ? argv[1] : "temporary file");
    return 1;
  }
  rankfall::print_digests(produced);
  std::rewind(produced);
  int compared = 0;
  const int different = compare(produced, golden, compared);
  std::printf("%s: %d of %d digests differ\n", needed, different, compared);
  return different == 0 && compared > 100 ? 0 : 1;
}
