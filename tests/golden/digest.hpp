#pragma once
#include <cstdio>

namespace rankfall {

void print_digests(std::FILE* out);
const char* digest_instruction_set();  // that digest.cpp was compiled for: "avx512", "avx2" or "128-bit"

}  // namespace rankfall
