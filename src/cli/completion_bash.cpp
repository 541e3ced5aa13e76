#include <fmt/format.h>

#include "cli/completion.hpp"

namespace rankfall::cli {

namespace {

std::string option_names(const VerbText& verb) {
  std::vector<std::string> names;
  for (const OptionText& option : verb.options)
    if (!option.positional) names.push_back(option.name);
  return fmt::format("{}", fmt::join(names, " "));
}

std::string bash_values(const OptionText& option) {
  switch (values_of(option)) {
    case Values::words: return fmt::format("_rankfall_words {}", quoted(words_of(option)));
    case Values::files: return "_rankfall_files -f";
    case Values::directories: return "_rankfall_files -d";
    case Values::experiments: return "_rankfall_experiments";
    case Values::presets: return "_rankfall_words \"$_rankfall_presets\"";
    case Values::none: break;
  }
  return ":";
}

}  // namespace

std::string bash_completion(const std::vector<VerbText>& verbs, const std::string& presets) {
  std::string options, arguments;
  for (const VerbText& verb : verbs) {
    if (verb.name.empty()) continue;
    for (const OptionText& option : verb.options)
      if (!option.positional && !option.value.empty())
        options += fmt::format("    '{} {}') {}; return ;;\n", verb.name, option.name, bash_values(option));
    const std::vector<OptionText> named = positionals(verb);
    const std::string rest = !verb.verbs.empty() ? fmt::format("_rankfall_words '{}'", fmt::join(verb.verbs, " "))
                             : named.empty()     ? ":"
                                                 : bash_values(named.front());
    arguments += fmt::format("    '{}') if [[ $cur == -* ]]; then _rankfall_words {}; else {}; fi ;;\n", verb.name,
                             quoted(option_names(verb)), rest);
  }
  return fmt::format(R"(# Completion of rankfall in bash, printed by `rankfall completion bash`.
_rankfall_presets={0}
_rankfall_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}
_rankfall_files() {{ compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }}
_rankfall_experiments() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -X '!*.toml' -- "$cur"; compgen -d -- "$cur"; compgen -W preset: -- "$cur")
  [[ ${{COMPREPLY[*]}} == preset: ]] && compopt -o nospace 2>/dev/null
}}
_rankfall() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} verb=${{COMP_WORDS[1]}}
  COMPREPLY=()
  if [[ $cur == : || $prev == : ]]; then  # preset:NAME, which bash cuts at the colon
    [[ $cur == : ]] && cur=
    _rankfall_words "$_rankfall_presets"
    return
  fi
  if ((COMP_CWORD == 1)); then
    _rankfall_words {1}
    return
  fi
  [[ $verb == preset ]] && ((COMP_CWORD > 2)) && verb="preset ${{COMP_WORDS[2]}}"
  case "$verb $prev" in
{2}  esac
  case "$verb" in
{3}  esac
}}
complete -F _rankfall rankfall
)",
                     quoted(presets), quoted(fmt::format("{} {}", fmt::join(verbs.front().verbs, " "), option_names(verbs.front()))),
                     options, arguments);
}

}  // namespace rankfall::cli
