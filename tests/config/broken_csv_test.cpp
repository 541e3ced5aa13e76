// A corpus of broken CSV files: what each says, and what the user must read about it. Those of matrix_file_test.cpp are
// not repeated.
#include <gtest/gtest.h>

#include "config/matrix_file.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

struct BrokenCsv {
  std::string name;
  std::string content;
  std::string complaint;  // behind the path
};

const std::string number = "; every entry must be a number; correct it; a header line must start with #";
const std::string finite =
    "; every entry must be finite; replace it; entries that are unknown belong out of the observed set";
const std::string small = "; it is smaller than any double; write 0";
const std::string no_matrix =
    ": no matrix in this file; it has no row of numbers; write one row a line, separated by commas";
const std::string utf16 = ":1: the file is UTF-16; only plain text (ASCII or UTF-8) is read; save it as UTF-8";

std::string ragged(int columns, int first) {
  return ": the row has " + std::to_string(columns) + " columns, the first one has " + std::to_string(first) +
         "; all rows of a matrix are equally long; complete the row";
}

const std::vector<BrokenCsv> broken_csv{
    {"longer_row", "1,2\n3,4,5\n", ":2" + ragged(3, 2)},
    {"longer_row_after_comments", "# a\n\n1 2\n# b\n3 4 5\n", ":5" + ragged(3, 2)},
    {"shorter_last_row_without_line_break", "1;2\n3", ":2" + ragged(1, 2)},
    {"other_separator_later", "1,2\n3;4\n", ":2: column 1 is '3;4'" + number},
    {"blanks_in_commas", "1 2,3\n", ":1: column 1 is '1 2'" + number},
    {"leading_separator", ",1\n",
     ":1: column 1 is empty; every entry must be a number; fill it in, or remove the extra separator"},
    {"only_separators", ",\n",
     ":1: column 1 is empty; every entry must be a number; fill it in, or remove the extra separator"},
    {"only_blanks", " \t \r\n\r\n", no_matrix},
    {"only_a_byte_order_mark", "\xef\xbb\xbf", no_matrix},
    {"mark_on_a_later_line",
     "1\n\xef\xbb\xbf"
     "2\n",
     ":2: column 1 is '\xef\xbb\xbf"
     "2'" +
         number},
    {"utf16_little",
     std::string("\xff\xfe"
                 "1\0,\0"
                 "2\0",
                 8),
     utf16},
    {"utf16_big",
     std::string("\xfe\xff\0"
                 "1\0,\0"
                 "2",
                 8),
     utf16},
    {"quoted_numbers", "\"1\",\"2\"\n", ":1: column 1 is '\"1\"'" + number},
    {"decimal_comma", "0,5 0,25\n", ":1: column 2 is '5 0'" + number},
    {"thousands", "1'000 2\n", ":1: column 1 is '1'000'" + number},
    {"fortran_exponent", "1.0d0 2\n", ":1: column 1 is '1.0d0'" + number},
    {"complex_number", "1+2i,3\n", ":1: column 1 is '1+2i'" + number},
    {"two_signs", "+-1,2\n", ":1: column 1 is '+-1'" + number},
    {"lone_sign", "-\n", ":1: column 1 is '-'" + number},
    {"lone_point", ".,1\n", ":1: column 1 is '.'" + number},
    {"empty_exponent", "1e,1\n", ":1: column 1 is '1e'" + number},
    {"missing_value_word", "1,NA\n", ":1: column 2 is 'NA'" + number},
    {"capital_nan", "NaN\n", ":1: column 1 is 'NaN'" + finite},
    {"nan_with_payload", "nan(1)\n", ":1: column 1 is 'nan(1)'" + finite},
    {"infinity_in_full", "1,+Infinity\n", ":1: column 2 is '+Infinity'" + finite},
    {"above_doubles", "-1e309\n", ":1: column 1 is '-1e309'" + finite},
    {"above_doubles_in_digits", std::string(400, '9') + "\n",
     ":1: column 1 is '" + std::string(80, '9') + "...'" + finite},
    {"below_doubles", "1,1e-400\n", ":1: column 2 is '1e-400'" + small},
    {"below_doubles_in_digits", "0." + std::string(400, '0') + "1\n",
     ":1: column 1 is '0." + std::string(78, '0') + "...'" + small},
    {"below_doubles_and_no_number", "1e-400x\n", ":1: column 1 is '1e-400x'" + number},
    {"old_mac_line_ends", "1,2\r3,4\r", ":1: column 2 is '2\\x0d3'" + number},
    {"zero_bytes", std::string("\0\0\0\0", 4), ":1: column 1 is '\\x00\\x00\\x00\\x00'" + number},
    {"png", "\x89PNG\r\n\x1a\n", ":1: column 1 is '\x89PNG'" + number},
    {"gzip", std::string("\x1f\x8b\x08\0", 4), ":1: column 1 is '\\x1f\x8b\\x08\\x00'" + number},
    {"hdf5_cut_in_its_magic", "\x89HDF\r\n", ":1: column 1 is '\x89HDF'" + number},
    {"experiment_for_a_matrix", "[problem]\nrows = 4\n", ":1: column 1 is '[problem]'" + number},
};

