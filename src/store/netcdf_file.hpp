#pragma once
// The part of netCDF's C API that results.nc needs, with errors thrown and files closed.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rankfall/error.hpp"

namespace rankfall {

enum class NumberType { int32, int64, float64, text };

template <class T>
constexpr NumberType number_type = NumberType::text;
template <>
inline constexpr NumberType number_type<std::int32_t> = NumberType::int32;
template <>
inline constexpr NumberType number_type<std::int64_t> = NumberType::int64;
template <>
inline constexpr NumberType number_type<double> = NumberType::float64;

// Whether a variable may have missing entries. masked: they are NaN (doubles) or -1 (integers), and the attribute
// _FillValue says so; never written entries become missing. never: every entry must be written.
enum class Missing { never, masked };

// A netCDF-4 file being written (until end) or read. Every member function throws StoreError naming the file.
class NetcdfFile {
 public:
  enum class Mode { create, create_classic, read };  // classic: netCDF 3, which more programs read; no 64-bit integers
  using Index = std::vector<std::size_t>;  // an entry per dimension

  NetcdfFile(const std::string& path, Mode mode);
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;
  ~NetcdfFile();
  void close();  // the last data reach the file here

  // A dimension of size 0 is stored as an unlimited one: netCDF has no other empty dimension.
  int add_dimension(const std::string& name, std::size_t size);
  // Numbers are compressed, in chunks of consecutive entries.
  int add_variable(const std::string& name, NumberType type, const std::vector<int>& dimensions,
                   Missing missing = Missing::never);
  void end_definitions();

  void put_attribute(int variable, const std::string& name, std::string_view text);
  void put_attribute(int variable, const std::string& name, std::span<const std::int32_t> values);
  void put_attribute(int variable, const std::string& name, std::uint64_t value);
  void put_attribute(int variable, const std::string& name, double value);
  static constexpr int whole_file = -1;  // as `variable`: an attribute of the file

  void put(int variable, const Index& start, const Index& count, const double* values);
  void put(int variable, const Index& start, const Index& count, const std::int32_t* values);
  void put(int variable, const Index& start, const Index& count, const std::int64_t* values);
  void put(int variable, const std::vector<std::string>& values);

  bool has_variable(const std::string& name);
  int variable(const std::string& name);                // its number
  Index shape(int variable);                            // sizes of its dimensions
  std::string text_attribute(const std::string& name);  // of the file; empty if it is not there
  void get(int variable, const Index& start, const Index& count, double* values);
  void get(int variable, const Index& start, const Index& count, std::int32_t* values);
  void get(int variable, const Index& start, const Index& count, std::int64_t* values);

 private:
  void check(int status, std::string_view doing);
  std::string path_;
  Mode mode_;
  int id_ = 0;
  bool open_ = false;
};

}  // namespace rankfall
