#include <fmt/format.h>

#include "cli/completion.hpp"

namespace rankfall::cli {

namespace {

// Whether the words of a verb, "preset show", have been said.
std::string said(const std::string& verb) {
  const std::size_t blank = verb.find(' ');
  if (blank == std::string::npos) return "__fish_seen_subcommand_from " + verb;
  return said(verb.substr(0, blank)) + "; and " + said(verb.substr(blank + 1));
}

std::string candidates(const OptionText& option) {
  switch (values_of(option)) {
    case Values::words: return quoted(words_of(option));
    case Values::files: return "'(__fish_complete_path)'";
    case Values::directories: return "'(__fish_complete_directories)'";
    case Values::experiments: return "'(__fish_complete_suffix .toml; printf \"preset:%s\\n\" $_rankfall_presets)'";
    case Values::presets: return "'$_rankfall_presets'";
    case Values::none: break;
  }
  return "";
}

std::string line(const std::string& condition, const OptionText& option) {
  const std::string words = candidates(option);
  std::string text = fmt::format("complete -c rankfall -n {}", quoted(condition));
  if (option.positional) return words.empty() ? "" : fmt::format("{} -a {} -d {}\n", text, words, quoted(option.name));
  if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
  text += " -l " + option.name.substr(2);
  if (!option.value.empty()) text += words.empty() ? " -x" : " -x -a " + words;
  return fmt::format("{} -d {}\n", text, quoted(option.description));
}

}  // namespace

std::string fish_completion(const std::vector<VerbText>& verbs, const std::string& presets) {
  std::string lines;
  for (const VerbText& verb : verbs) {
    const std::size_t blank = verb.name.find(' ');
    const std::string condition = verb.name.empty() ? "__fish_use_subcommand" : said(verb.name);
    if (blank != std::string::npos) {
      const std::string above = verb.name.substr(0, blank), name = verb.name.substr(blank + 1);
      std::string others;
      for (const VerbText& each : verbs)
        if (each.name == above) others = fmt::format("{}", fmt::join(each.verbs, " "));
      lines += fmt::format("complete -c rankfall -n '{}; and not __fish_seen_subcommand_from {}' -a {} -d {}\n", said(above), others, name,
                           quoted(verb.description));
    } else if (!verb.name.empty()) {
      lines += fmt::format("complete -c rankfall -n __fish_use_subcommand -a {} -d {}\n", verb.name, quoted(verb.description));
    }
    for (const OptionText& option : verb.options) lines += line(condition, option);
  }
  return fmt::format("# Completion of rankfall in fish, printed by `rankfall completion fish`.\nset -g _rankfall_presets {}\n"
                     "complete -c rankfall -f\n{}",
                     presets, lines);
}

}  // namespace rankfall::cli
