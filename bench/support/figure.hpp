// SPDX-License-Identifier: MIT
// How a program of the bench hands a figure to bench/compare: one line of JSON on stdout.
#pragma once

#include <cstdio>

namespace bench {

/// One measured value: who was measured, doing what, and how many of which unit it took.
struct figure {
  const char* subject;   // "tridem", "floor", "asio callbacks"
  const char* question;  // "call, 64 in flight"
  const char* unit;      // "ns", "req/s"
  double value;
};

/// Prints `f` and sends it off at once, so that a reader in a pipe need not wait for the end.
inline void report(const figure& f) {
  std::printf("{\"subject\": \"%s\", \"question\": \"%s\", \"unit\": \"%s\", \"value\": %.9g}\n",
              f.subject, f.question, f.unit, f.value);
  std::fflush(stdout);
}

}  // namespace bench
