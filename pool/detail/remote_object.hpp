// SPDX-License-Identifier: MIT
// The worker's side of remote<T>: the one object that lives there, and the jobs that reach it.
#pragma once

#include <tridem/pool/detail/job_signature.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Thrown by a call that comes to a worker without the object: the one that had it is gone.
struct remote_object_missing {};

/// Where the object of a worker is. In the parent, always empty.
template <class T>
std::unique_ptr<T>& remote_object() noexcept {
  static std::unique_ptr<T> object;
  return object;
}

template <class T, class... Stored>
void construct_remote(Stored... arguments) {
  remote_object<T>() = std::make_unique<T>(std::move(arguments)...);
}

template <class T>
void destroy_remote() {
  remote_object<T>().reset();
}

/// How an argument of make<T>(...) travels to the constructor.
template <class Arg>
struct constructor_argument {
  using type = std::decay_t<Arg>;
};
template <class Arg>
  requires std::is_same_v<std::decay_t<Arg>, const char*> ||
           std::is_same_v<std::decay_t<Arg>, char*>
struct constructor_argument<Arg> {
  using type = std::string;
};

/// What call<Method> takes and gives, apart from the object.
template <class T, auto Method, class Result, class... Parameter>
struct remote_method_of {
  using result = std::remove_cvref_t<Result>;

  static result invoke(Parameter... arguments) {
    T* object = remote_object<T>().get();
    if (object == nullptr) throw remote_object_missing();
    if constexpr (std::is_member_function_pointer_v<decltype(Method)>) {
      return (object->*Method)(std::forward<Parameter>(arguments)...);
    } else {
      return Method(*object, std::forward<Parameter>(arguments)...);
    }
  }
};

template <class T, auto Method, class Function>
struct remote_signature {
  static_assert(!std::is_same_v<T, T>,
                "tridem: remote<T>::call<...> takes the address of a member function of T, or a "
                "function or lambda without captures whose first parameter is T& or const T&");
};
template <class T, auto Method, class R, class C, class... P>
struct remote_signature<T, Method, R (C::*)(P...)> : remote_method_of<T, Method, R, P...> {};
template <class T, auto Method, class R, class C, class... P>
struct remote_signature<T, Method, R (C::*)(P...) noexcept> : remote_method_of<T, Method, R, P...> {
};
template <class T, auto Method, class R, class C, class... P>
struct remote_signature<T, Method, R (C::*)(P...) const> : remote_method_of<T, Method, R, P...> {};
template <class T, auto Method, class R, class C, class... P>
struct remote_signature<T, Method, R (C::*)(P...) const noexcept>
    : remote_method_of<T, Method, R, P...> {};
template <class T, auto Method, class R, class... P>
struct remote_signature<T, Method, R (*)(T&, P...)> : remote_method_of<T, Method, R, P...> {};
template <class T, auto Method, class R, class... P>
struct remote_signature<T, Method, R (*)(const T&, P...)> : remote_method_of<T, Method, R, P...> {};

/// The type of what is called: of a lambda, that of the function it is.
template <class Callee>
struct callee_of {
  using type = Callee;
};
template <class Lambda>
  requires std::is_class_v<Lambda>
struct callee_of<Lambda> {
  using type = decltype(+std::declval<Lambda>());
};

template <class T, auto Method>
using remote_method = remote_signature<T, Method, typename callee_of<decltype(Method)>::type>;

}  // namespace tridem::detail
