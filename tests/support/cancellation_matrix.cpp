// SPDX-License-Identifier: MIT
// How one wait is cancelled at one moment, and what must hold then.
#include "tests/support/cancellation_matrix.hpp"

#include "tests/support/command_line.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

namespace tridem::test::matrix {

namespace {

// More than a turn may resume: every task has gone as far as it can, and the driver had its turn.
task<> let_turns_pass() {
  for (int i = 0; i < 200; ++i) co_await yield();
}

struct report {
  std::string cell;
  bool delivered = false;
  bool next_wait_was_cut = false;
  event returned;
  event hold;
};

task<> watch(row& one, report& seen) {
  try {
    co_await one.act();
    seen.cell = "delivered";
    seen.delivered = true;
  } catch (const cancelled&) {
    seen.cell = "cancelled";
  } catch (const timeout_error&) {
    seen.cell = "times out";
  } catch (const std::exception& error) {
    seen.cell = error.what();
  }
  seen.returned.set();
  seen.next_wait_was_cut = co_await is_cut(seen.hold.wait());
}

task<> bring_to(row& one, report& seen, moment when, task_handle<>& watched) {
  const hook nothing = [] {};
  const hook cancel = [&watched] { watched.cancel(); };
  switch (when) {
    case moment::before_it_starts:
      cancel();
      break;
    case moment::before_though_ready:
      one.complete(nothing, nothing);
      cancel();
      break;
    case moment::while_it_waits:
      co_await one.until_it_waits();
      cancel();
      break;
    case moment::just_before_it_ends:
      co_await one.until_it_waits();
      one.complete(cancel, nothing);
      break;
    case moment::just_after_it_ended:
      co_await one.until_it_waits();
      one.complete(nothing, cancel);
      break;
    case moment::when_it_has_returned:
      co_await one.until_it_waits();
      one.complete(nothing, nothing);
      co_await seen.returned.wait();
      co_await yield();
      cancel();
      break;
  }
}

task<std::string> play_one(entry which, moment when) {
  const std::string name = which.name;
  const std::unique_ptr<row> one = which.make();
  one->when = when;
  report seen;
  co_await one->prepare();
  task_handle<> watched = create_task(watch(*one, seen));
  co_await bring_to(*one, seen, when, watched);
  const bool is_begun = when == moment::before_it_starts || when == moment::while_it_waits;
  if (is_begun && one->ignores_cancellation()) {
    co_await let_turns_pass();
    CHECK_MESSAGE(!seen.returned.is_set(), name, " was cut");
    one->complete([] {}, [] {});
  }
  co_await watched;
  CHECK_MESSAGE(seen.next_wait_was_cut, name, ": its next wait was not cut");
  co_await one->settle();
  co_await let_turns_pass();
  const std::string damage = one->damage(seen.delivered);
  CHECK_MESSAGE(damage.empty(), name, ", moment ", static_cast<int>(when), ": ", damage);
  if (one->may_go_either_way()) co_return "either";
  co_return seen.cell;
}

void check_rules(const row& one, const std::string& name, const std::array<std::string, 6>& cells) {
  const std::string& at_last = cells[5];
  CHECK_MESSAGE((at_last == "delivered" || one.yields_to_cancellation()), name,
                " was not delivered though nothing was cancelled: ", at_last);
  // A completed wait wins.
  if (!one.yields_to_cancellation() && cells[4] != "either") {
    CHECK_MESSAGE(cells[4] == at_last, name, ": ", cells[4]);
  }
  // What waits for ever ends by being cancelled.
  if (!one.ignores_cancellation()) {
    const bool may_end = one.is_decided_elsewhere() || cells[2] == "either";
    CHECK_MESSAGE((cells[2] == "cancelled" || may_end), name, ": ", cells[2]);
  }
}

std::string difference(const std::string& page, const std::string& seen) {
  std::string lines;
  const auto add_lines_not_in = [&lines](const std::string& other, const std::string& text,
                                         const char* mark) {
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) {
      if (other.find(line + "\n") == std::string::npos) lines += mark + line + "\n";
    }
  };
  add_lines_not_in(seen, page, "  the page: ");
  add_lines_not_in(page, seen, "  seen:     ");
  return lines.empty() ? "  the same rows in another order\n" : lines;
}

}  // namespace

task<> row::prepare() {
  co_return;
}
task<> row::until_it_waits() {
  return let_turns_pass();
}
task<> row::settle() {
  co_return;
}

void direct_row::complete(hook before, hook after) {
  before();
  has_happened_ = true;
  happen();
  after();
}

task<> direct_row::settle() {
  if (!std::exchange(has_happened_, true)) happen();
  co_return;
}

task<std::string> play(std::vector<entry> rows) {
  std::string table;
  for (const entry& which : rows) {
    table += "| `" + std::string(which.name) + "` |";
    std::array<std::string, all_moments.size()> cells;
    for (std::size_t i = 0; i < all_moments.size(); ++i) {
      cells[i] = co_await play_one(which, all_moments[i]);
      table += " " + cells[i] + " |";
    }
    table += "\n";
    check_rules(*which.make(), which.name, cells);
  }
  co_return table;
}

void check_page(const std::string& section, const std::string& table) {
  // In debug mode what happens in the same turn happens in any order, so another row may be seen.
  if (detail::debug_mode()) return;
  if (!command_line::value_of("print-table", "TRIDEM_PRINT_TABLE").empty()) {
    std::fputs(table.c_str(), stdout);
  }
  std::string page = __FILE__;
  page.resize(page.rfind("tests/support/"));
  page += "docs/cancellation.md";
  std::stringstream text;
  text << std::ifstream(page).rdbuf();
  const std::string all = text.str();
  const std::string start = "<!-- seen by " + section + " -->\n";
  const std::size_t at = all.find(start);
  REQUIRE_MESSAGE(at != std::string::npos, page, " has no line ", start);
  const std::size_t from = at + start.size();
  const std::string there = all.substr(from, all.find("<!-- end -->", from) - from);
  // Its heading is written by hand.
  const std::string rows = there.substr(there.find("|---|\n") + 6);
  const bool is_true = rows == table;
  CHECK_MESSAGE(is_true, page, " says something else than was seen:\n", difference(rows, table),
                "--print-table=yes prints what belongs there");
}

}  // namespace tridem::test::matrix
