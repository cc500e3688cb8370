// SPDX-License-Identifier: MIT
// The text of an exception group.
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>

#include <utility>

namespace tridem {

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> errors)
    : what_(std::move(message)), errors_(std::move(errors)) {
  what_ += " (" + std::to_string(errors_.size()) + (errors_.size() == 1 ? " error)" : " errors)");
  for (const std::exception_ptr& error : errors_) {
    what_ += "\n  - " + detail::describe_exception(error);
  }
}

}  // namespace tridem
