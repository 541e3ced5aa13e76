#pragma once
// The three kinds of trouble. The user's (ConfigError) and the machine's (DeviceError, StoreError) are thrown where
// they are met and caught once, in main; the programmer's are asserts. Divergence and rank collapse are results.
#include <stdexcept>
#include <string>

namespace rankfall {

// What a user reads when something of theirs is wrong. Printed on one line:
//   WHERE: WHAT; WHY; REMEDY          e.g.
//   jumps.toml:12: unknown key 'learning_rat' in [[phase]]; every key must be known; did you mean 'learning_rate'?
struct Complaint {
  std::string where;   // file:line, a flag, or a path; empty if there is no place
  std::string what;    // what is wrong
  std::string why;     // why it is wrong (may be empty)
  std::string remedy;  // what to do about it
};

// Control characters (of a path or a name, mostly) as \xNN: whatever is quoted, the message stays one line.
inline std::string escaped(const std::string& text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7f) {
      result += c;
    } else {
      result.append("\\x").append(1, digits[code / 16]).append(1, digits[code % 16]);
    }
  }
  return result;
}

inline std::string one_line(const Complaint& complaint) {
  std::string line = complaint.where.empty() ? complaint.what : complaint.where + ": " + complaint.what;
  if (!complaint.why.empty()) line += "; " + complaint.why;
  if (!complaint.remedy.empty()) line += "; " + complaint.remedy;
  return escaped(line);
}

// Something in an experiment file, a data file or on the command line (exit code 1).
struct ConfigError : std::runtime_error {
  explicit ConfigError(const Complaint& complaint) : std::runtime_error(one_line(complaint)) {}
};

// A compute device that is absent, too small or failing (exit code 2).
struct DeviceError : std::runtime_error {
  explicit DeviceError(const Complaint& complaint) : std::runtime_error(one_line(complaint)) {}
};

// A disk or a result file that cannot be written or read (exit code 2).
struct StoreError : std::runtime_error {
  explicit StoreError(const Complaint& complaint) : std::runtime_error(one_line(complaint)) {}
};

// Thrown where work is given up because a stop was requested: no trouble of anybody's, so caught by who requested it.
struct Stopped {};

}  // namespace rankfall
