// SPDX-License-Identifier: MIT
// A choice among the first nodes of the ready queue, within what the library promises.
#include <tridem/runtime/detail/shuffle.hpp>
#include <tridem/runtime/detail/strand.hpp>

namespace tridem::detail {
namespace {

bool is_callback(const ready_node& node) noexcept {
  return node.resume_point == nullptr;
}

bool gives_way(const ready_node& node) noexcept {
  return !is_callback(node) && static_cast<const strand&>(node).gives_way;
}

}  // namespace

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t shuffle::next() noexcept {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

ready_node& shuffle::take(ready_queue& from) noexcept {
  ready_node* nodes[window];
  std::size_t count = 0;
  for (ready_node* at = from.first(); at != nullptr && count < window; at = at->next_ready) {
    nodes[count++] = at;
  }
  std::size_t chosen = 0;
  // Whoever ran last and is first again was put there by `transfer`: it has only begun to go on.
  if (nodes[0] != taken_last_) {
    chosen = next() % count;
    while (chosen != 0 && gives_way(*nodes[chosen])) chosen = next() % chosen;
  }
  if (is_callback(*nodes[chosen])) {
    chosen = 0;
    while (!is_callback(*nodes[chosen])) ++chosen;
  }
  taken_last_ = nodes[chosen];
  if (gives_way(*nodes[chosen])) static_cast<strand*>(nodes[chosen])->gives_way = false;
  return chosen == 0 ? from.pop_front() : from.pop_after(*nodes[chosen - 1]);
}

}  // namespace tridem::detail
