#pragma once
// Parts of completions: what an argument may be, and a function per shell.
#include <string>
#include <vector>

#include "cli/verb_texts.hpp"

namespace rankfall::cli {

// What stands behind an option, or as an argument; words: a few that are listed.
enum class Values { none, words, files, directories, experiments, presets };
Values values_of(const OptionText& option);

// "auto cpu cuda" of "auto|cpu|cuda".
std::string words_of(const OptionText& option);

// In single quotes, for any of the shells.
std::string quoted(const std::string& text);

// Arguments that are no options.
std::vector<OptionText> positionals(const VerbText& verb);

// `presets`: names with blanks between.
std::string bash_completion(const std::vector<VerbText>& verbs, const std::string& presets);
std::string zsh_completion(const std::vector<VerbText>& verbs, const std::string& presets);
std::string fish_completion(const std::vector<VerbText>& verbs, const std::string& presets);

}  // namespace rankfall::cli
