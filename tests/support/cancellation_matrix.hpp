// SPDX-License-Identifier: MIT
// Every awaitable, cancelled at every moment: the harness behind the table in docs/cancellation.md.
#pragma once

#include <tridem/runtime/task.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tridem::test::matrix {

/// When the task that awaits is cancelled.
enum class moment : unsigned char {
  before_it_starts,      ///< The await begins in a cancelled task; nothing is ready.
  before_though_ready,   ///< The same, but what it would wait for is there already.
  while_it_waits,        ///< It stands at its wait.
  just_before_it_ends,   ///< In the same turn in which the wait completes, before it.
  just_after_it_ended,   ///< In the same turn, after it; the awaiter has not been resumed.
  when_it_has_returned,  ///< A turn later: the awaiter stands at its next await.
};
inline constexpr std::array all_moments{moment::before_it_starts,    moment::before_though_ready,
                                        moment::while_it_waits,      moment::just_before_it_ends,
                                        moment::just_after_it_ended, moment::when_it_has_returned};

using hook = std::function<void()>;

/// One awaitable with all that it needs, made afresh for each moment.
class row {
 public:
  row() = default;
  row(const row&) = delete;
  virtual ~row() = default;

  /// Called first: takes locks, starts partners.
  virtual task<> prepare();
  /// The await that is looked at, and nothing else that waits.
  virtual task<> act() = 0;
  /// Returns when `act` stands at its wait.
  virtual task<> until_it_waits();
  /// Lets the wait of `act` complete, soon or at once: calls `before` at the last moment before,
  /// and `after` at the first moment after that, when `act` has not been resumed yet.
  virtual void complete(hook before, hook after) = 0;
  /// Ends what `prepare` and `act` have left running.
  virtual task<> settle();
  /// What is broken or lost now; empty when all is whole. `delivered`: the await gave its result.
  virtual std::string damage(bool delivered) = 0;

  /// The wait goes on whatever is cancelled, so only `complete` ends it.
  [[nodiscard]] virtual bool ignores_cancellation() const { return false; }
  /// Its own end is worth less than a cancellation: a timeout.
  [[nodiscard]] virtual bool yields_to_cancellation() const { return false; }
  /// It may end by itself, or deliver what it has when it is told to stop.
  [[nodiscard]] virtual bool is_decided_elsewhere() const { return false; }
  /// The kernel, another thread or process decides, so that both are seen; nothing is lost in
  /// either case.
  [[nodiscard]] virtual bool may_go_either_way() const { return false; }

  moment when = moment::before_it_starts;  ///< Which one is played, set before all else.
};

struct entry {
  const char* name;  // as it stands in the table, "mutex.lock"
  std::unique_ptr<row> (*make)();
};

template <class Row>
std::unique_ptr<row> make_row() {
  return std::make_unique<Row>();
}

/// Plays all moments of all rows, on this loop, and checks what holds for every awaitable: a
/// cancelled task does nothing more, a completed wait is delivered, the next await is cut, nothing
/// is lost. Gives the lines of the table.
task<std::string> play(std::vector<entry> rows);

/// Checks that docs/cancellation.md has `table` between the marks of `section`. `--print-table=yes`
/// prints what belongs there.
void check_page(const std::string& section, const std::string& table);

/// For what completes by a call: `happen`, between the two hooks.
class direct_row : public row {
 public:
  void complete(hook before, hook after) override;
  /// Lets it happen when it has not yet.
  task<> settle() override;

 protected:
  virtual void happen() = 0;

 private:
  bool has_happened_ = false;
};

}  // namespace tridem::test::matrix
