// SPDX-License-Identifier: MIT
// expect: an operation was destroyed while the system still works on it
#include <tridem/runtime/operation.hpp>

#include <cstdio>

namespace {

class request final : public tridem::operation {
 public:
  request() noexcept : operation(tridem::op_kind{}) {}
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "request");
  }
};

}  // namespace

int main() {
  request lost;
  lost.state = tridem::operation_state::in_flight;
}
