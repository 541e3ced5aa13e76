#include <fmt/format.h>

#include "cli/completion.hpp"

namespace rankfall::cli {

namespace {

// Text within a specification of _arguments or _describe, where colons and brackets separate.
std::string within(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string action(const OptionText& option) {
  switch (values_of(option)) {
    case Values::words: return "(" + words_of(option) + ")";
    case Values::files: return "_files";
    case Values::directories: return "_files -/";
    case Values::experiments: return "_rankfall_experiments";
    case Values::presets: return "_rankfall_presets";
    case Values::none: break;
  }
  return " ";
}

std::string specification(const OptionText& option) {
  if (option.positional) return quoted(fmt::format("*:{}:{}", within(option.name), action(option)));
  const std::string head = fmt::format("*{}[{}]", option.name, within(option.description));
  return quoted(option.value.empty() ? head : fmt::format("{}:{}:{}", head, within(option.value), action(option)));
}

// What can be said at one place: NAME:DESCRIPTION of the verbs whose name begins with `above`.
std::string described(const std::vector<VerbText>& verbs, const std::string& above) {
  std::string list;
  for (const VerbText& verb : verbs) {
    if (verb.name.rfind(above, 0) != 0 || verb.name.size() <= above.size()) continue;
    const std::string name = verb.name.substr(above.size());
    if (name.find(' ') == std::string::npos) list += " " + quoted(within(name) + ":" + within(verb.description));
  }
  return fmt::format("local -a verbs=({} ); _describe -t verbs verb verbs", list);
}

}  // namespace

std::string zsh_completion(const std::vector<VerbText>& verbs, const std::string& presets) {
  std::string cases, nested;
  for (const VerbText& verb : verbs) {
    if (verb.name.empty()) continue;
    if (!verb.verbs.empty()) {
      nested += fmt::format("  if [[ $verb == {0} ]]; then\n    if (( CURRENT == 2 )); then {1}; return; fi\n"
                            "    verb=\"{0} $words[2]\"; shift words; (( CURRENT-- ))\n  fi\n",
                            verb.name, described(verbs, verb.name + " "));
      continue;
    }
    cases += fmt::format("    '{}') _arguments", verb.name);
    for (const OptionText& option : verb.options) cases += " \\\n      " + specification(option);
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef rankfall
# Completion of rankfall in zsh, printed by `rankfall completion zsh`.
_rankfall_presets() {{ compadd -- {0} }}
_rankfall_experiments() {{
  local -a names=({0})
  compadd -- preset:$^names
  _files -g '*.toml'
}}
_rankfall() {{
  if (( CURRENT == 2 )); then
    {1}
    [[ $PREFIX == -* ]] && compadd -- --help --version
    return
  fi
  local verb=$words[2]
  shift words; (( CURRENT-- ))
{2}  case $verb in
{3}  esac
}}
if [[ $funcstack[1] == _rankfall ]]; then _rankfall "$@"; else compdef _rankfall rankfall; fi
)",
                     presets, described(verbs, ""), nested, cases);
}

}  // namespace rankfall::cli
