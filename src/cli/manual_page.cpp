// The manual page: roff for man(1).
#include <fmt/core.h>

#include "cli/verb_texts.hpp"

namespace rankfall::cli {

namespace {

// Text as roff takes it literally.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'') out += "\\(aq";
    else if (c == '`') out += "\\(ga";
    else out += c;
  }
  return out.rfind('.', 0) == 0 ? "\\&" + out : out;
}

std::string synopsis(const VerbText& verb) {
  std::string line = fmt::format(".B rankfall {}\n", literal(verb.name));
  for (const OptionText& option : verb.options) {
    if (option.name == "--help") continue;
    std::string text = option.positional ? "\\fI" + literal(option.name) + "\\fR" : "\\fB" + literal(option.name) + "\\fR";
    if (!option.positional && !option.value.empty()) text += " \\fI" + literal(option.value) + "\\fR";
    line += option.required ? text + "\n" : "[" + text + "]\n";
  }
  return line;
}

std::string option_lines(const OptionText& option) {
  std::string head = "\\fB" + literal(option.name) + "\\fR";
  if (!option.short_name.empty()) head = "\\fB" + literal(option.short_name) + "\\fR, " + head;
  if (!option.positional && !option.value.empty()) head += " \\fI" + literal(option.value) + "\\fR";
  std::string text = fmt::format(".TP\n{}\n{}", head, literal(option.description));
  if (!option.initial.empty()) text += fmt::format(" (default: {})", literal(option.initial));
  return text + '\n';
}

std::string section(const VerbText& verb) {
  std::string text = fmt::format(".SS \"rankfall {}\"\n{}.\n.PP\n{}", literal(verb.name), literal(verb.description), synopsis(verb));
  for (const OptionText& option : verb.options)
    if (option.name != "--help") text += option_lines(option);
  text += fmt::format(".PP\nExample:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n.PP\nExit codes: {}.\n", literal(verb.example), literal(verb.exit_codes));
  return text;
}

}  // namespace

std::string manual_page(const std::vector<VerbText>& verbs, const std::string& version) {
  const std::string& about = verbs.front().description;
  std::string text = fmt::format(".TH RANKFALL 1 \"\" \"rankfall {}\" \"User Commands\"\n.SH NAME\nrankfall \\- {}\n", literal(version),
                                 literal(about.substr(about.find(": ") + 2)));
  text += ".SH SYNOPSIS\n.B rankfall\n.I VERB\n[\\fIoptions\\fR]\n.PP\n.B rankfall\n\\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR\n"
          ".SH DESCRIPTION\nTrains many independent small deep matrix factorizations at once, and estimates with which probability they\n"
          "end at a rank, or fall in rank, with confidence intervals.\n"
          "An experiment is a TOML file, or \\fBpreset:\\fINAME\\fR; its keys are in docs/experiment.md.\n"
          ".SH VERBS\n";
  for (const VerbText& verb : verbs)
    if (!verb.name.empty()) text += section(verb);
  text += ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\na mistake in what was asked; one line says where, what, why, and what to do\n"
          ".TP\n2\na device, a disk or a file failed\n.TP\n3\ninterrupted; the same command goes on\n"
          ".TP\n4\n\\fBdiagnose\\fR found problems\n"
          ".SH ENVIRONMENT\n.TP\n.B RANKFALL_PYTHON\nthe Python interpreter that draws figures and writes reports\n"
          ".SH FILES\n.TP\n\\fIDIR\\fR/experiment.toml\nthe effective experiment, which can be run as it is\n"
          ".TP\n\\fIDIR\\fR/results.nc, summary.csv, run.json\nresults of every replica, estimates of every cell, what computed them\n"
          ".TP\n\\fIDIR\\fR/figures, report.html\nwhat \\fBplot\\fR and \\fBreport\\fR write\n"
          ".SH SEE ALSO\n.BR mpirun (1)\n";
  return text;
}

}  // namespace rankfall::cli
