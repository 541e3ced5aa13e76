// The one place where trouble becomes a message and an exit code.
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "cli/commands.hpp"
#include "rankfall/error.hpp"

namespace rankfall::cli {

// One line whatever it quotes: names given on the command line may hold any character.
int complain(const std::string& message, int code) {
  std::string line;
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else line += c;
  }
  fmt::print(stderr, "rankfall: {}\n", line);
  return code;
}

int exit_code_of(const std::function<int()>& action) {
  try {
    const int code = action();
    if (std::fflush(stdout) != 0) return complain("standard output: cannot be written", exit_machine_error);
    return code;
  } catch (const ConfigError& error) {
    return complain(error.what(), exit_user_error);
  } catch (const DeviceError& error) {
    return complain(error.what(), exit_machine_error);
  } catch (const StoreError& error) {
    return complain(error.what(), exit_machine_error);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory for this experiment; `rankfall plan` tells what it needs; use fewer or smaller replicas",
                    exit_machine_error);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(fmt::format("{}: cannot be used; {}; check the path", error.path1().string(), error.code().message()),
                    exit_machine_error);
  } catch (const std::system_error& error) {  // a full pipe or disk behind standard output, no more threads
    return complain(error.what(), exit_machine_error);
  } catch (const std::exception& error) {
    return complain(fmt::format("unexpected failure: {}; please report it", error.what()), exit_machine_error);
  }
}

}  // namespace rankfall::cli
