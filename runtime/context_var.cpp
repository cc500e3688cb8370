// SPDX-License-Identifier: MIT
// The persistent list behind context variables.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/context_var.hpp>
#include <tridem/runtime/detail/loop_core.hpp>

#include <utility>

namespace tridem::detail {

// Never changed once it is shared: a strand that sets a variable gets new nodes, and the old ones
// stay with the rest.
struct context_node {
  const void* variable;
  std::shared_ptr<const void> value;
  context_node* next;  // owned: one count
  unsigned count = 1;
};

namespace {

strand* running_strand() noexcept {
  loop_core* loop = loop_core::current();
  return loop == nullptr ? nullptr : loop->running;
}

// `list` without `variable`; what stands behind it is shared.
context_node* without(context_node* list, const void* variable) {
  context_node* behind = list;
  while (behind != nullptr && behind->variable != variable) behind = behind->next;
  if (behind == nullptr) return share_context(list);
  context_node* result = nullptr;
  context_node** end = &result;
  try {
    for (context_node* at = list; at != behind; at = at->next) {
      *end = new context_node{at->variable, at->value, nullptr};
      end = &(*end)->next;
    }
  } catch (...) {
    release_context(result);
    throw;
  }
  *end = share_context(behind->next);
  return result;
}

}  // namespace

context_node* share_context(context_node* context) noexcept {
  if (context != nullptr) ++context->count;
  return context;
}

void release_context(context_node* context) noexcept {
  while (context != nullptr && --context->count == 0) {
    context_node* next = context->next;
    delete context;
    context = next;
  }
}

std::shared_ptr<const void> context_value(const void* variable) noexcept {
  const strand* line = running_strand();
  if (line == nullptr) return nullptr;
  for (const context_node* at = line->context; at != nullptr; at = at->next) {
    if (at->variable == variable) return at->value;
  }
  return nullptr;
}

void set_context_value(const void* variable, std::shared_ptr<const void> value) {
  strand* line = running_strand();
  TRIDEM_ASSERT(line != nullptr,
                "context_var::set was called outside a task; give the variable a default instead");
  context_node* list = without(line->context, variable);
  if (value != nullptr) {
    try {
      list = new context_node{variable, std::move(value), list};
    } catch (...) {
      release_context(list);
      throw;
    }
  }
  release_context(std::exchange(line->context, list));
}

}  // namespace tridem::detail
