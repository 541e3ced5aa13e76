// parse_experiment on arbitrary text: an experiment whose effective text means the same, or one line.
#include "config/config.hpp"
#include "config/document.hpp"
#include "config/files.hpp"
#include "config/overrides.hpp"
#include "config/sweep.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

// A million cells are allowed and take their time; here they would be reported as a hang.
bool has_many_cells(const std::string& text) {
  constexpr std::int64_t many = 300;
  try {
    config::Node root = config::parse_document(text, "fuzz.toml");
    config::flatten_sweep(root);
    config::DataFiles files("/nonexistent");
    return config::read_sweep(root, files).cells > many;
  } catch (const ConfigError&) {
    return false;
  }
}

void check(const std::string& text) {
  Experiment experiment;
  try {
    experiment = parse_experiment(text, "fuzz.toml", "/nonexistent");
  } catch (const ConfigError& error) {
    fuzz::require_one_line(error.what());
    return;
  }
  for (const std::string& line : warnings(experiment)) fuzz::require_one_line(line);
  try {
    const Experiment again = parse_experiment(experiment.text, "effective.toml", "/nonexistent");
    fuzz::require(again.digest == experiment.digest, "the effective text is the same experiment");
    fuzz::require(again.text == experiment.text, "the effective text of the effective text is itself");
  } catch (const ConfigError& error) {
    fuzz::require(false, error.what());
  }
}

}  // namespace
}  // namespace rankfall

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(rankfall::fuzz::as_text(data, size));
  if (!rankfall::has_many_cells(text)) rankfall::check(text);
  return 0;
}
