#pragma once
// Square systems of a few hundred unknowns that need not be definite: bordered ones, and Hessians at saddles.
#include <optional>
#include <vector>

namespace rankfall {

// x of A x = b for the n x n matrix A, row-major, by Gaussian elimination with partial pivoting. Nothing where a pivot
// is 0 or not a number. Operations and their order are those of the contract (kernels/scalar.hpp).
std::optional<std::vector<double>> solve_linear(std::vector<double> matrix, std::vector<double> right);

}  // namespace rankfall
