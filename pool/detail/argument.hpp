// SPDX-License-Identifier: MIT
// How an argument of submit waits in the awaiting frame until it is encoded for a worker.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/job_signature.hpp>
#include <tridem/pool/detail/plain_copy.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// A descriptor of a shared block that the caller keeps: nothing is mapped for it.
class kept_block {
 public:
  explicit kept_block(const shared_memory& block);
  template <class T>
  explicit kept_block(const shared_array<T>& array) : kept_block(array.memory()) {}

  [[nodiscard]] int number() const noexcept { return number_.get(); }

 private:
  descriptor number_;
};

template <class T>
inline constexpr bool is_shared_block = false;
template <>
inline constexpr bool is_shared_block<shared_memory> = true;
template <class T>
inline constexpr bool is_shared_block<shared_array<T>> = true;

/// What is kept of an argument of type Arg for a parameter: usually the parameter's own value.
template <class Parameter, class Arg>
struct keeping {
  using stored = stored_parameter<Parameter>;
  using given = std::remove_cvref_t<Arg>;
  static_assert(std::is_constructible_v<stored, Arg> || is_shared_block<stored>,
                "tridem: an argument of submit<&f>(...) cannot be converted to f's parameter");
  using type = stored;
};
// Views are encoded from what they look at, which has to live as long as the call: so it is kept.
template <class Parameter, class Arg>
  requires(is_view<stored_parameter<Parameter>>)
struct keeping<Parameter, Arg> {
  using decayed = std::decay_t<Arg>;
  static_assert(std::is_convertible_v<decayed&, stored_parameter<Parameter>>,
                "tridem: an argument of submit<&f>(...) cannot be viewed as f's parameter");
  using type =
      std::conditional_t<std::is_same_v<decayed, const char*> || std::is_same_v<decayed, char*>,
                         std::string, decayed>;
};
template <class Parameter, class Arg>
  requires(is_shared_block<stored_parameter<Parameter>> && std::is_lvalue_reference_v<Arg>)
struct keeping<Parameter, Arg> {
  static_assert(std::is_same_v<std::remove_cvref_t<Arg>, stored_parameter<Parameter>>,
                "tridem: an argument of submit<&f>(...) is another kind of shared memory than f's "
                "parameter");
  using type = kept_block;
};

template <class Parameters, class... Arg>
struct kept_arguments;
template <class... Parameter, class... Arg>
struct kept_arguments<parameter_list<Parameter...>, Arg...> {
  static_assert(sizeof...(Parameter) == sizeof...(Arg),
                "tridem: submit<&f>(...) was given another number of arguments than f takes; "
                "default arguments are not seen through a pointer to f");
  using type = std::tuple<typename keeping<Parameter, Arg>::type...>;
};

/// What the kept value is made from: the argument, but large data that stays the caller's is copied
/// in our way.
template <class Kept, class Arg>
decltype(auto) source_of_kept(Arg&& arg) noexcept {
  if constexpr (std::is_lvalue_reference_v<Arg> && is_plain_sequence<Kept> &&
                std::is_same_v<std::remove_cvref_t<Arg>, Kept>) {
    return copied_later<Kept>{arg};
  } else {
    return std::forward<Arg>(arg);
  }
}

template <class Kept>
struct kept_maker;
template <class... Kept>
struct kept_maker<std::tuple<Kept...>> {
  template <class... Arg>
  static std::tuple<Kept...> make(Arg&&... arg) {
    return std::tuple<Kept...>(source_of_kept<Kept>(std::forward<Arg>(arg))...);
  }
};

template <class Parameter, class Kept>
void encode_kept(message_writer& out, const Kept& kept) {
  using stored = stored_parameter<Parameter>;
  if constexpr (std::is_same_v<Kept, kept_block>) {
    encode(out, kept.number() >= 0);
    if (kept.number() >= 0) out.attach(kept.number());
  } else if constexpr (std::is_same_v<Kept, stored>) {
    encode(out, kept);
  } else {
    encode(out, static_cast<stored>(kept));
  }
}

/// Writes a tuple of kept arguments as the parameters they are for.
template <class Parameters, class Kept>
struct argument_writer;
template <class... Parameter, class... Kept>
struct argument_writer<parameter_list<Parameter...>, std::tuple<Kept...>> {
  static void write(message_writer& out, const void* object) {
    std::apply(
        [&out](const Kept&... kept) {
          (void)out;  // A job may have no parameters.
          (encode_kept<Parameter>(out, kept), ...);
        },
        *static_cast<const std::tuple<Kept...>*>(object));
  }
};

}  // namespace tridem::detail
