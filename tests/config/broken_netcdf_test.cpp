// A corpus of broken netCDF files, and what the user must read about it. Those of
// matrix_file_test.cpp are not repeated.
#include <cmath>
#include <limits>

#include "config/matrix_file.hpp"
#include "made_netcdf.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

using namespace test;

struct BrokenNetcdf {
  std::string name;
  Make make;
  std::string complaint;  // behind the path
};

const std::string known =
    "; every entry must be finite; replace it; entries that are unknown belong out of the observed set";
const std::string no_number =
    " of variable 'target' is no number; it says which entries are missing; correct or remove the attribute";
const std::string packed = "; packed variables are not read; store it unpacked, as doubles";
const std::string doubles = "; a matrix holds numbers; store it as doubles";
const std::string header = ": cannot be read as netCDF; its header is damaged or cut off; write or copy the file again";
const std::string hdf = ": cannot be read as netCDF; NetCDF: HDF error; check the file with ncdump -h";
const std::string truncated = ": cannot be read as netCDF; its data are cut off; write or copy the file again";
const std::string empty =
    ": variable 'target' is empty; one of its dimensions has length 0; store at least one row and one column";
const std::string five = ": entry (1, 1) of variable 'target' is a fill value" + known;
const NetcdfContent classic{0, NC_DOUBLE, {2, 3}, {1, 2, 3, 4, 5, 6}, nullptr};
const NetcdfContent hdf5{};
const std::string most(4, '\x7f');
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string names_only(const std::string& names) {
  return ": has no variable 'target'; its variables are: " + names + "; name the matrix 'target'";
}

const std::vector<BrokenNetcdf> broken_netcdf{
    {"strings", defined(NC_NETCDF4, define_strings), ": variable 'target' holds text" + doubles},
    {"compound", defined(NC_NETCDF4, define_compound),
     ": variable 'target' holds values of a type of its own" + doubles},
    {"scalar", defined(0, define_scalar),
     ": variable 'target' has 0 dimensions; a matrix has 2; store it with dimensions (row, column)"},
    {"three_dimensions",
     [](const std::string& path) {
       test::write_netcdf(path, {NC_NETCDF4, NC_DOUBLE, {2, 3, 1}, {}, nullptr});
     },
     ": variable 'target' has 3 dimensions; a matrix has 2; store it with dimensions (row, column)"},
    {"no_records_classic", defined(0, define_no_records), empty},
    {"no_records_hdf5", defined(NC_NETCDF4, define_no_records), empty},
    {"in_a_group", defined(NC_NETCDF4, define_in_group), names_only("none")},
    {"no_variable_at_all", defined(0, [](int, int&) { return NC_NOERR; }), names_only("none")},
    {"capital_letter", defined(0, define_other_name), names_only("Target")},
    {"integers_never_written", defined(0, define_unwritten),
     ": entry (0, 0) of variable 'target' is a fill value" + known},
    {"integers_never_written_hdf5", defined(NC_NETCDF4, define_unwritten),
     ": entry (0, 0) of variable 'target' is a fill value" + known},
    {"infinite",
     [](const std::string& path) {
       test::write_netcdf(path, {0, NC_DOUBLE, {1, 2}, {1, -HUGE_VAL}, nullptr});
     },
     ": entry (0, 1) of variable 'target' is -inf" + known},
    {"missing_value", with_attribute(classic, "missing_value", NC_DOUBLE, {5}), five},
    {"one_of_missing_values", with_attribute(hdf5, "missing_value", NC_DOUBLE, {-1, 5}), five},
    {"missing_value_of_another_type", with_attribute(classic, "missing_value", NC_BYTE, {5}), five},
    {"missing_value_text", with_attribute(classic, "missing_value", NC_CHAR, {0, 0, 0, 0}),
     ": attribute missing_value" + no_number},
    {"missing_value_empty", with_attribute(hdf5, "missing_value", NC_DOUBLE, {}),
     ": attribute missing_value" + no_number},
    {"fill_value_text", with_attribute(classic, "_FillValue", NC_CHAR, {0}), ": attribute _FillValue" + no_number},
    {"too_many_missing_values", with_attribute(classic, "missing_value", NC_DOUBLE, std::vector<double>(2000, 9.0)),
     ": attribute missing_value" + no_number},
    {"add_offset", with_attribute(hdf5, "add_offset", NC_DOUBLE, {0}),
     ": variable 'target' is packed with add_offset" + packed},
    {"unsigned_bytes_of_classic", with_attribute({0, NC_BYTE, {2, 3}, {}, nullptr}, "_Unsigned", NC_CHAR, {0, 0, 0, 0}),
     ": variable 'target' is packed with _Unsigned" + packed},
    {"classic_cut_in_its_data", cut(classic, 0.9), truncated},
    {"classic_without_its_last_byte",
     [](const std::string& path) {
       std::filesystem::resize_file(path, std::filesystem::file_size(test::write_netcdf(path, classic)) - 1);
     },
     truncated},
    {"a_record_too_many", with_records("\x03"), truncated},
    {"classic_cut_in_its_header", cut(classic, 0.4), header},
    {"classic_magic_alone", [](const std::string& path) { std::ofstream(path) << "CDF\x02"; }, header},
    {"classic_with_many_dimensions", damaged(12, most), header},
    {"classic_with_a_long_name", damaged(16, most), header},
    {"classic_with_another_list", damaged(8, std::string("\0\0\0\x0c", 4)), header},
    {"hdf5_cut_in_half", cut(hdf5, 0.5), hdf},
    {"hdf5_magic_alone", [](const std::string& path) { std::ofstream(path) << "\x89HDF\r\n\x1a\n"; }, hdf},
    {"netcdf_of_unknown_version", [](const std::string& path) { std::ofstream(path) << "CDF\x03 and more"; },
     ":1: column 1 is 'CDF\\x03'; every entry must be a number; correct it; a header line must start with #"},
};

