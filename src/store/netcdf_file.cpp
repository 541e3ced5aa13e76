#include "store/netcdf_file.hpp"

#include <dlfcn.h>
#include <netcdf.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>

#include "store/atomic_file.hpp"

namespace rankfall {
namespace {

constexpr std::size_t chunk_entries = 1 << 16;  // half a megabyte of doubles: large enough for zlib, small in the cache

nc_type external_type(NumberType type) {
  switch (type) {
    case NumberType::int32:
      return NC_INT;
    case NumberType::int64:
      return NC_INT64;
    case NumberType::float64:
      return NC_DOUBLE;
    case NumberType::text:
      break;
  }
  return NC_STRING;
}

// Chunks of consecutive entries in row-major order: data written cell by cell then go through one chunk at a time.
std::vector<std::size_t> chunk_shape(const std::vector<std::size_t>& shape) {
  std::vector<std::size_t> chunk(shape.size(), 1);
  std::size_t room = chunk_entries;
  for (std::size_t d = shape.size(); d-- > 0;) {
    chunk[d] = std::clamp<std::size_t>(shape[d], 1, std::max<std::size_t>(room, 1));
    room /= chunk[d];
  }
  return chunk;
}

int define_fill(int file, int variable, NumberType type) {
  constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  constexpr std::int32_t minus_one = -1;
  constexpr long long long_minus_one = -1;
  switch (type) {
    case NumberType::int32:
      return nc_def_var_fill(file, variable, NC_FILL, &minus_one);
    case NumberType::int64:
      return nc_def_var_fill(file, variable, NC_FILL, &long_minus_one);
    case NumberType::float64:
      return nc_def_var_fill(file, variable, NC_FILL, &no_number);
    case NumberType::text:
      break;
  }
  return NC_NOERR;
}

// After a failed write (a full disk) HDF5 1.10 crashes in its exit handler, and the program's exit status with it. The
// handler only closes files that were left open; here every file is closed. It can be declined only before anything
// opens a file, hence before main; dlsym because netCDF's build files name HDF5 on few systems.
[[maybe_unused]] const bool exit_handler_declined = [] {
  const auto decline = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "H5dont_atexit"));
  return decline != nullptr && decline() >= 0;
}();

int netcdf_variable(int variable) { return variable == NetcdfFile::whole_file ? NC_GLOBAL : variable; }

}  // namespace

// HDF5 hides a full disk behind "HDF error"; errno still tells.
void NetcdfFile::check(int status, std::string_view doing) {
  if (status == NC_NOERR) return;
  const int error_number = status > 0 ? status : errno;
  const std::string what = "cannot " + std::string(doing);
  const bool disk = status > 0 || (status == NC_EHDFERR && error_number != 0);
  if (mode_ != Mode::read && disk) throw disk_error(path_, what, error_number);
  throw StoreError({path_, what, nc_strerror(status),
                    mode_ != Mode::read ? "check the disk, then repeat the command: finished work is kept"
                                          : "if this should be a results file it is damaged: merge it again"});
}

NetcdfFile::NetcdfFile(const std::string& path, Mode mode) : path_(path), mode_(mode) {
  errno = 0;
  if (mode != Mode::read) {
    const int format = mode == Mode::create ? NC_NETCDF4 : NC_64BIT_OFFSET;
    check(nc_create(path.c_str(), format | NC_CLOBBER, &id_), "create the file");
  } else {
    if (std::FILE* probe = std::fopen(path.c_str(), "rb")) {  // nc_open would not say why it cannot
      std::fclose(probe);
    } else {
      throw disk_error(path_, "cannot open the file", errno);
    }
    check(nc_open(path.c_str(), NC_NOWRITE, &id_), "read it as a netCDF file");
  }
  open_ = true;
}

NetcdfFile::~NetcdfFile() {
  if (open_) nc_close(id_);  // only after an error, which is being reported already
}

void NetcdfFile::close() {
  open_ = false;
  errno = 0;
  check(nc_close(id_), "finish the file");
}

int NetcdfFile::add_dimension(const std::string& name, std::size_t size) {
  int id = 0;
  check(nc_def_dim(id_, name.c_str(), size, &id), "define dimension '" + name + "'");
  return id;
}

