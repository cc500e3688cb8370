// SPDX-License-Identifier: MIT
// Jobs: functions named at compile time that a worker process can be asked to call.
//
// submit<&f> odr-uses one object, whose constructor registers f during static initialisation.
// Parent and worker run the same binary, so both count the same functions in the same order, and
// the wire carries the number. The table freezes when main begins; the handshake compares the two
// tables.
#pragma once

#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/job_signature.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// A value that can be encoded as often as needed, without its type.
struct encodable {
  void (*write)(message_writer&, const void* object) = nullptr;
  const void* object = nullptr;

  void encode(message_writer& out) const { write(out, object); }
};

/// Where an invoked job leaves its result. Implemented by the worker, and by tests.
class job_reply {
 public:
  /// Sends the result; the value is borrowed until it returns.
  virtual void value(const encodable& result) = 0;

 protected:
  ~job_reply() = default;
};

/// Decodes the arguments, calls the function, and hands its result to `reply`.
///
/// Errors: malformed_message, and whatever the function throws.
using job_invoker = void (*)(message_reader& arguments, job_reply& reply);

/// Makes the std::stop_token of the running job at `storage`; defined by the worker.
void construct_stop_token(void* storage);

/// One function in the table. Made once for each function, before main.
class job_entry {
 public:
  job_entry(std::string_view name, job_invoker invoker) noexcept;
  job_entry(const job_entry&) = delete;
  job_entry& operator=(const job_entry&) = delete;

  /// The place in the table, from 1; 0 when it is not registered, or came after main began.
  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  /// For messages only: two functions may have one name.
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] job_invoker invoker() const noexcept { return invoker_; }
  [[nodiscard]] const job_entry* next() const noexcept { return next_; }

 private:
  std::string_view name_;
  job_invoker invoker_;
  const job_entry* next_ = nullptr;
  std::uint32_t index_;
};

template <auto Function, class Parameters>
struct invoker_of;

template <auto Function, class... Parameter>
struct invoker_of<Function, parameter_list<Parameter...>> {
  static void invoke(message_reader& in, job_reply& reply) {
    // Braces evaluate from left to right.
    std::tuple<stored_parameter<Parameter>...> arguments{read<Parameter>(in)...};
    in.expect_end();
    using result = typename job_signature<decltype(Function)>::result;
    if constexpr (std::is_void_v<result>) {
      std::apply(Function, std::move(arguments));
      deliver(reply, std::monostate());
    } else {
      deliver(reply, std::apply(Function, std::move(arguments)));
    }
  }

 private:
  template <class P>
  static stored_parameter<P> read(message_reader& in) {
    using stored = stored_parameter<P>;
    if constexpr (stop_token_like<stored>) {
      // The token's type is known to the caller of submit only; this header does without it.
      alignas(stored) std::byte storage[sizeof(stored)];
      construct_stop_token(storage);
      stored& made = *reinterpret_cast<stored*>(storage);
      stored token = std::move(made);
      made.~stored();
      return token;
    } else {
      return decode<stored>(in);
    }
  }

  template <class T>
  static void deliver(job_reply& reply, const T& result) {
    reply.value({[](message_writer& out, const void* object) {
                   tridem::encode(out, *static_cast<const T*>(object));
                 },
                 &result});
  }
};

/// The compiler's spelling of a function's name.
template <auto Function>
constexpr std::string_view name_of_function() {
  std::string_view text = __PRETTY_FUNCTION__;
  // g++: "... [with auto Function = f; std::string_view = ...]"; clang: "... [Function = &f]".
  const std::string_view key = "Function = ";
  text.remove_prefix(text.find(key) + key.size());
  text.remove_suffix(1);
#ifndef __clang__
  if (const auto end = text.rfind("; std::string_view"); end != text.npos)
    text = text.substr(0, end);
#endif
  if (text.starts_with('&')) text.remove_prefix(1);
  return text;
}

/// The entry of one function. To use `entry` is what registers it.
template <auto Function>
struct job {
  using signature = job_signature<decltype(Function)>;
  static inline const job_entry entry{
      name_of_function<Function>(), &invoker_of<Function, typename signature::parameters>::invoke};
};

/// What identifies a table: equal in two processes only if every index means the same function.
///
/// The program itself may be another one: a library with jobs can be loaded into a stranger.
struct job_table_identity {
  std::uint32_t count = 0;
  std::uint64_t digest = 0;  ///< Over names, places in their modules, and the modules' build ids.
  std::string build_id;      ///< Of the executable, in hexadecimal; for messages.

  bool operator==(const job_table_identity& other) const noexcept {
    return count == other.count && digest == other.digest;
  }
};

/// Ends registration; functions of libraries that are loaded later stay at index 0. Any thread.
void freeze_job_table() noexcept;
[[nodiscard]] bool job_table_is_frozen() noexcept;

/// Null if there is none of that index.
[[nodiscard]] const job_entry* find_job(std::uint32_t index) noexcept;

[[nodiscard]] job_table_identity identify_job_table();

}  // namespace tridem::detail
