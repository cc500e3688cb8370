// SPDX-License-Identifier: MIT
// Name resolution: what is a number is answered at once, and errors say what was asked.
#include <tridem/pool/resolve.hpp>

#include <netdb.h>
#include <utility>

namespace tridem {
namespace {

class gai_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolve"; }
  std::string message(int value) const override { return ::gai_strerror(value); }
  std::error_condition default_error_condition(int value) const noexcept override {
    switch (value) {
      case EAI_AGAIN:
        return std::errc::resource_unavailable_try_again;
      case EAI_MEMORY:
        return std::errc::not_enough_memory;
      case EAI_FAMILY:
        return std::errc::address_family_not_supported;
      default:
        return {value, *this};
    }
  }
};

[[noreturn]] void throw_failure(const detail::lookup_question& question,
                                const detail::lookup_answer& answer) {
  const std::error_code code = answer.error == EAI_SYSTEM
                                   ? std::error_code(answer.system_error, std::generic_category())
                                   : std::error_code(answer.error, resolve_category());
  std::string text = "resolve host '" + question.host + "'";
  if (!question.service.empty()) text += ", service '" + question.service + "'";
  if (answer.error == EAI_AGAIN) text += " (no name server answers; try again later)";
  throw std::system_error(code, text);
}

}  // namespace

const std::error_category& resolve_category() noexcept {
  static const gai_category only;
  return only;
}

task<std::vector<address>> resolve(std::string host, std::string service, resolve_options options) {
  detail::lookup_question question{std::move(host), std::move(service), options.family, true};
  detail::lookup_answer answer = detail::look_up(question);
  if (answer.error == EAI_NONAME || answer.error == EAI_SERVICE) {
    question.numeric_only = false;
    detail::lookup asking(question);
    answer = co_await std::move(asking);
  }
  if (answer.error != 0) throw_failure(question, answer);
  co_return std::move(answer.addresses);
}

task<std::vector<address>> resolve(std::string host, std::uint16_t port, resolve_options options) {
  return resolve(std::move(host), std::to_string(port), options);
}

}  // namespace tridem
