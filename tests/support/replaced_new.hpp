// SPDX-License-Identifier: MIT
// operator new over malloc, for programs that want to know of every allocation. Link
// support/replaced_new.cpp and define `may_allocate`.
#pragma once

namespace tridem::test {

/// Asked before each allocation, on the thread that allocates. False makes it throw std::bad_alloc.
bool may_allocate() noexcept;

}  // namespace tridem::test
