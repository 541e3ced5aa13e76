#include "run/python_package.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "run/build_info.hpp"

namespace rankfall {

namespace {

// The package beside an installed binary (PREFIX/share/rankfall/python), else where it was built.
std::string package_directory() {
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto installed = binary.parent_path().parent_path() / "share/rankfall/python";
  if (!error && std::filesystem::exists(installed / "rankfall")) return installed.string();
  return build_info::python_directory;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string run_module(const std::string& module, const std::vector<std::string>& arguments, std::string& reason) {
  const char* chosen = std::getenv("RANKFALL_PYTHON");
  std::string command = "PYTHONPATH=" + shell_quoted(package_directory()) + ":\"$PYTHONPATH\" MPLBACKEND=Agg " +
                              shell_quoted(chosen != nullptr ? chosen : build_info::python) +
                              " -m " + module;
  for (const std::string& argument : arguments) command += " " + shell_quoted(argument);
  command += " 2>&1";
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    reason = "cannot start a shell";
    return "";
  }
  std::array<char, 512> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  if (pclose(pipe) == 0) return output;
  // The last line of what Python says is the error.
  while (!output.empty() && output.back() == '\n') output.pop_back();
  reason = output.substr(output.rfind('\n') + 1);
  return "";
}

}  // namespace rankfall
