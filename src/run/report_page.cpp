#include "run/report_page.hpp"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "estimate/law_table.hpp"
#include "estimate/report.hpp"
#include "rankfall/error.hpp"
#include "run/diagnose.hpp"
#include "run/provenance.hpp"
#include "run/python_package.hpp"
#include "run/result_directory.hpp"
#include "run/run.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

namespace fs = std::filesystem;

// A file that is there as long as this is.
class PassingFile {
 public:
  PassingFile(std::string path, const std::string& text) : path_(std::move(path)) { write_atomically(path_, text); }
  PassingFile(const PassingFile&) = delete;
  PassingFile& operator=(const PassingFile&) = delete;
  ~PassingFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What this program says of the run; the page has the rest from the directory.
std::string texts_of(const StoredRun& run) {
  const std::vector<CellEstimate> estimates = summarized(run.experiment, run.results);
  const nlohmann::json texts{{"summary", summary_table(run.experiment, estimates)},
                             {"laws", law_table(run.experiment, estimates)},
                             {"methods", methods_sentence(run.experiment, estimates, version())},
                             {"diagnosis", diagnosis_text(diagnose(run.directory.path))},
                             {"program", version()}};
  return texts.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string write_report(const std::string& directory, std::string& reason) {
  const StoredRun run = load_run(directory);
  if (!fs::exists(run.directory.results()))
    throw ConfigError({directory, "has no results.nc yet", "the run is not finished",
                       "run the same `rankfall run` command again: it goes on where it stopped"});
  const PassingFile texts(directory + "/.report." + std::to_string(getpid()) + ".json", texts_of(run));
  std::string path = run_module("rankfall.report", {directory, texts.path()}, reason);
  while (!path.empty() && path.back() == '\n') path.pop_back();
  return path;
}

}  // namespace rankfall
