// CSV and netCDF matrices, good and broken.
#include "config/matrix_file.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "netcdf_samples.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

const std::vector<double> one_to_six{1, 2, 3, 4, 5, 6};

TEST(Csv, SeparatorsCommentsAndLineEnds) {
  const test::Folder folder;
  for (const std::string content : {"1,2,3\n4,5,6\n", "1;2;3\n4;5;6", "1\t2\t3\n4\t5\t6\n", "1 2 3\n4 5 6\n",
                                    "  1   2 3  \r\n 4 5\t6\r\n", "# a comment\n\n1, 2 ,3 # another\n4,5,6\n\n",
                                    "\xef\xbb\xbf"
                                    "1,2,3\n4,5,6\n",
                                    "+1,2.0,3e0\n4.,5,60e-1\n"}) {
    const auto matrix = read_matrix(folder.write("m.csv", content), "target");
    EXPECT_EQ(matrix->rows, 2) << content;
    EXPECT_EQ(matrix->columns, 3) << content;
    EXPECT_EQ(matrix->entries, one_to_six) << content;
  }
}

TEST(Csv, DoublesAreReadExactly) {
  const test::Folder folder;
  const auto matrix =
      read_matrix(folder.write("m.csv", "0.1,-1e-300,4.9406564584124654e-324,1.7976931348623157e308\n"), "");
  EXPECT_EQ(matrix->entries, (std::vector<double>{0.1, -1e-300, std::numeric_limits<double>::denorm_min(),
                                                  std::numeric_limits<double>::max()}));
}

TEST(Csv, Complaints) {
  const test::Folder folder;
  const std::string path = folder.file("m.csv");
  const auto complaint = [&](const std::string& content) { return test::matrix_complaint(folder.write("m.csv", content)); };
  const std::string finite =
      "every entry must be finite; replace it; entries that are unknown belong out of the "
      "observed set";
  EXPECT_EQ(complaint("1,2\n3,x\n"), path +
                                         ":2: column 2 is 'x'; every entry must be a number; correct it; a header line "
                                         "must start with #");
  EXPECT_EQ(complaint("a,b\n3,4\n"), path +
                                         ":1: column 1 is 'a'; every entry must be a number; correct it; a header line "
                                         "must start with #");
  EXPECT_EQ(complaint("# c\n1,nan\n"), path + ":2: column 2 is 'nan'; " + finite);
  EXPECT_EQ(complaint("1,-inf\n"), path + ":1: column 2 is '-inf'; " + finite);
  EXPECT_EQ(complaint("1,1e999\n"), path + ":1: column 2 is '1e999'; " + finite);
  EXPECT_EQ(complaint("1,,2\n"), path +
                                     ":1: column 2 is empty; every entry must be a number; fill it in, or remove the "
                                     "extra separator");
  EXPECT_EQ(complaint("1,2,\n"), path +
                                     ":1: column 3 is empty; every entry must be a number; fill it in, or remove the "
                                     "extra separator");
  EXPECT_EQ(complaint("1,2\n\n3\n"), path +
                                         ":3: the row has 1 columns, the first one has 2; all rows of a matrix are "
                                         "equally long; complete the row");
  EXPECT_EQ(complaint("1,5;2,5\n"),
            path +
                ":1: column 1 is '1,5'; every entry must be a number; correct it; a header line "
                "must start with #");
  EXPECT_EQ(complaint("1,0x10\n"),
            path +
                ":1: column 2 is '0x10'; every entry must be a number; correct it; a header line "
                "must start with #");
  EXPECT_EQ(
      complaint(std::string("1,\0\x01\n", 5)),
      path + ":1: column 2 is '\\x00\\x01'; every entry must be a number; correct it; a header line must start with #");
  EXPECT_EQ(complaint(""), path +
                               ": no matrix in this file; it has no row of numbers; write one row a line, separated by "
                               "commas");
  EXPECT_EQ(complaint("# nothing\n\n"), complaint(""));
  EXPECT_EQ(test::matrix_complaint(folder.file("absent.csv")),
            folder.file("absent.csv") + ": cannot be read; No such file or directory; check the path");
  EXPECT_EQ(test::matrix_complaint(folder.path()),
            folder.path() + ": cannot be read; not a regular file; name a CSV or netCDF file");
}

