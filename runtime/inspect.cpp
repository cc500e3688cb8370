// SPDX-License-Identifier: MIT
// The printed tree of tasks.
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/inspect.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <unordered_map>
#include <utility>

namespace tridem {
namespace {

// Since when a strand waits, by stamps that wrap around after seven weeks.
std::string span_text(const event_loop& loop, const detail::strand& line) {
  const std::uint32_t stamps = event_loop::stamp_of(loop.fresh_now()) - line.waits_since;
  const double seconds = std::ldexp(static_cast<double>(stamps), event_loop::stamp_shift) / 1e9;
  char text[32];
  if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  } else {
    std::snprintf(text, sizeof text, seconds < 100 ? "%.1f s" : "%.0f s", seconds);
  }
  return text;
}

std::string state_of(const event_loop& loop, const detail::strand& line) {
  if (loop.running == &line) return "running";
  if (line.pending == nullptr) return "ready";
  char what[256];
  line.pending->describe(what, sizeof what);
  return std::string("waits for ") + what + ", for " + span_text(loop, line);
}

// Gathers nest as deeply as tasks do: what is still to be looked at stands in a list.
std::vector<strand_info> strands_below(const event_loop& loop, const detail::strand& task) {
  constexpr std::size_t shown_max = 100;
  struct entry {
    detail::strand* line;
    std::size_t depth;
  };
  std::vector<entry> to_visit;
  auto add_children = [&to_visit](const detail::strand& of, std::size_t depth) {
    auto* gather = dynamic_cast<detail::gather_core*>(of.pending);
    if (gather == nullptr) return;
    std::vector<detail::strand*> children;
    gather->visit_children(
        [](detail::gather_child& child, void* into) noexcept {
          auto& list = *static_cast<std::vector<detail::strand*>*>(into);
          if (child.scope != nullptr && list.size() < shown_max) list.push_back(&child);
        },
        &children);
    for (std::size_t i = children.size(); i-- > 0;) to_visit.push_back({children[i], depth});
  };
  std::vector<strand_info> found;
  add_children(task, 0);
  while (!to_visit.empty() && found.size() < shown_max) {
    const auto [line, depth] = to_visit.back();
    to_visit.pop_back();
    found.push_back({depth, state_of(loop, *line), {}});
    if (loop.running != line) found.back().stack = detail::capture_strand(*line);
    add_children(*line, depth + 1);
  }
  return found;
}

task_info info_of(const event_loop& loop, detail::task_record& task) {
  const detail::strand& line = task.line();
  task_info info{task.id, task.spawned_by_id, task.shown_name(), state_of(loop, line), {}, {}};
  if (loop.running != &line && line.leaf() != nullptr) {
    info.stack = detail::capture_stack(*line.leaf());
    info.strands = strands_below(loop, line);
  }
  return info;
}

// Beyond that depth nobody can follow the indentation, and its blanks would be most of the text.
std::string indentation(std::size_t depth) {
  constexpr std::size_t depth_shown = 40;
  return std::string(std::min(depth, depth_shown) * 2, ' ');
}

void print_stack(std::ostream& out, const async_stack& stack, const std::string& indent) {
  for (const stack_place& place : stack) {
    const std::string line = place.to_string();
    if (!line.empty()) out << indent << "    " << line << '\n';
  }
}

void print_task(std::ostream& out, const task_info& task, std::size_t depth) {
  const std::string indent = indentation(depth);
  out << indent << task.name << " (#" << task.id << "): " << task.state << '\n';
  print_stack(out, task.stack, indent);
  for (const strand_info& strand : task.strands) {
    const std::string inner = indentation(depth + strand.depth + 1);
    out << inner << "- " << strand.state << '\n';
    print_stack(out, strand.stack, inner);
  }
}

/// Who comes below and beside a task in the printed tree: positions in the list of all tasks.
struct place_in_tree {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  std::size_t first_child = nobody;
  std::size_t next_sibling = nobody;
};

}  // namespace

std::vector<task_info> all_tasks() {
  event_loop& loop = event_loop::current();
  std::vector<task_info> tasks;
  // Every task has a scope, and all scopes are below that of the loop.
  std::vector<const detail::scope_node*> to_visit{&loop.root_scope()};
  while (!to_visit.empty()) {
    const detail::scope_node& scope = *to_visit.back();
    to_visit.pop_back();
    if (detail::task_record* task = detail::task_control_base::task_of(scope)) {
      tasks.push_back(info_of(loop, *task));
    }
    scope.children().for_each([&](const detail::scope_node& inner) { to_visit.push_back(&inner); });
  }
  std::ranges::sort(tasks, {}, &task_info::id);
  return tasks;
}

void print_tasks(std::ostream& out) {
  const std::vector<task_info> tasks = all_tasks();
  std::unordered_map<std::uint64_t, std::size_t> position;
  for (std::size_t i = 0; i < tasks.size(); ++i) position.emplace(tasks[i].id, i);

  // From the youngest on, each put before its younger siblings. A task whose creator has ended
  // stands at the top.
  std::vector<place_in_tree> tree(tasks.size());
  std::size_t first_at_top = place_in_tree::nobody;
  for (std::size_t i = tasks.size(); i-- > 0;) {
    const auto creator = position.find(tasks[i].spawned_by);
    std::size_t& first =
        creator == position.end() ? first_at_top : tree[creator->second].first_child;
    tree[i].next_sibling = std::exchange(first, i);
  }

  // Tasks nest as deeply as they like: what is still to be printed stands in a list.
  struct entry {
    std::size_t task;
    std::size_t depth;
  };
  std::vector<entry> to_print{{first_at_top, 0}};
  while (!to_print.empty()) {
    const auto [task, depth] = to_print.back();
    to_print.pop_back();
    if (task == place_in_tree::nobody) continue;
    print_task(out, tasks[task], depth);
    to_print.push_back({tree[task].next_sibling, depth});
    to_print.push_back({tree[task].first_child, depth + 1});
  }
  out.flush();
}

}  // namespace tridem
