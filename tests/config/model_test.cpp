// [model] and [initialization].
#include <gtest/gtest.h>
#include <netcdf.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::phase;

Factorization model_of(const std::string& keys) {
  return cell_of("[problem]\nrows = 4\ncolumns = 6\n[model]\n" + keys + phase).model;
}

InitializationSpec initialization_of(const std::string& keys) {
  return cell_of("[problem]\nrows = 4\n[initialization]\n" + keys + phase).initialization;
}

TEST(Model, DefaultIsTwoFactorsOfFullWidth) {
  const Factorization model = model_of("");
  EXPECT_EQ(model.depth, 2);
  EXPECT_EQ(model.symmetry, Symmetry::general);
  EXPECT_EQ(model.widths, (std::vector<int>{6, 6, 4}));  // n_0 = columns, hidden, n_2 = rows
}

TEST(Model, Widths) {
  EXPECT_EQ(model_of("depth = 1\n").widths, (std::vector<int>{6, 4}));
  EXPECT_EQ(model_of("depth = 1\nwidth = 9\n").widths, (std::vector<int>{6, 4}));
  EXPECT_EQ(model_of("depth = 3\nwidth = 5\n").widths, (std::vector<int>{6, 5, 5, 4}));
  EXPECT_EQ(model_of("depth = 4\nwidth = [7, 1, 8]\n").widths, (std::vector<int>{6, 7, 1, 8, 4}));
}

TEST(Model, SymmetricHasOneFactor) {
  const Factorization model = cell_of("[problem]\nrows = 5\n[model]\nsymmetric = true\nwidth = 3\n" + phase).model;
  EXPECT_EQ(model.symmetry, Symmetry::symmetric);
  EXPECT_EQ(model.depth, 2);
  EXPECT_EQ(model.widths, (std::vector<int>{3, 5}));
  EXPECT_EQ(model.factors(), 1);
  EXPECT_EQ(model.columns(), 5);
}

TEST(Initialization, Defaults) {
  const InitializationSpec spec = initialization_of("");
  EXPECT_EQ(spec.kind, InitializationKind::gaussian);
  EXPECT_EQ(spec.scale, 1.0);
  EXPECT_EQ(spec.instances, Instances::per_replica);
  EXPECT_EQ(spec.requirement, Requirement::none);
  EXPECT_EQ(spec.maximum_tries, 10000);
}

TEST(Initialization, Kinds) {
  const std::pair<const char*, InitializationKind> kinds[] = {
      {"gaussian", InitializationKind::gaussian}, {"absolute-gaussian", InitializationKind::absolute_gaussian},
      {"uniform", InitializationKind::uniform},   {"orthogonal", InitializationKind::orthogonal},
      {"identity", InitializationKind::identity}, {"balanced", InitializationKind::balanced},
      {"diagonal", InitializationKind::diagonal}, {"affine", InitializationKind::affine}};
  for (const auto& [word, kind] : kinds) {
    const InitializationSpec spec =
        initialization_of("kind = \"" + std::string(word) + "\"\nscale = 0.25\ninstances = \"shared\"\n");
    EXPECT_EQ(spec.kind, kind) << word;
    EXPECT_EQ(spec.scale, 0.25);
    EXPECT_EQ(spec.instances, Instances::shared);
  }
}

TEST(Initialization, Affine) {
  const InitializationSpec spec = initialization_of("kind = \"affine\"\nmixing = 0.1\nblocks = 2\n");
  EXPECT_EQ(spec.mixing, 0.1);
  EXPECT_EQ(spec.blocks, 2);
}

TEST(Initialization, Requirements) {
  const InitializationSpec determinant = initialization_of("require = \"positive-determinant\"\nmaximum_tries = 50\n");
  EXPECT_EQ(determinant.requirement, Requirement::positive_determinant);
  EXPECT_EQ(determinant.maximum_tries, 50);
  const InitializationSpec settled = initialization_of("require = { settled_rank = 2 }\n");
  EXPECT_EQ(settled.requirement, Requirement::settled_rank);
  EXPECT_EQ(settled.settled_rank, 2);
}

// W_l has dimensions (n_l, n_{l-1}); entry (i, j) of W_l is 100 l + 10 i + j.
void write_factors(const std::string& path, const std::vector<int>& widths) {
  int file = 0;
  ASSERT_EQ(nc_create(path.c_str(), NC_NETCDF4, &file), NC_NOERR);
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const std::string name = "W" + std::to_string(l);
    int dimensions[2] = {0, 0};
    ASSERT_EQ(nc_def_dim(file, (name + "r").c_str(), widths[l], &dimensions[0]), NC_NOERR);
    ASSERT_EQ(nc_def_dim(file, (name + "c").c_str(), widths[l - 1], &dimensions[1]), NC_NOERR);
    int variable = 0;
    ASSERT_EQ(nc_def_var(file, name.c_str(), NC_DOUBLE, 2, dimensions, &variable), NC_NOERR);
    std::vector<double> entries;
    for (int i = 0; i < widths[l]; ++i) {
      for (int j = 0; j < widths[l - 1]; ++j) entries.push_back(100.0 * static_cast<double>(l) + 10.0 * i + j);
    }
    ASSERT_EQ(nc_put_var_double(file, variable, entries.data()), NC_NOERR);
  }
  ASSERT_EQ(nc_close(file), NC_NOERR);
}

TEST(Initialization, FactorsFromAFile) {
  const test::Folder folder;
  write_factors(folder.file("start.nc"), {3, 2, 4});
  const std::string text =
      "[problem]\nrows = 4\ncolumns = 3\n[model]\nwidth = 2\n[initialization]\nkind = \"file\"\nfile = \"start.nc\"\n";
  const InitializationSpec spec = test::parse(text + phase, {}, folder.path()).cells.at(0).initialization;
  ASSERT_EQ(spec.factors.size(), 2u);
  EXPECT_EQ(spec.factors[0]->rows, 2);
  EXPECT_EQ(spec.factors[0]->columns, 3);
  EXPECT_EQ(spec.factors[0]->entries[1 * 3 + 2], 112.0);
  EXPECT_EQ(spec.factors[1]->rows, 4);
  EXPECT_EQ(spec.factors[1]->entries[3 * 2 + 1], 231.0);

  EXPECT_EQ(
      test::complaint_of(text + phase, {"model.width=5"}, folder.path()),
      "test.toml:8: initialization.file = 'start.nc' has W1 of size 2 x 3; the model wants 5 x 3; correct the file, "
      "or model.depth and model.width");
  EXPECT_EQ(test::complaint_of(text + phase, {"model.depth=3"}, folder.path()),
            folder.file("start.nc") +
                ": has no variable 'W3'; its variables are: W1, W2; name the matrix 'W3'; asked "
                "for at test.toml:8");
}

}  // namespace
}  // namespace rankfall
