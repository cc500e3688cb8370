// SPDX-License-Identifier: MIT
// The printed tree of tasks.
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/inspect.hpp>

#include <ostream>

namespace tridem {
namespace {

std::string state_of(const event_loop& loop, const detail::strand& line) {
  if (loop.running == &line) return "running";
  if (line.pending == nullptr) return "ready";
  char what[128];
  line.pending->describe(what, sizeof what);
  return std::string("waits for ") + what;
}

task_info info_of(const event_loop& loop, const detail::task_record& task) {
  task_info info{task.id, task.spawned_by_id, task.shown_name(), state_of(loop, *task.line), {}};
  if (loop.running != task.line && task.line->leaf != nullptr) {
    info.stack = detail::capture_stack(task.line->leaf);
  }
  info.stack.push_back(task.created);
  return info;
}

void print_subtree(std::ostream& out, const std::vector<task_info>& tasks, std::uint64_t parent,
                   int depth) {
  for (const task_info& task : tasks) {
    if (task.spawned_by != parent) continue;
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    out << indent << task.name << " (#" << task.id << "): " << task.state << '\n';
    for (const std::source_location& place : task.stack) {
      if (place.line() == 0) continue;
      out << indent << "    at " << detail::readable_function(place.function_name()) << " ("
          << place.file_name() << ':' << place.line() << ")\n";
    }
    print_subtree(out, tasks, task.id, depth + 1);
  }
}

}  // namespace

std::vector<task_info> all_tasks() {
  event_loop& loop = event_loop::current();
  std::vector<task_info> tasks;
  loop.tasks().for_each(
      [&](const detail::task_record& task) { tasks.push_back(info_of(loop, task)); });
  return tasks;
}

void print_tasks(std::ostream& out) {
  std::vector<task_info> tasks = all_tasks();
  // A task whose creator has ended is shown at the top.
  for (task_info& task : tasks) {
    bool creator_lives = false;
    for (const task_info& other : tasks) creator_lives |= other.id == task.spawned_by;
    if (!creator_lives) task.spawned_by = 0;
  }
  print_subtree(out, tasks, 0, 0);
  out.flush();
}

}  // namespace tridem
