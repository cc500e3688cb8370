// SPDX-License-Identifier: MIT
// The window of results between the first unprinted file and the newest.
#include "tree_digest/report.hpp"

#include <tridem/io/buffer.hpp>
#include <tridem/runtime/result.hpp>

#include <cstdio>
#include <utility>

namespace tree_digest {
namespace {

// Names and digests of this many files may wait behind one large file.
constexpr std::size_t waiting_max = 1 << 20;
constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

std::size_t report::add_file() {
  lines_.emplace_back();
  return printed_ + lines_.size() - 1;
}

void report::settle(std::size_t place, std::string line) {
  lines_[place - printed_] = std::move(line);
  if (place == printed_) ready_.set();
}

void report::digested(std::size_t place, const digest& of_contents, const std::string& path) {
  ++files_;
  settle(place, format_line(of_contents, path));
}

void report::failed(std::optional<std::size_t> place, const std::string& path,
                    std::error_code cause) {
  ++failures_;
  std::fprintf(stderr, "tree_digest: %s: %s\n", escape_name(path).c_str(), cause.message().c_str());
  if (place) settle(*place, {});
}

void report::walk_ended() {
  walk_has_ended_ = true;
  ready_.set();
}

tridem::task<> report::room() {
  while (lines_.size() >= waiting_max) {
    room_.clear();
    co_await room_.wait();
  }
}

tridem::task<> report::print(tridem::pipe_writer& out, bool clear_progress) {
  while (!walk_has_ended_ || !lines_.empty()) {
    std::string text;
    while (!lines_.empty() && lines_.front() && text.size() < piece_size) {
      text += *lines_.front();
      lines_.pop_front();
      ++printed_;
    }
    room_.set();
    if (!text.empty()) {
      if (clear_progress) std::fputs("\r\033[K", stderr);
      auto written = co_await tridem::as_result(out.write_all(tridem::as_bytes(text)));
      if (!written) throw output_failed(written.error());
    } else if (!walk_has_ended_ || !lines_.empty()) {
      ready_.clear();
      co_await ready_.wait();
    }
  }
}

}  // namespace tree_digest
