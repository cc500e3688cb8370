// SPDX-License-Identifier: MIT
// The table of exception types that cross as themselves, and the fallback for all others.
#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/worker_stack.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/pool/exception_codec.hpp>
#include <tridem/pool/mp_errors.hpp>
#include <tridem/runtime/cancellation.hpp>

#include <any>
#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <variant>

namespace tridem {

namespace {

/// What is written first: which of the shapes below follows.
enum class form : std::uint8_t { text, code, path_code, foreign, cancelled };

/// The categories whose codes mean the same in both processes.
enum class category : std::uint8_t { generic, system, iostream, future };

std::optional<category> category_of(const std::error_code& code) {
  if (code.category() == std::generic_category()) return category::generic;
  if (code.category() == std::system_category()) return category::system;
  if (code.category() == std::iostream_category()) return category::iostream;
  if (code.category() == std::future_category()) return category::future;
  return std::nullopt;
}

const std::error_category& category_for(category which) {
  switch (which) {
    case category::generic:
      return std::generic_category();
    case category::system:
      return std::system_category();
    case category::iostream:
      return std::iostream_category();
    case category::future:
      return std::future_category();
  }
  return std::generic_category();
}

/// One type that is known by its text alone.
struct text_type {
  const std::type_info* type;
  std::exception_ptr (*make)(const std::string& what);
};

template <class T>
std::exception_ptr make_from_text(const std::string& what) {
  if constexpr (std::is_constructible_v<T, const std::string&>) {
    return std::make_exception_ptr(T(what));
  } else {
    return std::make_exception_ptr(T());
  }
}

template <class T>
constexpr text_type text_entry() {
  return {&typeid(T), &make_from_text<T>};
}

// Exact types only: a derived type may carry what its base cannot.
const text_type table[] = {
    text_entry<std::runtime_error>(),
    text_entry<std::logic_error>(),
    text_entry<std::invalid_argument>(),
    text_entry<std::domain_error>(),
    text_entry<std::length_error>(),
    text_entry<std::out_of_range>(),
    text_entry<std::range_error>(),
    text_entry<std::overflow_error>(),
    text_entry<std::underflow_error>(),
    text_entry<std::bad_alloc>(),
    text_entry<std::bad_array_new_length>(),
    text_entry<std::bad_cast>(),
    text_entry<std::bad_any_cast>(),
    text_entry<std::bad_typeid>(),
    text_entry<std::bad_function_call>(),
    text_entry<std::bad_weak_ptr>(),
    text_entry<std::bad_variant_access>(),
    text_entry<std::bad_optional_access>(),
    text_entry<std::bad_exception>(),
    text_entry<std::exception>(),
    text_entry<malformed_message>(),
    text_entry<pool_closed>(),
    text_entry<pool_saturated>(),
    text_entry<mp::owner_died>(),
    text_entry<mp::broken_barrier>(),
};

void write_foreign(message_writer& out, const std::type_info* type, const std::string& what) {
  encode(out, form::foreign);
  std::string name = "an unknown exception";
  if (type != nullptr) {
    int status = 0;
    char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    name = status == 0 ? readable : type->name();
    std::free(readable);
  }
  encode(out, name);
  encode(out, what);
}

/// The text given to the constructor: what() without the code's message, which it adds again.
std::string text_before_code(const std::system_error& error) {
  std::string what = error.what();
  const std::string message = error.code().message();
  if (what.ends_with(message)) what.resize(what.size() - message.size());
  if (what.ends_with(": ")) what.resize(what.size() - 2);
  return what;
}

void write_code(message_writer& out, form kind, const std::error_code& code, category which) {
  encode(out, kind);
  encode(out, which);
  encode(out, code.value());
}

bool write_standard(message_writer& out, const std::exception& error) {
  const std::type_info& type = typeid(error);
  if (type == typeid(std::system_error)) {
    const auto& precise = static_cast<const std::system_error&>(error);
    const auto which = category_of(precise.code());
    if (!which) return false;
    write_code(out, form::code, precise.code(), *which);
    encode(out, text_before_code(precise));
    return true;
  }
  if (type == typeid(std::filesystem::filesystem_error)) {
    const auto& precise = static_cast<const std::filesystem::filesystem_error&>(error);
    const auto which = category_of(precise.code());
    if (!which) return false;
    write_code(out, form::path_code, precise.code(), *which);
    // Its what() is "filesystem error: TEXT: MESSAGE [path] [path]"; only TEXT is to be kept.
    std::string what = precise.what();
    static constexpr std::string_view prefix = "filesystem error: ";
    if (what.starts_with(prefix)) what.erase(0, prefix.size());
    if (const auto end = what.rfind(": " + precise.code().message()); end != what.npos) {
      what.resize(end);
    }
    encode(out, what);
    encode(out, precise.path1());
    encode(out, precise.path2());
    return true;
  }
  for (std::uint8_t i = 0; i < std::size(table); ++i) {
    if (*table[i].type != type) continue;
    encode(out, form::text);
    encode(out, i);
    encode(out, std::string(error.what()));
    return true;
  }
  return false;
}

std::error_code read_code(message_reader& in) {
  const auto which = decode<category>(in);
  if (which > category::future) in.fail("an unknown category of error codes");
  const int value = decode<int>(in);
  return {value, category_for(which)};
}

void write_exception(message_writer& out, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    if (!write_standard(out, error)) write_foreign(out, &typeid(error), error.what());
  } catch (const cancelled&) {
    encode(out, form::cancelled);
  } catch (const std::string& text) {
    write_foreign(out, &typeid(text), text);
  } catch (const char* text) {
    write_foreign(out, &typeid(text), text != nullptr ? text : "");
  } catch (...) {
    write_foreign(out, abi::__cxa_current_exception_type(), "");
  }
}

std::exception_ptr read_exception(message_reader& in, int pid) {
  switch (decode<form>(in)) {
    case form::text: {
      const auto index = decode<std::uint8_t>(in);
      if (index >= std::size(table)) in.fail("an unknown type of exception");
      return table[index].make(decode<std::string>(in));
    }
    case form::code: {
      const auto code = read_code(in);
      const auto text = decode<std::string>(in);
      return std::make_exception_ptr(text.empty() ? std::system_error(code)
                                                  : std::system_error(code, text));
    }
    case form::path_code: {
      const auto code = read_code(in);
      const auto text = decode<std::string>(in);
      const auto first = decode<std::filesystem::path>(in);
      const auto second = decode<std::filesystem::path>(in);
      if (first.empty()) {
        return std::make_exception_ptr(std::filesystem::filesystem_error(text, code));
      }
      if (second.empty()) {
        return std::make_exception_ptr(std::filesystem::filesystem_error(text, first, code));
      }
      return std::make_exception_ptr(std::filesystem::filesystem_error(text, first, second, code));
    }
    case form::foreign: {
      auto type = decode<std::string>(in);
      auto what = decode<std::string>(in);
      return std::make_exception_ptr(remote_error(std::move(type), std::move(what), pid));
    }
    case form::cancelled:
      try {
        throw_cancelled();
      } catch (const cancelled&) {
        return std::current_exception();
      }
  }
  in.fail("an unknown form of exception");
}

}  // namespace

void encode_exception(message_writer& out, const std::exception_ptr& thrown) {
  write_exception(out, thrown);
  detail::encode_stack(out, thrown);
}

std::exception_ptr decode_exception(message_reader& in, int pid) {
  std::exception_ptr thrown = read_exception(in, pid);
  detail::decode_stack(in, thrown, pid);
  return thrown;
}

}  // namespace tridem
