// SPDX-License-Identifier: MIT
// How files become blocks.
#include "tree_digest/reader.hpp"

#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>

#include <utility>

namespace tree_digest {
namespace {

// Small files travel together, but not so many that one call becomes long.
constexpr std::size_t files_per_block = 64;

std::error_code code_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& failed) {
    return failed.code();
  }
}

}  // namespace

reader::reader(tridem::queue<found_file>& files, hasher& hash_by, report& results)
    : files_(files), hash_by_(hash_by), results_(results) {}

tridem::task<> reader::work() {
  batch first{.block = tridem::shared_memory::create(block_size), .what = {}, .files = {}};
  batch second{.block = tridem::shared_memory::create(block_size), .what = {}, .files = {}};
  batch* hashing = &first;
  batch* filling = &second;
  co_await fill(*hashing);
  while (!hashing->what.sizes.empty()) {
    auto [result, filled] =
        co_await tridem::gather(hash_by_.hash(hashing->block, hashing->what), fill(*filling));
    deliver(*hashing, result);
    filling->what.carried = result.carried;
    std::swap(hashing, filling);
  }
}

void reader::deliver(const batch& hashed, const answer& result) {
  for (std::size_t i = 0; i < hashed.files.size(); ++i) {
    results_.digested(hashed.files[i].place, result.digests.at(i), hashed.files[i].path);
  }
}

tridem::task<> reader::fill(batch& into) {
  into.filled = 0;
  into.files.clear();
  into.what.sizes.clear();
  into.what.continues = current_.has_value();
  into.what.unfinished = false;
  while (into.filled < block_size && into.files.size() < files_per_block) {
    if (!current_) {
      // What is in hand must not wait for the walk.
      const bool opened = co_await open_next(into.what.sizes.empty());
      if (!opened) co_return;
    }
    const std::size_t piece_begin = into.filled;
    bool goes_on = true;
    while (goes_on && into.filled < block_size) goes_on = co_await read_some(into, piece_begin);
    if (goes_on) {
      into.what.sizes.push_back(static_cast<std::uint32_t>(into.filled - piece_begin));
      into.what.unfinished = true;
    }
  }
}

tridem::task<bool> reader::open_next(bool may_wait) {
  for (;;) {
    std::optional<found_file> next = files_.try_get();
    if (!next && !may_wait) co_return false;
    if (!next) next = co_await files_.get();
    if (!next) co_return false;
    const auto flags = tridem::open_flags::read | tridem::open_flags::no_follow;
    auto opened = co_await tridem::as_result(tridem::file::open(next->path, flags));
    if (opened) {
      current_.emplace(open_file{std::move(*next), std::move(opened).value(), 0});
      co_return true;
    }
    results_.failed(next->place, next->path, code_of(opened.exception()));
  }
}

tridem::task<bool> reader::read_some(batch& into, std::size_t piece_begin) {
  const tridem::mutable_buffer rest = into.block.bytes().subspan(into.filled);
  auto count = co_await tridem::as_result(current_->contents.read_at(rest, current_->offset));
  if (count && *count != 0) {
    into.filled += *count;
    current_->offset += *count;
    results_.bytes += *count;
    co_return true;
  }
  if (count) {
    into.what.sizes.push_back(static_cast<std::uint32_t>(into.filled - piece_begin));
    into.files.push_back(std::move(current_->which));
  } else {
    // The piece is dropped. If it continued the file, the first piece now begins another one.
    results_.failed(current_->which.place, current_->which.path, count.error());
    into.filled = piece_begin;
    if (into.what.sizes.empty()) into.what.continues = false;
  }
  co_await current_->contents.close();
  current_.reset();
  co_return false;
}

}  // namespace tree_digest
