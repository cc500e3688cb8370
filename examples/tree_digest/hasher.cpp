// SPDX-License-Identifier: MIT
// One function, called in three ways.
#include "tree_digest/hasher.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/sleep.hpp>

#include <functional>

namespace tree_digest {
namespace {

class process_hasher final : public hasher {
 public:
  explicit process_hasher(std::size_t workers) : pool_({.workers = workers}) {}

  tridem::task<answer> hash(const tridem::shared_memory& block, const request& what) override {
    // Hashing again does no harm, so a worker may die at any time. The block is not copied: the
    // worker maps the same pages.
    constexpr tridem::call_options again{.idempotent = true, .retries = 100};
    auto call = pool_.with(again).submit<&hash_contents>(block, what);
    co_return co_await std::move(call);
  }
  tridem::task<> finish() override { return pool_.shutdown(); }
  [[nodiscard]] std::size_t width() const override { return pool_.size(); }
  [[nodiscard]] std::string describe() const override {
    const std::size_t again = pool_.stats().retried;
    std::string text = std::to_string(width()) + " worker processes";
    if (again != 0) text += " (" + std::to_string(again) + " calls again after a worker died)";
    return text;
  }

 private:
  tridem::process_pool pool_;
};

class thread_hasher final : public hasher {
 public:
  explicit thread_hasher(std::size_t workers) : pool_({.threads = workers, .name = "hash"}) {}

  tridem::task<answer> hash(const tridem::shared_memory& block, const request& what) override {
    co_return co_await pool_.submit(&hash_contents, std::cref(block), std::cref(what));
  }
  tridem::task<> finish() override { co_await pool_.shutdown(); }
  [[nodiscard]] std::size_t width() const override { return pool_.size(); }
  [[nodiscard]] std::string describe() const override {
    return std::to_string(width()) + " threads";
  }

 private:
  tridem::thread_pool pool_;
};

class loop_hasher final : public hasher {
 public:
  tridem::task<answer> hash(const tridem::shared_memory& block, const request& what) override {
    // Others have waited for a whole block; they are next.
    co_await tridem::yield();
    co_return hash_contents(block, what);
  }
  tridem::task<> finish() override { co_return; }
  [[nodiscard]] std::size_t width() const override { return 1; }
  [[nodiscard]] std::string describe() const override { return "the loop alone"; }
};

}  // namespace

std::unique_ptr<hasher> make_hasher(executor where, std::size_t workers) {
  switch (where) {
    case executor::processes:
      return std::make_unique<process_hasher>(workers);
    case executor::threads:
      return std::make_unique<thread_hasher>(workers);
    case executor::loop:
      break;
  }
  return std::make_unique<loop_hasher>();
}

}  // namespace tree_digest
