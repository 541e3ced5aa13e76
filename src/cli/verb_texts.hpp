#pragma once
// What the command line says of itself, as plain data: help, manual page and completions come from the same texts.
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace rankfall::cli {

struct OptionText {
  std::string name;         // "--out"; of a positional argument "EXPERIMENT"
  std::string short_name;   // "-h", mostly empty
  std::string value;        // what it takes: "DIR", or its words, "auto|cpu|cuda"; empty for a flag
  std::string initial;      // the default; empty for none
  std::string description;
  bool positional = false;
  bool required = false;
};

struct VerbText {
  std::string name;  // "run", "preset list"; empty for the program itself
  std::string description;
  std::vector<OptionText> options;
  std::vector<std::string> verbs;  // below it: "list"
  std::string example;             // the command; empty for none
  std::string exit_codes;
};

// Adds a line about exit codes to the help of every verb, and an example to the program's. To be called when all are there.
void add_exit_codes(CLI::App& app);

// The program, then its verbs in the order of the help, each followed by those below it.
std::vector<VerbText> verb_texts(const CLI::App& app);

// What a shell reads to complete command lines. `presets` are their names. Throws ConfigError for an unknown shell.
std::string completion(const std::string& shell, const std::vector<VerbText>& verbs, const std::vector<std::string>& presets);

// The manual page, in roff.
std::string manual_page(const std::vector<VerbText>& verbs, const std::string& version);

}  // namespace rankfall::cli
