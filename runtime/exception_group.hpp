// SPDX-License-Identifier: MIT
// exception_group: several failures that happened together, none lost.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace tridem {

/// What a task group throws: all errors of its body and its children, in the order in which they
/// happened.
class exception_group : public std::exception {
 public:
  exception_group(std::string message, std::vector<std::exception_ptr> errors);

  /// The message and one line for each error.
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] const std::vector<std::exception_ptr>& exceptions() const noexcept {
    return errors_;
  }

  /// Calls `f(const E&)` for each contained error of type E, at any depth. Returns how many there
  /// were.
  template <class E, class F>
  std::size_t handle(F&& f) const {
    std::size_t count = 0;
    for (const std::exception_ptr& error : errors_) {
      try {
        std::rethrow_exception(error);
      } catch (const exception_group& inner) {
        count += inner.handle<E>(f);
      } catch (const E& match) {
        f(match);
        ++count;
      } catch (...) {
        // Another type: not asked for.
      }
    }
    return count;
  }

 private:
  std::string what_;
  std::vector<std::exception_ptr> errors_;
};

}  // namespace tridem
