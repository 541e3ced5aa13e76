#pragma once
// The experiment file as plain data: a tree that remembers where each value stands. Everything behind the TOML parser
// works on this tree, so overrides and sweeps are edits of it and share the checks of the file itself.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rankfall::config {

enum class Layer { file, command_line };

// Where a value was written: a line of the experiment file, or one --set.
struct Place {
  std::shared_ptr<const std::string> origin;  // the file as messages call it, or the whole "--set key=value"
  int line = 0;                               // from 1; 0: the file as a whole
  Layer layer = Layer::file;
};

std::string text(const Place& place);  // "file:line", "file", or "--set key=value"

struct Node;
using List = std::vector<Node>;

enum class TableStyle { block, inline_braces };

struct Table {
  std::vector<Node> entries;  // in the order of the file
  TableStyle style = TableStyle::block;
};

struct Moment {};  // a TOML date or time: no key wants one

struct Node {
  std::string key;  // its name in the table that holds it; empty in a list
  std::variant<bool, std::int64_t, double, std::string, List, Table, Moment> value;
  Place place;

  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&value);
  }
  template <class Kind>
  Kind* as() {
    return std::get_if<Kind>(&value);
  }
};

// The entry of a table under `key`; null if `table` is null, is no table, or lacks the key.
const Node* find(const Node* table, std::string_view key);
Node* find(Node* table, std::string_view key);

// The node at a path such as {"phase", "noise", "steps"}, made (as an empty table at `place`) where it is missing, with
// the tables above it. Phases are addressed by name. Throws ConfigError where the path runs through something that is
// no table, or names no phase. Pointers handed out earlier may dangle afterwards when something was made.
Node& reach(Node& root, std::span<const std::string> path, const Place& place);

// Names of the phases, in order; a phase without one is phase1, phase2, ... by position.
std::string phase_name(const Node& phase, std::size_t position);
std::vector<std::string> phase_names(const Node& root);

// An integral double within +-2^53 (excluded) as an integer: what TOML's 1e5 means where a count is wanted.
bool is_integral(double value);

}  // namespace rankfall::config
