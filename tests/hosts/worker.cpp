// SPDX-License-Identifier: MIT
// The program that the option worker_executable names: linked with tridem and with the library
// whose jobs it is to run. As a worker it never comes to this main.
#include "tests/hosts/jobs.hpp"

#include <cstdio>

int main() {
  std::puts(run_jobs(""));
}