TEST(Csv, TooManyColumnsAreRefused) {
  const test::Folder folder;
  std::string row = "1";
  for (int i = 0; i < 100000; ++i) row += ",1";
  EXPECT_EQ(test::matrix_complaint(folder.write("m.csv", row)),
            folder.file("m.csv") +
                ":1: the matrix is too large; at most 65535 columns and 100000000 entries are read; use "
                "a smaller matrix");
}

using test::NetcdfContent;
using test::write_netcdf;

TEST(Netcdf, EveryFormatAndNumberType) {
  const test::Folder folder;
  for (const int mode : {NC_NETCDF4, 0, NC_64BIT_OFFSET, NC_CDF5}) {
    for (const nc_type type : {NC_DOUBLE, NC_FLOAT, NC_INT, NC_BYTE}) {
      NetcdfContent content;
      content.mode = mode;
      content.type = type;
      const auto matrix = read_matrix(write_netcdf(folder.file("named.csv"), content), "target");
      EXPECT_EQ(matrix->rows, 2);
      EXPECT_EQ(matrix->columns, 3);
      EXPECT_EQ(matrix->entries, one_to_six);
    }
  }
}

TEST(Netcdf, Complaints) {
  const test::Folder folder;
  const std::string path = folder.file("m.nc");
  const auto complaint = [&](const NetcdfContent& content) { return test::matrix_complaint(write_netcdf(path, content)); };
  const std::string finite =
      "every entry must be finite; replace it; entries that are unknown belong out of the "
      "observed set";
  NetcdfContent content;
  content.entries[4] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(complaint(content), path + ": entry (1, 1) of variable 'target' is nan; " + finite);
  content.entries[4] = NC_FILL_DOUBLE;
  EXPECT_EQ(complaint(content), path + ": entry (1, 1) of variable 'target' is a fill value; " + finite);
  content = {};
  content.entries.clear();  // never written: all fill values
  EXPECT_EQ(complaint(content), path + ": entry (0, 0) of variable 'target' is a fill value; " + finite);
  content = {};
  content.attribute = "_FillValue";
  EXPECT_EQ(complaint(content), path + ": entry (0, 1) of variable 'target' is a fill value; " + finite);
  content.attribute = "scale_factor";
  EXPECT_EQ(complaint(content), path +
                                    ": variable 'target' is packed with scale_factor; packed variables are not read; "
                                    "store it unpacked, as doubles");
  content = {};
  content.shape = {6};
  EXPECT_EQ(complaint(content), path +
                                    ": variable 'target' has 1 dimensions; a matrix has 2; store it with dimensions "
                                    "(row, column)");
  content = {};
  content.shape = {200000, 200000};  // a header only: nothing may be allocated for it
  content.entries.clear();
  EXPECT_EQ(complaint(content), path +
                                    ": variable 'target' has a dimension of length 200000; 1 to 65535 are read; store "
                                    "a smaller matrix");
  content.shape = {60000, 60000};
  EXPECT_EQ(complaint(content), path +
                                    ": variable 'target' has 3600000000 entries; at most 100000000 are read; store a "
                                    "smaller matrix");
  content = {};
  write_netcdf(path, content);
  EXPECT_EQ(test::matrix_complaint(path, "observed"), path +
                                                ": has no variable 'observed'; its variables are: target; name the "
                                                "matrix 'observed'");
}

TEST(Netcdf, TextAndTruncatedFiles) {
  const test::Folder folder;
  NetcdfContent content;
  content.type = NC_CHAR;
  content.entries.clear();
  const std::string path = write_netcdf(folder.file("m.nc"), content);
  EXPECT_EQ(test::matrix_complaint(path), path + ": variable 'target' holds text; a matrix holds numbers; store it as doubles");
  const std::string cut = folder.write("cut.nc", "\x89HDF\r\n\x1a\n and no more");
  EXPECT_EQ(test::matrix_complaint(cut), cut + ": cannot be read as netCDF; NetCDF: HDF error; check the file with ncdump -h");
  const std::string classic = folder.write("classic.nc", "CDF\x01");
  EXPECT_EQ(test::matrix_complaint(classic),
            classic + ": cannot be read as netCDF; its header is damaged or cut off; write or copy the file again");
}

TEST(Factors, NeedNetcdf) {
  const test::Folder folder;
  const std::string path = folder.write("w.csv", "1,2\n3,4\n");
  try {
    read_factors(path, 2);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(),
              path +
                  ": is not a netCDF file; factors are the variables W1, W2, ... of one netCDF file; store "
                  "them with dimensions (n_l, n_{l-1}) each");
  }
}

}  // namespace
}  // namespace rankfall
