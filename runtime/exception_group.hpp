// SPDX-License-Identifier: MIT
// exception_group: several failures that happened together, none lost.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace tridem {

/// What a task group throws: all errors of its body and its children, in the order in which they
/// happened.
///
/// Deal with it by type, as with Python's `except*`:
///
///     catch (exception_group& group) {
///       group.handle<timeout_error>([](const timeout_error& e) { log(e); });
///       group.rethrow_if_any();   // what is left
///     }
class exception_group : public std::exception {
 public:
  exception_group(std::string message, std::vector<std::exception_ptr> errors);

  /// The message and one line for each error, indented where groups contain groups.
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// May contain further groups.
  [[nodiscard]] const std::vector<std::exception_ptr>& exceptions() const noexcept {
    return errors_;
  }
  [[nodiscard]] bool empty() const noexcept { return errors_.empty(); }

  /// Two groups of the same shape: the errors that are an E, and the rest. Either may be empty.
  template <class E>
  [[nodiscard]] std::pair<exception_group, exception_group> split() const {
    exception_group matching(message_, {});
    exception_group rest(message_, {});
    for (const std::exception_ptr& error : errors_) {
      try {
        std::rethrow_exception(error);
      } catch (const exception_group& inner) {
        auto [inner_matching, inner_rest] = inner.split<E>();
        matching.add_group(std::move(inner_matching));
        rest.add_group(std::move(inner_rest));
      } catch (const E&) {
        matching.add(error);
      } catch (...) {
        rest.add(error);
      }
    }
    return {std::move(matching), std::move(rest)};
  }

  /// Calls `f(const E&)` for each contained error that is an E, at any depth, and takes those out
  /// of the group.
  ///
  /// @returns  How many there were.
  template <class E, class F>
  std::size_t handle(F&& f) {
    auto [matching, rest] = split<E>();
    const std::size_t count = matching.template visit<E>(f);
    *this = std::move(rest);
    return count;
  }

  /// Throws this group when it still contains something.
  void rethrow_if_any() const {
    if (!errors_.empty()) throw exception_group(*this);
  }

 private:
  template <class E, class F>
  std::size_t visit(F& f) const {
    std::size_t count = 0;
    for (const std::exception_ptr& error : errors_) {
      try {
        std::rethrow_exception(error);
      } catch (const exception_group& inner) {
        count += inner.visit<E>(f);
      } catch (const E& match) {
        f(match);
        ++count;
      }
    }
    return count;
  }
  void add(std::exception_ptr error);
  void add_group(exception_group group);
  void describe();

  std::string message_;
  std::string what_;
  std::vector<std::exception_ptr> errors_;
};

}  // namespace tridem
