#include "config/classic_header.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

namespace rankfall::config {
namespace {

constexpr std::uint64_t longest_name = 256;
constexpr std::uint64_t most_dimensions = 1024;
constexpr std::array<std::uint64_t, 12> bytes_of_type{0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};  // by nc_type

// Walks over the header; the grammar is the "NetCDF Classic Format Specification". Every member is false where the file
// cannot go on like this.
class HeaderWalk {
 public:
  HeaderWalk(std::istream& stream, std::uint64_t size) : stream_(stream), rest_(size) {}

  bool header() {
    std::uint64_t magic = 0;
    if (!number(4, magic)) return false;
    version_ = magic & 0xff;
    return number(count_size(), records_) && list(10, [this] { return dimension(); }) &&
           list(12, [this] { return attribute(); }) && list(11, [this] { return variable(); });
  }

  // The bytes that the header promises, in floating point: a damaged product may exceed every integer.
  double promised_bytes() const {
    double record = 0.0, most = 0.0;
    std::size_t kinds = 0;
    for (const Variable& each : variables_) kinds += each.in_records ? 1 : 0;
    for (const Variable& each : variables_)
      if (each.in_records) record += kinds == 1 ? each.bytes : std::ceil(each.bytes / 4.0) * 4.0;  // alone: not padded
    for (const Variable& each : variables_) {
      const double records = is_streamed() ? 0.0 : static_cast<double>(records_);
      if (each.in_records && records == 0.0) continue;
      most = std::max(most, each.begin + each.bytes + (each.in_records ? (records - 1.0) * record : 0.0));
    }
    return most;
  }

 private:
  struct Variable {
    double begin = 0.0;
    double bytes = 0.0;  // of one record, or of all
    bool in_records = false;
  };

  bool is_streamed() const { return records_ == (version_ == 5 ? ~std::uint64_t{0} : std::uint64_t{0xffffffff}); }
  std::size_t count_size() const { return version_ == 5 ? 8 : 4; }
  std::size_t offset_size() const { return version_ == 1 ? 4 : 8; }

  // Big-endian, of `size` bytes.
  bool number(std::size_t size, std::uint64_t& value) {
    std::array<char, 8> bytes{};
    if (rest_ < size || !stream_.read(bytes.data(), static_cast<std::streamsize>(size))) return false;
    rest_ -= size;
    value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return true;
  }

  bool skip_padded(std::uint64_t size) {
    if (size > rest_ || (size + 3) / 4 * 4 > rest_) return false;
    size = (size + 3) / 4 * 4;
    rest_ -= size;
    return static_cast<bool>(stream_.seekg(static_cast<std::streamoff>(size), std::ios::cur));
  }

  // A tag and that many elements, or two zeros. An element takes more than 8 bytes.
  template <class Element>
  bool list(std::uint64_t tag, Element element) {
    std::uint64_t found = 0, count = 0;
    if (!number(4, found) || !number(count_size(), count)) return false;
    if (found != tag) return found == 0 && count == 0;
    if (count > rest_ / 8) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!element()) return false;
    }
    return true;
  }

  bool name() {
    std::uint64_t length = 0;
    return number(count_size(), length) && length >= 1 && length <= longest_name && skip_padded(length);
  }

  bool type(std::uint64_t& type) {
    return number(4, type) && type >= 1 && type <= (version_ == 5 ? std::uint64_t{11} : std::uint64_t{6});
  }

  bool dimension() {
    std::uint64_t length = 0;
    if (!name() || !number(count_size(), length)) return false;
    lengths_.push_back(static_cast<double>(length));
    return true;
  }

  bool attribute() {
    std::uint64_t kind = 0, count = 0;
    return name() && type(kind) && number(count_size(), count) && count <= rest_ &&
           skip_padded(count * bytes_of_type[kind]);
  }

  bool variable() {
    std::uint64_t count = 0, kind = 0, stated_bytes = 0, begin = 0;
    Variable result{0.0, 1.0, false};
    if (!name() || !number(count_size(), count) || count > most_dimensions) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t dimension = 0;
      if (!number(count_size(), dimension) || dimension >= lengths_.size()) return false;
      const double length = lengths_[static_cast<std::size_t>(dimension)];
      result.in_records = result.in_records || (i == 0 && length == 0.0);  // the unlimited dimension has length 0
      if (i > 0 || length > 0.0) result.bytes *= length;
    }
    if (!list(12, [this] { return attribute(); }) || !type(kind) || !number(count_size(), stated_bytes) ||
        !number(offset_size(), begin))
      return false;
    result.bytes *= static_cast<double>(bytes_of_type[kind]);
    result.begin = static_cast<double>(begin);
    variables_.push_back(result);
    return true;
  }

  std::istream& stream_;
  std::uint64_t rest_;
  std::uint64_t version_ = 0;
  std::uint64_t records_ = 0;
  std::vector<double> lengths_;
  std::vector<Variable> variables_;
};

}  // namespace

ClassicFile check_classic(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream stream(path, std::ios::binary);
  HeaderWalk walk(stream, error ? 0 : size);
  if (!walk.header()) return ClassicFile::damaged_header;
  return walk.promised_bytes() <= static_cast<double>(size) ? ClassicFile::whole : ClassicFile::truncated;
}

}  // namespace rankfall::config
