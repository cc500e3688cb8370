// SPDX-License-Identifier: MIT
// After every test case: no descriptor, process, zombie, thread or shared memory may be left.
#pragma once

namespace tridem::test::leak_check {

/// Registers the check with doctest; called once by main, before the tests run.
void install();

/// How many test cases were started.
int cases_run() noexcept;

/// How many of them left something behind; what it was has been printed.
int cases_with_leaks() noexcept;

}  // namespace tridem::test::leak_check
