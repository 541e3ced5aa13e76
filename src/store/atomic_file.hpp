#pragma once
// Files that are either whole or absent.
#include <span>
#include <string>
#include <cstddef>

namespace rankfall {

// Writes to `path`.tmp, fsync, rename, fsync of the directory. Throws StoreError.
void write_atomically(const std::string& path, std::span<const std::byte> bytes);
void write_atomically(const std::string& path, const std::string& text);

// Throws StoreError.
std::string read_file(const std::string& path);

}  // namespace rankfall
