// SPDX-License-Identifier: MIT
// Places of a stack as they cross: a text, or an offset in a file, which the parent gives a name
// when somebody asks for it.
#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/worker_stack.hpp>
#include <tridem/runtime/async_stack.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/detail/throw_probe.hpp>
#include <tridem/runtime/exception.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tridem::detail {
namespace {

constexpr std::size_t places_max = 512;

struct crossing_place {
  std::string text;  // a line of an async stack, or the path of an object
  std::uint64_t offset = 0;
};

}  // namespace

void encode_stack(message_writer& out, const std::exception_ptr& thrown) {
  std::vector<crossing_place> places;
  for (const stack_place& place : stack_of(thrown)) {
    if (places.size() == places_max) break;
    std::string text = place.to_string();
    if (text.starts_with("at ")) text.erase(0, 3);
    if (!text.empty()) places.push_back({std::move(text)});
  }
  if (const throw_watch* watch = throw_watch::current()) {
    for (const void* call : watch->calls()) {
      if (places.size() == places_max) break;
      // The call stands before the address to which it returns.
      code_symbol at = object_at(static_cast<const char*>(call) - 1);
      if (!at.object.empty()) places.push_back({std::move(at.object), at.offset});
    }
  }
  encode(out, places);
}

void decode_stack(message_reader& in, const std::exception_ptr& thrown, int pid) {
  auto places = decode<std::vector<crossing_place>>(in);
  if (places.size() > places_max) in.fail("a stack of too many places");
  for (crossing_place& place : places) {
    add_origin(thrown, place.offset == 0
                           ? stack_place::in_worker(pid, std::move(place.text))
                           : stack_place::in_worker(pid, std::move(place.text), place.offset));
  }
}

}  // namespace tridem::detail
