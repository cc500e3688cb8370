// SPDX-License-Identifier: MIT
// Calls what std::invoke calls, without <functional>: that header alone has 28,000 lines.
#pragma once

#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Calls `f(args...)`.
template <class F, class... Args>
decltype(auto) call(F& f, Args&&... args) {
  return f(std::forward<Args>(args)...);
}

/// Calls a member function on the object or pointer that comes first.
template <class Member, class Class, class Object, class... Args>
decltype(auto) call(Member Class::* f, Object&& object, Args&&... args) {
  if constexpr (std::is_base_of_v<Class, std::remove_cvref_t<Object>>) {
    return (std::forward<Object>(object).*f)(std::forward<Args>(args)...);
  } else {
    return ((*std::forward<Object>(object)).*f)(std::forward<Args>(args)...);
  }
}

}  // namespace tridem::detail
