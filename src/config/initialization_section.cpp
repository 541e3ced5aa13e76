#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 8> initialization_keys{"kind", "scale",     "mixing",  "blocks",
                                                              "file", "instances", "require", "maximum_tries"};
constexpr std::array<std::string_view, 1> require_keys{"settled_rank"};
constexpr std::array<Choice<Requirement>, 1> requirements{
    {{"positive-determinant", Requirement::positive_determinant}}};
constexpr std::array<Choice<Instances>, 2> instances{
    {{"shared", Instances::shared}, {"per-replica", Instances::per_replica}}};
constexpr std::array<Choice<InitializationKind>, 9> kinds{{{"gaussian", InitializationKind::gaussian},
                                                           {"absolute-gaussian", InitializationKind::absolute_gaussian},
                                                           {"uniform", InitializationKind::uniform},
                                                           {"orthogonal", InitializationKind::orthogonal},
                                                           {"identity", InitializationKind::identity},
                                                           {"balanced", InitializationKind::balanced},
                                                           {"diagonal", InitializationKind::diagonal},
                                                           {"affine", InitializationKind::affine},
                                                           {"file", InitializationKind::given}}};

// The affine family is I + mixing * (J - I) on equal blocks: every factor is square and of one size.
void read_affine(const TableReader& reader, const Factorization& model, InitializationSpec& spec) {
  const int dimension = model.rows();
  const bool square = std::all_of(model.widths.begin(), model.widths.end(), [&](int n) { return n == dimension; });
  if (!square) {
    reader.refuse("kind", "= 'affine' is impossible", "its factors are square matrices of one size",
                  "make rows, columns and model.width equal");
  }
  spec.mixing = reader.number("mixing", any_number).value_or(0.0);
  spec.blocks = static_cast<int>(reader.integer("blocks", {1, largest_dimension}).value_or(0));
  if (spec.blocks != 0 && dimension % spec.blocks != 0) {
    reader.refuse("blocks", fmt::format("= {} is impossible", spec.blocks),
                  fmt::format("the dimension {} is not a multiple of it", dimension),
                  "choose a divisor of the dimension");
  }
}

void check_balanced(const TableReader& reader, const Factorization& model) {
  const int narrowest = *std::min_element(model.widths.begin(), model.widths.end());
  if (narrowest >= model.singular_values()) return;
  reader.refuse(
      "kind", "= 'balanced' is impossible",
      fmt::format("a hidden width of {} cannot carry the {} singular values of W", narrowest, model.singular_values()),
      "raise model.width");
}

void read_given_factors(const TableReader& reader, const Factorization& model, DataFiles& files,
                        InitializationSpec& spec) {
  const std::string* path = reader.string("file");
  if (path == nullptr) reader.miss("file", "kind = 'file' reads the factors from one", "add file = 'factors.nc'");
  spec.factors = files.factors(*path, model.factors(), reader.place("file"));
  for (int factor = 0; factor < model.factors(); ++factor) {
    const Matrix& matrix = *spec.factors[factor];
    const int rows = model.factor_rows(factor);
    const int columns = model.factor_columns(factor);
    if (matrix.rows == rows && matrix.columns == columns) continue;
    reader.refuse(
        "file", fmt::format("= {} has W{} of size {} x {}", in_quotes(*path), factor + 1, matrix.rows, matrix.columns),
        fmt::format("the model wants {} x {}", rows, columns), "correct the file, or model.depth and model.width");
  }
}

void read_requirement(const TableReader& reader, const Node& node, const ProblemSpec& problem,
                      const Factorization& model, const std::vector<PhaseSpec>& phases, InitializationSpec& spec) {
  if (node.as<Table>() == nullptr) {
    if (node.as<std::string>() == nullptr) {
      refuse_type(node, reader.full_name("require"), "a string or a table",
                  "'positive-determinant' or { settled_rank = 2 }");
    }
    spec.requirement = *reader.choice<Requirement>("require", requirements);
    if (problem.rows == problem.columns) return;
    reader.refuse(
        "require", "= 'positive-determinant' is impossible",
        fmt::format("W is {} x {}, and only a square matrix has a determinant", problem.rows, problem.columns),
        "make columns equal to rows, or remove it");
  }
  const TableReader table(&node, "initialization.require", node.place, require_keys);
  const auto rank = table.integer("settled_rank", {0, model.singular_values()});
  if (!rank) table.miss("settled_rank", "a requirement names what it asks for", "write { settled_rank = 2 }");
  if (phases.front().optimizer == Optimizer::sgd) {
    table.refuse(
        "settled_rank", "is impossible",
        fmt::format("it is the rank after the first phase, and phase {} is not gd", in_quotes(phases.front().name)),
        "put a phase with optimizer = 'gd' first");
  }
  spec.requirement = Requirement::settled_rank;
  spec.settled_rank = static_cast<int>(*rank);
}

void forbid_companions(const TableReader& reader, InitializationKind kind) {
  if (kind != InitializationKind::affine) {
    for (const std::string_view key : {"mixing", "blocks"}) {
      reader.forbid(key, "it belongs to kind = 'affine'", "remove it, or set kind = 'affine'");
    }
  }
  if (kind != InitializationKind::given) {
    reader.forbid("file", "it belongs to kind = 'file'", "remove it, or set kind = 'file'");
  }
  if (reader.find("require") == nullptr) {
    reader.forbid("maximum_tries", "nothing is required, so nothing is drawn again", "remove it, or add require");
  }
}

// The square of a step's error, at the least tolerance, is then a normal float64 number still.
constexpr double smallest_scale_of_flow = 1e-140;

void check_flow_scale(const TableReader& reader, const std::vector<PhaseSpec>& phases, double scale) {
  const bool flows = std::any_of(phases.begin(), phases.end(), [](const PhaseSpec& phase) { return phase.flows(); });
  if (!flows || scale >= smallest_scale_of_flow) return;
  reader.refuse("scale", fmt::format("= {} is too small for a gradient flow", shortest(scale)),
                "squares of what its error control looks at underflow below a scale of 1e-140", "raise it");
}

}  // namespace

InitializationSpec read_initialization(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                       const std::vector<PhaseSpec>& phases, DataFiles& files) {
  const TableReader reader(find(&root, "initialization"), "initialization", root.place, initialization_keys);
  InitializationSpec spec;
  spec.kind = reader.choice<InitializationKind>("kind", kinds).value_or(spec.kind);
  forbid_companions(reader, spec.kind);
  spec.scale = reader.number("scale", positive).value_or(spec.scale);
  check_flow_scale(reader, phases, spec.scale);
  spec.instances = reader.choice<Instances>("instances", instances).value_or(spec.instances);
  if (spec.kind == InitializationKind::affine) read_affine(reader, model, spec);
  if (spec.kind == InitializationKind::balanced) check_balanced(reader, model);
  if (spec.kind == InitializationKind::given) read_given_factors(reader, model, files, spec);
  if (const Node* node = reader.find("require")) read_requirement(reader, *node, problem, model, phases, spec);
  spec.maximum_tries =
      static_cast<int>(reader.integer("maximum_tries", {1, most_tries}).value_or(spec.maximum_tries));
  return spec;
}

}  // namespace rankfall::config
