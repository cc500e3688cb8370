// SPDX-License-Identifier: MIT
// What a driver is, last part: every operation at every moment, as a table. docs/io.md shows it,
// and must show what is seen here, on each driver.
#include "tests/io/conformance_failures.hpp"
#include "tests/io/conformance_file_rows.hpp"
#include "tests/io/conformance_peer_failures.hpp"
#include "tests/io/conformance_socket_rows.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/drivers.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tridem::test {
namespace {

std::vector<conformance_row> all_rows() {
  std::vector<conformance_row> rows;
  for (const auto& part :
       {connection_rows(), message_rows(), transfer_rows(), file_rows(), name_rows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  std::ranges::sort(rows, {}, &conformance_row::kind);
  return rows;
}

std::string words_for(op_kind kind, std::int32_t result) {
  if (result < 0) return ::strerrorname_np(-result);
  switch (kind) {
    case op_kind::accept:
    case op_kind::open:
      return "a descriptor";
    case op_kind::recv:
    case op_kind::receive:
    case op_kind::send:
    case op_kind::recvmsg:
    case op_kind::sendmsg:
    case op_kind::read:
    case op_kind::write:
    case op_kind::readv:
    case op_kind::writev:
      CHECK(result == 4);
      return "bytes";
    case op_kind::read_directory:
      CHECK(result > 0);
      return "bytes";
    case op_kind::poll:
      return "events";
    default:
      CHECK(result == 0);
      return "done";
  }
}

bool is_cut_short(std::int32_t result) {
  return result == -ECANCELED || result == -EINTR;
}

std::string success(raw_driver& io, const conformance_row& row) {
  conformance_world world;
  const auto op = row.succeeding(world);
  return words_for(row.kind, io.run(*op));
}

std::vector<conformance_failure> all_failures() {
  std::vector<conformance_failure> all;
  for (const auto& part : {failures_of_connections(), failures_of_peers(), failures_of_places(),
                           failures_of_names(), failures_of_descriptors()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// The code of each failure, in the order in which they are listed.
std::string failure(raw_driver& io, const conformance_row& row) {
  if (row.failing == nullptr) return "never";
  std::vector<conformance_row::maker> makers{row.failing};
  for (const conformance_failure& one : all_failures()) {
    if (one.kind == row.kind) makers.push_back(one.make);
  }
  std::string codes;
  for (const conformance_row::maker& make : makers) {
    conformance_world world;
    const auto op = make(world);
    const std::int32_t result = io.run(*op);
    CHECK(result < 0);
    const std::string code = words_for(row.kind, result);
    if (codes.find(code) == std::string::npos) codes += (codes.empty() ? "" : ", ") + code;
  }
  return codes;
}

std::string cancelled_before(raw_driver& io, const conformance_row& row) {
  conformance_world world;
  const auto op = row.succeeding(world);
  io.submit(*op);
  io.cancel(*op);
  CHECK(op->state == operation_state::done);
  CHECK(io.look().empty());
  return words_for(row.kind, op->result);
}

// Given to the system, and cancelled as soon as that can be. What does not wait may have ended.
std::string cancelled_at_once(raw_driver& io, const conformance_row& row) {
  for (int round = 0; round < 5; ++round) {
    conformance_world world;
    const auto op = row.succeeding(world);
    io.submit(*op);
    io.look();
    if (op->state == operation_state::in_flight) io.cancel(*op);
    const std::int32_t result = io.finish(*op);
    const bool must_be_done = row.kind == op_kind::close || row.kind == op_kind::nop;
    CHECK((result >= 0 || (!must_be_done && is_cut_short(result))));
    if (must_be_done) return "done";
  }
  return "done or ECANCELED";
}

std::string cancelled_while_waiting(raw_driver& io, const conformance_row& row) {
  if (row.waiting == nullptr) return cancelled_at_once(io, row);
  conformance_world world;
  const auto op = row.waiting(world);
  io.start_waiting(*op);
  io.cancel(*op);
  const std::int32_t result = io.finish(*op);
  CHECK(op->was_cancelled());
  return words_for(row.kind, result);
}

// What it waits for has happened, the driver does not know yet, and the cancellation comes. What is
// not delivered is there for the next.
std::string cancelled_late(raw_driver& io, const conformance_row& row) {
  if (row.waiting == nullptr) return "";
  for (int round = 0; round < 5; ++round) {
    conformance_world world;
    const auto op = row.waiting(world);
    io.start_waiting(*op);
    row.happens(world);
    io.cancel(*op);
    const std::int32_t result = io.finish(*op);
    if (result >= 0) {
      words_for(row.kind, result);
      continue;
    }
    CHECK(is_cut_short(result));
    const auto next = row.waiting(world);
    words_for(row.kind, io.run(*next));
    CHECK(next->result >= 0);
  }
  return "delivered or kept";
}

std::string table_of(raw_driver& io) {
  std::string table;
  for (const conformance_row& row : all_rows()) {
    INFO(name_of(row.kind));
    table += "| `" + std::string(name_of(row.kind)) + "` |";
    for (const auto cell :
         {success, failure, cancelled_before, cancelled_while_waiting, cancelled_late}) {
      table += " " + cell(io, row) + " |";
    }
    table += "\n";
  }
  return table;
}

std::string table_of_the_page() {
  std::string path = __FILE__;
  path.resize(path.rfind("tests/io/"));
  path += "docs/io.md";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string page = text.str();
  const std::string mark = "<!-- operations -->\n";
  const std::size_t start = page.find(mark);
  const std::size_t end = page.rfind(mark);
  REQUIRE_MESSAGE(start != end, path, " has no table between two marks <!-- operations -->");
  return page.substr(start + mark.size(), end - start - mark.size());
}

TEST_CASE("conformance: every kind of operation has its row") {
  const std::vector<conformance_row> rows = all_rows();
  const auto kinds = static_cast<std::size_t>(op_kind::wait_doorbell) + 1;
  REQUIRE(rows.size() == kinds);
  for (std::size_t i = 0; i < kinds; ++i) CHECK(rows[i].kind == static_cast<op_kind>(i));
}

TEST_CASE("conformance: every operation at every moment is as docs/io.md says") {
  for_each_driver([](raw_driver& io) {
    const std::string seen = table_of(io);
    if (!command_line::value_of("print-table", "TRIDEM_PRINT_TABLE").empty()) {
      std::fputs(seen.c_str(), stdout);
    }
    const std::string page = table_of_the_page();
    const std::string rows = page.substr(page.find("|\n| `") + 2);
    CHECK_MESSAGE(rows == seen, "the page says\n", rows, "but seen was\n", seen);
  });
}

}  // namespace
}  // namespace tridem::test
