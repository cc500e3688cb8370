// SPDX-License-Identifier: MIT
// The description of a type that takes a look at the stack whenever a handler for it is asked.
#include <tridem/runtime/detail/throw_probe.hpp>

#include <algorithm>
#include <cstdint>
#include <cxxabi.h>
#include <dlfcn.h>
#include <exception>
#include <iterator>
#include <string_view>
#include <typeinfo>
#include <unwind.h>
#include <utility>

namespace tridem::detail {
namespace {

constinit thread_local throw_watch* watch_of_this_thread = nullptr;

// What stands between a throw and the handlers that are asked. By address where the library is
// linked into the program, by name where something stands in front of it, as sanitizers do.
bool belongs_to_throw(_Unwind_Context* context) {
  static constexpr std::string_view names[] = {"__cxa_throw", "__cxa_rethrow",
                                               "_ZSt17rethrow_exceptionNSt15__exception_ptr13"
                                               "exception_ptrE"};
  void* function =
      _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(_Unwind_GetIP(context) - 1));
  if (function == reinterpret_cast<void*>(&abi::__cxa_throw) ||
      function == reinterpret_cast<void*>(&abi::__cxa_rethrow) ||
      function == reinterpret_cast<void*>(&std::rethrow_exception)) {
    return true;
  }
  Dl_info known{};
  return ::dladdr(function, &known) != 0 && known.dli_sname != nullptr &&
         std::ranges::find(names, known.dli_sname) != std::end(names);
}

/// The frames seen so far.
struct walk {
  void** calls;
  std::size_t room;
  std::uintptr_t last_frame;
  std::size_t count = 0;

  _Unwind_Reason_Code see(_Unwind_Context* context) noexcept {
    if (_Unwind_GetCFA(context) > last_frame) return _URC_END_OF_STACK;
    if (belongs_to_throw(context)) {
      count = 0;  // all that came before is the machinery of the throw
    } else if (count < room) {
      calls[count++] = reinterpret_cast<void*>(_Unwind_GetIP(context));
    }
    return _URC_NO_REASON;
  }
};

}  // namespace

#if defined(__GLIBCXX__)
/// Stands in for the std::type_info of throw_probe.
class probing_type final : public std::type_info {
 public:
  explicit probing_type(const char* name) noexcept : std::type_info(name) {}

  bool __do_catch(const std::type_info*, void**, unsigned) const override {
    if (throw_watch* watch = throw_watch::current()) watch->look();
    return false;
  }
};

// There before any other static object, because handlers may be asked by then.
extern const probing_type description_of_throw_probe __asm__("_ZTIN6tridem6detail11throw_probeE");
[[gnu::init_priority(101)]] const probing_type description_of_throw_probe(
    "N6tridem6detail11throw_probeE");
#endif

throw_watch::throw_watch(const void* frame) noexcept
    : outer_(std::exchange(watch_of_this_thread, this)), frame_(frame) {}

throw_watch::~throw_watch() {
  watch_of_this_thread = outer_;
}

throw_watch* throw_watch::current() noexcept {
  return watch_of_this_thread;
}

void throw_watch::look() noexcept {
  walk frames{calls_, calls_max, reinterpret_cast<std::uintptr_t>(frame_)};
  _Unwind_Backtrace([](_Unwind_Context* context,
                       void* walk_of) { return static_cast<walk*>(walk_of)->see(context); },
                    &frames);
  count_ = frames.count;
}

}  // namespace tridem::detail
