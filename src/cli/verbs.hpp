#pragma once
// Parts of the command line: options that several verbs have, and verbs that have a file of their own.
#include <string>
#include <vector>

#include "cli/request.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rankfall::cli {

// What names a file or directory is not empty.
void names(CLI::Option* option, const char* kind);
void add_source(CLI::App* verb, Request& request);  // EXPERIMENT and --set
void add_backend(CLI::App* verb, std::string& backend, int& threads, std::vector<int>& devices);

// What is studied besides `run`: nuclear, splitting, replay.
void add_study_verbs(CLI::App& app, Request& request);

}  // namespace rankfall::cli