class NetcdfCorpus : public testing::TestWithParam<BrokenNetcdf> {};

TEST_P(NetcdfCorpus, IsRefusedWithOneLine) {
  const test::Folder folder;
  const std::string path = folder.file("m.nc");
  GetParam().make(path);
  std::string complaint = "accepted";
  try {
    read_matrix(path, "target");
  } catch (const ConfigError& error) {
    complaint = error.what();
  }
  EXPECT_EQ(complaint, path + GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(Broken, NetcdfCorpus, testing::ValuesIn(broken_netcdf),
                         [](const auto& test) { return test.param.name; });

// Odd, but not wrong.
TEST(NetcdfOdd, IsReadAllTheSame) {
  const test::Folder folder;
  const std::string path = folder.file("m.nc");
  for (const Make& make :
       {with_records("\x02"), with_attribute(classic, "missing_value", NC_DOUBLE, {nan}),
        with_attribute(classic, "_FillValue", NC_DOUBLE, {nan}), with_attribute(hdf5, "valid_range", NC_DOUBLE, {7, 8}),
        with_attribute(classic, "units", NC_CHAR, {0, 0}),
        with_attribute({0, NC_BYTE, {2, 3}, {}, nullptr}, "missing_value", NC_BYTE, {-127})}) {
    make(path);
    EXPECT_EQ(read_matrix(path, "target")->entries, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  }
}

TEST(NetcdfOdd, FactorsOfOtherShapes) {
  const test::Folder folder;
  defined(NC_NETCDF4,
          [](int file, int& variable) { return add_variable(file, "W1", NC_DOUBLE, variable); })(folder.file("w.nc"));
  EXPECT_EQ(
      test::complaint_of(
          test::problem + "[model]\ndepth = 1\n[initialization]\nkind = \"file\"\nfile = \"w.nc\"\n" + test::phase, {},
          folder.path()),
      folder.file("w.nc") + ": entry (0, 0) of variable 'W1' is a fill value" + known + "; asked for at test.toml:7");
}

}  // namespace
}  // namespace rankfall
