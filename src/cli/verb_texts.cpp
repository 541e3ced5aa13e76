// The texts of the command line, read from its options.
#include "cli/verb_texts.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

namespace rankfall::cli {

namespace {

const std::string example_mark = "Example: ", codes_mark = "Exit codes: ";

// Of what a code means besides what it means everywhere.
std::string exit_codes(const std::string& verb) {
  std::string text = "0 done";
  text += verb == "merge" ? "; 1 a mistake in what was asked, or replicas are missing" : "; 1 a mistake in what was asked";
  text += "; 2 a device, a disk or a file failed";
  if (verb == "plot" || verb == "report") text += ", or Python";
  if (verb == "run" || verb == "splitting") text += "; 3 interrupted: the same command goes on";
  if (verb == "diagnose") text += "; 4 problems found";
  return text;
}

std::string line_behind(const std::string& mark, const std::string& text) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return "";
  const std::size_t from = at + mark.size();
  return text.substr(from, text.find('\n', from) - from);
}

std::vector<const CLI::App*> below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// "H" of "H:POSITIVE": the names of checks stand in capitals, brackets or words behind a colon, and are none of the value's.
std::string without_checks(const std::string& type) {
  for (const char* check : {":POSITIVE", ":NONNEGATIVE", ":in [", ":INT in [", ":UINT in ["})
    if (const std::size_t at = type.find(check); at != std::string::npos) return type.substr(0, at);
  return type;
}

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  text.positional = option.get_positional();
  text.name = text.positional ? option.get_name(true) : "--" + option.get_lnames().front();
  if (!option.get_snames().empty()) text.short_name = "-" + option.get_snames().front();
  if (option.get_items_expected_max() > 0) text.value = without_checks(option.get_type_name());
  text.initial = option.get_default_str();
  text.description = option.get_description();
  text.required = option.get_required();
  return text;
}

void add(const CLI::App& app, const std::string& name, std::vector<VerbText>& verbs) {
  VerbText text{name, app.get_description(), {}, {}, line_behind(example_mark, app.get_footer()),
                line_behind(codes_mark, app.get_footer())};
  for (const CLI::Option* option : app.get_options()) text.options.push_back(option_text(*option));
  for (const CLI::App* verb : below(app)) text.verbs.push_back(verb->get_name());
  verbs.push_back(std::move(text));
  for (const CLI::App* verb : below(app)) add(*verb, name.empty() ? verb->get_name() : name + " " + verb->get_name(), verbs);
}

void add_codes_to(CLI::App& verb) {
  verb.footer(verb.get_footer() + "\n" + codes_mark + exit_codes(verb.get_name()));
  for (CLI::App* each : verb.get_subcommands([](CLI::App*) { return true; })) add_codes_to(*each);
}

}  // namespace

void add_exit_codes(CLI::App& app) {
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) add_codes_to(*verb);
  app.footer(example_mark + "rankfall run preset:rank-jumps --out runs/demo\n" + codes_mark +
             "0 done; 1 a mistake in what was asked; 2 a device, a disk or a file failed; 3 interrupted: the same command\n"
             "goes on; 4 `diagnose` found problems\n`rankfall VERB --help` tells more of a verb, `rankfall man` everything.");
}

std::vector<VerbText> verb_texts(const CLI::App& app) {
  std::vector<VerbText> verbs;
  add(app, "", verbs);
  return verbs;
}

}  // namespace rankfall::cli
