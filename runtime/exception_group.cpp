// SPDX-License-Identifier: MIT
// The text of an exception group, and how groups are put together.
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>

#include <utility>

namespace tridem {

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> errors)
    : message_(std::move(message)), errors_(std::move(errors)) {
  describe();
}

void exception_group::add(std::exception_ptr error) {
  errors_.push_back(std::move(error));
  describe();
}

void exception_group::add_group(exception_group group) {
  if (!group.empty()) add(std::make_exception_ptr(std::move(group)));
}

void exception_group::describe() {
  what_ = message_ + " (" + std::to_string(errors_.size()) +
          (errors_.size() == 1 ? " error)" : " errors)");
  for (const std::exception_ptr& error : errors_) {
    what_ += "\n  - ";
    for (const char c : detail::describe_exception(error)) {
      what_ += c;
      if (c == '\n') what_ += "    ";
    }
  }
}

}  // namespace tridem
