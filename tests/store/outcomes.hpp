#pragma once
// What becomes of an action: the message it throws, and its end in a child process with limits.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace rankfall::samples {

// The message of the exception that `action` throws; fails the test if there is none.
template <class Error, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

// Runs `action` in a child process and returns its exit status (an unexpected end counts as -1). The child ends by
// exit(), so that libraries clean up as they would in the program, and by force after a minute.
template <class Action>
int in_child(Action&& action) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    int status = 99;
    try {
      status = action();
    } catch (...) {
      status = 98;
    }
    std::exit(status);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace rankfall::samples