class CsvCorpus : public testing::TestWithParam<BrokenCsv> {};

TEST_P(CsvCorpus, IsRefusedWithOneLine) {
  const test::Folder folder;
  const std::string path = folder.write("m.csv", GetParam().content);
  EXPECT_EQ(test::matrix_complaint(path), path + GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(Broken, CsvCorpus, testing::ValuesIn(broken_csv),
                         [](const auto& test) { return test.param.name; });

// A line without end is refused before it is all in memory; the sparse file takes no disk.
TEST(CsvLines, AnEndlessLineIsRefused) {
  const test::Folder folder;
  const std::string path = folder.write("m.csv", "1");
  std::filesystem::resize_file(path, 3'000'000'000);
  EXPECT_EQ(test::matrix_complaint(path),
            path + ":1: the line is too long; at most 4194304 bytes are read; write one row of the matrix a line");
  std::filesystem::resize_file(path, 4'000'000'001);
  EXPECT_EQ(test::matrix_complaint(path), path + ": is too large; at most 4000000000 bytes are read; use a smaller matrix");
}

TEST(CsvLines, TheLongestLinesAreRead) {
  const test::Folder folder;
  const std::string blanks(4194303, ' ');
  for (const std::string& content : {blanks + "7", blanks + "7\n", blanks + "7\n" + blanks + "8"})
    EXPECT_EQ(read_matrix(folder.write("m.csv", content), "")->entries.front(), 7.0);
  const std::string path = folder.write("m.csv", blanks + "7\n" + blanks + "89\n");
  EXPECT_EQ(test::matrix_complaint(path),
            path + ":2: the line is too long; at most 4194304 bytes are read; write one row of the matrix a line");
}

TEST(CsvLines, TooManyRowsAreRefused) {
  const test::Folder folder;
  std::string content;
  for (int i = 0; i < 65536; ++i) content += "1\n";
  const std::string path = folder.write("m.csv", content);
  EXPECT_EQ(test::matrix_complaint(path),
            path + ":65536: the matrix is too large; at most 65535 rows are read; use a smaller matrix");
}

// A mask of the wrong shape and a target that contradicts the file are the experiment's faults.
TEST(CsvLines, SizesThatContradictTheExperiment) {
  const test::Folder folder;
  folder.write("m.csv", "1,2,3\n4,5,6\n");
  EXPECT_EQ(test::complaint_of("[problem]\nrows = 3\ntarget = \"m.csv\"\n" + test::phase, {}, folder.path()),
            "test.toml:2: problem.rows = 3 contradicts the target; problem.target has 2 rows; remove problem.rows");
  EXPECT_EQ(
      test::complaint_of(test::problem + "columns = 3\nobserved = \"m.csv\"\n" + test::phase, {}, folder.path()),
      "test.toml:4: 'm.csv' is 2 x 3; the target is 4 x 3; give a weight, 0 or more, for every entry of the target");
}

}  // namespace
}  // namespace rankfall
