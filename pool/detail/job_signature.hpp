// SPDX-License-Identifier: MIT
// What a job's parameters and result are, and which of them cannot cross to another process.
#pragma once

#include <tridem/pool/codec_views.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Recognises std::stop_token without its dear header.
template <class T>
concept stop_token_like = std::is_class_v<T> && requires(const T& token) {
  { token.stop_requested() } -> std::same_as<bool>;
  { token.stop_possible() } -> std::same_as<bool>;
};

template <class... Parameter>
struct parameter_list {
  static constexpr std::size_t size = sizeof...(Parameter);
};

/// What a worker keeps for a parameter while the job runs.
template <class Parameter>
using stored_parameter = std::remove_cvref_t<Parameter>;

template <class Parameter>
constexpr bool check_parameter() {
  static_assert(
      !std::is_lvalue_reference_v<Parameter> || std::is_const_v<std::remove_reference_t<Parameter>>,
      "tridem: a job cannot take T&: it runs in another process, and what it writes there "
      "would be lost. Take const T& or T, and return the result");
  return true;
}

template <class Result>
constexpr bool check_result() {
  static_assert(!std::is_reference_v<Result>,
                "tridem: a job cannot return a reference; what it refers to stays in the worker. "
                "Return the value");
  static_assert(!is_view<std::remove_cvref_t<Result>>,
                "tridem: a job cannot return a view (std::span, std::string_view); what it views "
                "stays in the worker. Return std::vector or std::string");
  return true;
}

template <class Result, class... Parameter>
struct job_signature_of {
  static_assert((check_parameter<Parameter>() && ...));
  static_assert(check_result<Result>());
  using result = std::remove_cv_t<Result>;
  using parameters = parameter_list<Parameter...>;
};

template <class First, class... Rest>
struct without_token {
  using type = parameter_list<First, Rest...>;
};
template <class First, class... Rest>
  requires stop_token_like<std::remove_cvref_t<First>>
struct without_token<First, Rest...> {
  using type = parameter_list<Rest...>;
};

/// Result and parameters of whatever may be named in submit<...>.
template <class Function>
struct job_signature {
  static_assert(std::is_pointer_v<Function> || std::is_class_v<Function>,
                "tridem: submit<...> takes the address of a function or a lambda without captures");
};

template <class R, class... P>
struct job_signature<R (*)(P...)> : job_signature_of<R, P...> {};
template <class R, class... P>
struct job_signature<R (*)(P...) noexcept> : job_signature_of<R, P...> {};
template <class R, class C, class... P>
struct job_signature<R (C::*)(P...) const> : job_signature_of<R, P...> {};
template <class R, class C, class... P>
struct job_signature<R (C::*)(P...) const noexcept> : job_signature_of<R, P...> {};
template <class R, class C, class... P>
struct job_signature<R (C::*)(P...)> {
  static_assert(!std::is_class_v<C>,
                "tridem: a member function needs its object, which stays behind, and a mutable "
                "lambda has state; name a free function or a plain lambda without captures");
};
template <class Lambda>
  requires std::is_class_v<Lambda>
struct job_signature<Lambda> : job_signature<decltype(&Lambda::operator())> {};
template <class Lambda>
  requires std::is_class_v<Lambda>
struct job_signature<const Lambda> : job_signature<decltype(&Lambda::operator())> {};

/// The parameters for which the caller of submit<...> gives arguments: all but a stop token.
template <class Parameters>
struct given_parameters;
template <>
struct given_parameters<parameter_list<>> {
  using type = parameter_list<>;
};
template <class First, class... Rest>
struct given_parameters<parameter_list<First, Rest...>> : without_token<First, Rest...> {};

}  // namespace tridem::detail
