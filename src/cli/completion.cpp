#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rankfall/error.hpp"

namespace rankfall::cli {

Values values_of(const OptionText& option) {
  if (option.value.find('|') != std::string::npos) return Values::words;
  const std::string& kind = option.positional ? option.name : option.value;
  if (kind == "DIR") return Values::directories;
  if (kind == "FILE") return Values::files;
  if (kind == "EXPERIMENT") return Values::experiments;
  if (kind == "NAME") return Values::presets;
  return Values::none;
}

std::string words_of(const OptionText& option) {
  std::string words = option.value;
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::vector<OptionText> positionals(const VerbText& verb) {
  std::vector<OptionText> found;
  for (const OptionText& option : verb.options)
    if (option.positional) found.push_back(option);
  return found;
}

std::string completion(const std::string& shell, const std::vector<VerbText>& verbs, const std::vector<std::string>& presets) {
  const std::string names = fmt::format("{}", fmt::join(presets, " "));
  if (shell == "bash") return bash_completion(verbs, names);
  if (shell == "zsh") return zsh_completion(verbs, names);
  if (shell == "fish") return fish_completion(verbs, names);
  throw ConfigError({"completion", fmt::format("unknown shell '{}'", shell), "", "choose bash, zsh or fish"});
}

}  // namespace rankfall::cli
