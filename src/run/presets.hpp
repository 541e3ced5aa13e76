#pragma once
// Experiments that come with the program.
#include <string>
#include <vector>

namespace rankfall {

struct Preset {
  std::string name;
  std::string text;  // the experiment file

  std::string description() const;  // the first sentence of its first comment
};

const std::vector<Preset>& presets();

// Throws ConfigError for an unknown name, with the nearest known one.
const Preset& preset(const std::string& name);

}  // namespace rankfall
