// SPDX-License-Identifier: MIT
// The bar: files, bytes, speed, and when it will be over.
#include "tree_digest/progress.hpp"

#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <sys/resource.h>

namespace tree_digest {
namespace {

using namespace std::chrono_literals;

struct survey {
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<bool> is_complete{false};
};

// Runs on a thread: asking for the size of each file blocks.
void look_around(std::stop_token stop, const std::string& directory, survey& result) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied,
                                      error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (stop.stop_requested()) return;
    std::error_code unknown;
    if (at->symlink_status(unknown).type() != fs::file_type::regular) continue;
    const std::uintmax_t size = at->file_size(unknown);
    if (!unknown) result.bytes += size;
  }
  result.is_complete = true;
}

std::string with_unit(double bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(units); ++unit) bytes /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

double in_seconds(tridem::duration span) {
  return std::max(std::chrono::duration<double>(span).count(), 1e-6);
}

std::string bar(double share) {
  constexpr std::size_t width = 24;
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * width);
  return '[' + std::string(full, '#') + std::string(width - full, '.') + ']';
}

void draw(const report& results, const survey& all, tridem::duration since) {
  const auto done = static_cast<double>(results.bytes);
  const double speed = done / in_seconds(since);
  std::string line = std::to_string(results.files()) + " files  " + with_unit(done) + "  " +
                     with_unit(speed) + "/s";
  const auto total = static_cast<double>(all.bytes.load());
  if (all.is_complete && total > 0) {
    const double left = std::max(total - done, 0.0) / std::max(speed, 1.0);
    char rest[32];
    std::snprintf(rest, sizeof rest, "  ETA %d:%02d", static_cast<int>(left) / 60,
                  static_cast<int>(left) % 60);
    line = bar(done / total) + ' ' + line + rest;
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

tridem::task<> keep_drawing(const report& results, const survey& all) {
  const tridem::time_point begin = tridem::now();
  for (;;) {
    co_await tridem::sleep(100ms);
    draw(results, all, tridem::now() - begin);
  }
}

}  // namespace

tridem::task<> show_progress(std::string directory, const report& results) {
  survey all;
  co_await tridem::gather(tridem::to_thread(&look_around, directory, std::ref(all)),
                          keep_drawing(results, all));
}

void print_summary(const report& results, const hasher& hash_by, tridem::duration took,
                   const char* how_it_ended, bool clears_progress) {
  if (clears_progress) std::fputs("\r\033[K", stderr);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto bytes = static_cast<double>(results.bytes);
  std::fprintf(stderr, "tree_digest: %s%llu files, %s in %.2f s (%s/s), %llu unreadable\n",
               how_it_ended == nullptr ? "" : how_it_ended,
               static_cast<unsigned long long>(results.files()), with_unit(bytes).c_str(),
               in_seconds(took), with_unit(bytes / in_seconds(took)).c_str(),
               static_cast<unsigned long long>(results.failures()));
  std::fprintf(stderr, "  read by %s, hashed by %s; %s of memory at most\n",
               tridem::event_loop::current().driver_name(), hash_by.describe().c_str(),
               with_unit(static_cast<double>(usage.ru_maxrss) * 1024).c_str());
}

}  // namespace tree_digest
