// SPDX-License-Identifier: MIT
// map on worker processes: chunks of the input, a bounded number under way, results in order.
#pragma once

#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/detail/this_strand.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/task.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tridem::detail {

/// How a function takes one item of a map: as its only parameter, or spread over all of them.
enum class item_form : bool { whole, spread };

template <class Parameters, item_form Form>
struct map_item;
template <class Parameter>
struct map_item<parameter_list<Parameter>, item_form::whole> {
  using type = stored_parameter<Parameter>;
};
template <class... Parameter>
struct map_item<parameter_list<Parameter...>, item_form::spread> {
  using type = std::tuple<stored_parameter<Parameter>...>;
};
template <class... Parameter>
  requires(sizeof...(Parameter) != 1)
struct map_item<parameter_list<Parameter...>, item_form::whole> {
  static_assert(sizeof...(Parameter) == 1,
                "tridem: map<&f> needs a function of one parameter; use starmap<&f> with tuples");
};

template <class R>
using map_value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

/// What stands behind map<Function> in a worker. It looks between two items whether it is to stop;
/// then it returns fewer results than there were items.
template <auto Function, item_form Form>
struct map_work {
  using signature = job_signature<decltype(Function)>;
  using result = typename signature::result;
  using item = typename map_item<typename given_parameters<typename signature::parameters>::type,
                                 Form>::type;
  using results = std::vector<map_value<result>>;

  /// @param token  The stop token that all items are called with, or nothing.
  template <class... Token>
  static result call(item& each, const Token&... token) {
    if constexpr (Form == item_form::spread) {
      return std::apply(Function, std::tuple_cat(std::tuple<Token...>(token...), std::move(each)));
    } else {
      return std::apply(Function, std::tuple<Token..., item&&>(token..., std::move(each)));
    }
  }

  template <class... Token>
  static results run(std::vector<item>& items, const Token&... token) {
    results all;
    all.reserve(items.size());
    for (item& each : items) {
      if (cancel_requested()) break;
      if constexpr (std::is_void_v<result>) {
        call(each, token...);
        all.emplace_back();
      } else {
        all.push_back(call(each, token...));
      }
    }
    return all;
  }
};

/// The job of a chunk: takes a stop token if the function does.
template <auto Function, item_form Form,
          class Parameters = typename job_signature<decltype(Function)>::parameters>
struct map_job : map_work<Function, Form> {
  using work = map_work<Function, Form>;
  static typename work::results run(std::vector<typename work::item> items) {
    return work::run(items);
  }
};
template <auto Function, item_form Form, class First, class... Rest>
  requires stop_token_like<std::remove_cvref_t<First>>
struct map_job<Function, Form, parameter_list<First, Rest...>> : map_work<Function, Form> {
  using work = map_work<Function, Form>;
  static typename work::results run(std::remove_cvref_t<First> token,
                                    std::vector<typename work::item> items) {
    return work::run(items, token);
  }
};

/// The items of one chunk where they are: encoded from there, without a copy.
template <class Item, class Iterator>
struct map_slice {
  Iterator first;
  std::size_t count;

  static void write(message_writer& out, const void* object) {
    const auto& slice = *static_cast<const map_slice*>(object);
    out.length(slice.count);
    if constexpr (plain_bits<Item> && std::contiguous_iterator<Iterator> &&
                  std::is_same_v<std::iter_value_t<Iterator>, Item>) {
      out.bytes(std::to_address(slice.first), slice.count * sizeof(Item));
    } else {
      write_each(out, slice);
    }
  }

 private:
  static void write_each(message_writer& out, const map_slice& slice) {
    Iterator at = slice.first;
    for (std::size_t i = 0; i < slice.count; ++i, ++at) {
      if constexpr (plain_bits<Item>) {
        out.value(static_cast<Item>(*at));
      } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*at)>, Item>) {
        encode<Item>(out, *at);
      } else {
        encode<Item>(out, static_cast<Item>(*at));
      }
    }
  }
};

/// The call of one chunk.
template <auto Function, item_form Form, class Iterator>
class map_chunk_awaiter final
    : public process_call_result<std::vector<map_value<typename map_job<Function, Form>::result>>> {
  using chunk_job = map_job<Function, Form>;
  using slice = map_slice<typename chunk_job::item, Iterator>;
  using results = std::vector<map_value<typename chunk_job::result>>;

 public:
  map_chunk_awaiter(process_pool& pool, call_options how, Iterator first, std::size_t count)
      : process_call_result<results>(pool, job<&chunk_job::run>::entry, {&slice::write, &slice_},
                                     how),
        slice_{first, count} {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) {
    return this->begin(awaiting);
  }
  results await_resume() { return this->take(); }

 private:
  slice slice_;
};

template <auto Function, item_form Form, class Iterator>
class map_chunk_awaitable {
 public:
  map_chunk_awaitable(process_pool& pool, call_options how, Iterator first, std::size_t count)
      : pool_(&pool), how_(how), first_(first), count_(count) {}
  map_chunk_awaiter<Function, Form, Iterator> operator co_await() const {
    return map_chunk_awaiter<Function, Form, Iterator>(*pool_, how_, first_, count_);
  }

 private:
  process_pool* pool_;
  call_options how_;
  Iterator first_;
  std::size_t count_;
};

/// What all lanes of one map share.
template <class R, class View>
struct process_map_state {
  View items;
  std::size_t chunk;
  std::size_t size;
  std::size_t next = 0;  // the first item that nobody has taken
  std::vector<std::vector<map_value<R>>> results = {};
};

template <auto Function, item_form Form, class State>
task<> process_map_lane(process_pool& pool, call_options how, State& state) {
  using iterator = decltype(std::ranges::begin(state.items));
  while (state.next < state.size) {
    const std::size_t first = state.next;
    const std::size_t count = std::min(state.chunk, state.size - first);
    state.next += count;
    const iterator at =
        std::ranges::begin(state.items) + static_cast<std::iter_difference_t<iterator>>(first);
    map_chunk_awaitable<Function, Form, iterator> call(pool, how, at, count);
    state.results[first / state.chunk] = co_await call;
  }
}

template <auto Function, item_form Form, class View>
auto process_map(process_pool& pool, std::size_t workers, call_options how, View items,
                 map_options options)
    -> task<std::conditional_t<std::is_void_v<typename map_job<Function, Form>::result>, void,
                               std::vector<typename map_job<Function, Form>::result>>> {
  using result = typename map_job<Function, Form>::result;
  const auto size = static_cast<std::size_t>(std::ranges::size(items));
  const std::size_t chunk = chunk_of(options, size, workers);
  process_map_state<result, View> state{std::move(items), chunk, size};
  state.results.resize((size + chunk - 1) / chunk);
  const std::size_t lane_count = std::min(in_flight_of(options, workers), state.results.size());
  std::vector<task<>> lanes;
  for (std::size_t i = 0; i < lane_count; ++i) {
    lanes.push_back(process_map_lane<Function, Form>(pool, how, state));
  }
  co_await gather(std::move(lanes));
  // A chunk that was told to stop has returned normally, and the stop is for this task.
  strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  if constexpr (!std::is_void_v<result>) {
    if (state.results.size() == 1) co_return std::move(state.results.front());
    std::vector<result> all;
    all.reserve(size);
    for (auto& part : state.results) {
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    }
    co_return all;
  }
}

}  // namespace tridem::detail
