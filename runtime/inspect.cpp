// SPDX-License-Identifier: MIT
// The printed tree of tasks.
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/inspect.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <unordered_map>
#include <utility>

namespace tridem {
namespace {

std::string state_of(const event_loop& loop, const detail::strand& line) {
  if (loop.running == &line) return "running";
  if (line.pending == nullptr) return "ready";
  char what[128];
  line.pending->describe(what, sizeof what);
  return std::string("waits for ") + what;
}

task_info info_of(const event_loop& loop, detail::task_record& task) {
  const detail::strand& line = task.line();
  task_info info{task.id, task.spawned_by_id, task.shown_name(), state_of(loop, line), {}};
  if (loop.running != &line && line.leaf != nullptr) {
    info.stack = detail::capture_stack(*line.leaf);
  }
  return info;
}

void print_task(std::ostream& out, const task_info& task, std::size_t depth) {
  // Beyond that depth nobody can follow the indentation, and its blanks would be most of the text.
  constexpr std::size_t depth_shown = 40;
  const std::string indent(std::min(depth, depth_shown) * 2, ' ');
  out << indent << task.name << " (#" << task.id << "): " << task.state << '\n';
  for (const stack_place& place : task.stack) {
    const std::string line = place.to_string();
    if (!line.empty()) out << indent << "    " << line << '\n';
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