int NetcdfFile::add_variable(const std::string& name, NumberType type, const std::vector<int>& dimensions,
                             Missing missing) {
  const std::string doing = "define variable '" + name + "'";
  int id = 0;
  check(nc_def_var(id_, name.c_str(), external_type(type), static_cast<int>(dimensions.size()), dimensions.data(), &id),
        doing);
  if (type == NumberType::text) return id;
  if (missing == Missing::masked) check(define_fill(id_, id, type), doing);
  if (dimensions.empty() || mode_ == Mode::create_classic) return id;
  const Index chunk = chunk_shape(shape(id));
  check(nc_def_var_chunking(id_, id, NC_CHUNKED, chunk.data()), doing);
  check(nc_def_var_deflate(id_, id, /*shuffle=*/1, /*deflate=*/1, /*level=*/1), doing);
  // A few chunks; the library's default would hold up to 16 MiB of every variable.
  check(nc_set_var_chunk_cache(id_, id, 4 * chunk_entries * sizeof(double), 101, 0.75F), doing);
  return id;
}

void NetcdfFile::end_definitions() {
  errno = 0;
  check(nc_enddef(id_), "write the header");
}

void NetcdfFile::put_attribute(int variable, const std::string& name, std::string_view text) {
  check(nc_put_att_text(id_, netcdf_variable(variable), name.c_str(), text.size(), text.data()),
        "write attribute '" + name + "'");
}
void NetcdfFile::put_attribute(int variable, const std::string& name, std::span<const std::int32_t> values) {
  check(nc_put_att_int(id_, netcdf_variable(variable), name.c_str(), NC_INT, values.size(), values.data()),
        "write attribute '" + name + "'");
}
void NetcdfFile::put_attribute(int variable, const std::string& name, std::uint64_t value) {
  const unsigned long long wide = value;
  check(nc_put_att_ulonglong(id_, netcdf_variable(variable), name.c_str(), NC_UINT64, 1, &wide),
        "write attribute '" + name + "'");
}
void NetcdfFile::put_attribute(int variable, const std::string& name, double value) {
  check(nc_put_att_double(id_, netcdf_variable(variable), name.c_str(), NC_DOUBLE, 1, &value),
        "write attribute '" + name + "'");
}

void NetcdfFile::put(int variable, const Index& start, const Index& count, const double* values) {
  errno = 0;
  check(nc_put_vara_double(id_, variable, start.data(), count.data(), values), "write data");
}
void NetcdfFile::put(int variable, const Index& start, const Index& count, const std::int32_t* values) {
  errno = 0;
  check(nc_put_vara_int(id_, variable, start.data(), count.data(), values), "write data");
}
void NetcdfFile::put(int variable, const Index& start, const Index& count, const std::int64_t* values) {
  errno = 0;
  check(nc_put_vara(id_, variable, start.data(), count.data(), values), "write data");
}
void NetcdfFile::put(int variable, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  errno = 0;
  check(nc_put_var_string(id_, variable, pointers.data()), "write data");
}

bool NetcdfFile::has_variable(const std::string& name) {
  int id = 0;
  return nc_inq_varid(id_, name.c_str(), &id) == NC_NOERR;
}

int NetcdfFile::variable(const std::string& name) {
  int id = 0;
  check(nc_inq_varid(id_, name.c_str(), &id), "find variable '" + name + "'");
  return id;
}

NetcdfFile::Index NetcdfFile::shape(int variable) {
  int rank = 0;
  check(nc_inq_varndims(id_, variable, &rank), "read a shape");
  std::vector<int> dimensions(static_cast<std::size_t>(rank));
  check(nc_inq_vardimid(id_, variable, dimensions.data()), "read a shape");
  Index sizes;
  for (const int dimension : dimensions) check(nc_inq_dimlen(id_, dimension, &sizes.emplace_back()), "read a shape");
  return sizes;
}

std::string NetcdfFile::text_attribute(const std::string& name) {
  std::size_t size = 0;
  nc_type type = NC_NAT;
  if (nc_inq_att(id_, NC_GLOBAL, name.c_str(), &type, &size) != NC_NOERR || type != NC_CHAR) return "";
  std::string text(size, '\0');
  check(nc_get_att_text(id_, NC_GLOBAL, name.c_str(), text.data()), "read attribute '" + name + "'");
  return text;
}

void NetcdfFile::get(int variable, const Index& start, const Index& count, double* values) {
  check(nc_get_vara_double(id_, variable, start.data(), count.data(), values), "read data");
}
void NetcdfFile::get(int variable, const Index& start, const Index& count, std::int32_t* values) {
  check(nc_get_vara_int(id_, variable, start.data(), count.data(), values), "read data");
}
void NetcdfFile::get(int variable, const Index& start, const Index& count, std::int64_t* values) {
  // int64_t is long or long long by platform; the type-checked call takes long long only.
  static_assert(sizeof(long long) == sizeof(std::int64_t));
  check(nc_get_vara_longlong(id_, variable, start.data(), count.data(), reinterpret_cast<long long*>(values)),
        "read data");
}

}  // namespace rankfall
