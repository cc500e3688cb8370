// SPDX-License-Identifier: MIT
// Which driver a loop gets: as asked for, as the environment says, as the system allows.
#include <tridem/io/choose_driver.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace tridem;

namespace {

// Sets TRIDEM_DRIVER for the length of a test.
class environment_choice {
 public:
  explicit environment_choice(const char* value) {
    if (const char* before = std::getenv("TRIDEM_DRIVER")) before_ = before;
    ::setenv("TRIDEM_DRIVER", value, 1);
  }
  environment_choice(const environment_choice&) = delete;
  environment_choice& operator=(const environment_choice&) = delete;
  ~environment_choice() {
    if (before_) {
      ::setenv("TRIDEM_DRIVER", before_->c_str(), 1);
    } else {
      ::unsetenv("TRIDEM_DRIVER");
    }
  }

 private:
  std::optional<std::string> before_;
};

// The name of the driver that is chosen, or the text of the error.
std::string outcome_of(driver_choice choice) {
  try {
    return choose_driver(choice)->name();
  } catch (const std::system_error& error) {
    return error.what();
  }
}

// A system may forbid io_uring, or a build leave it out; then the error says so.
void check_uring(const std::string& outcome) {
  const bool made = outcome == "uring";
  const bool explained = outcome.find("io_uring was asked for, but ") == 0;
  CHECK_MESSAGE((made || explained), outcome);
}

}  // namespace

TEST_CASE("a driver that was asked for is the one that comes, or an error that says what to do") {
  const environment_choice nothing("");
  check_uring(outcome_of(driver_choice::uring));
#ifdef TRIDEM_HAS_ASIO
  CHECK(outcome_of(driver_choice::asio) == "asio");
#else
  CHECK(outcome_of(driver_choice::asio).find("TRIDEM_ASIO") != std::string::npos);
#endif
}

TEST_CASE("automatic takes io_uring wherever it can be had") {
  const environment_choice nothing("automatic");
  const std::string forced = outcome_of(driver_choice::uring);
  const std::string chosen = outcome_of(driver_choice::automatic);
  CHECK(chosen == (forced == "uring" ? "uring" : "asio"));
}

TEST_CASE("the environment decides where the program does not") {
  {
    const environment_choice uring("uring");
    check_uring(outcome_of(driver_choice::automatic));
#ifdef TRIDEM_HAS_ASIO
    CHECK(outcome_of(driver_choice::asio) == "asio");
#endif
  }
#ifdef TRIDEM_HAS_ASIO
  const environment_choice asio("asio");
  CHECK(outcome_of(driver_choice::automatic) == "asio");
#endif
}

TEST_CASE("a value that is none is refused, not ignored") {
  const environment_choice wrong("epoll");
  std::string text;
  try {
    static_cast<void>(choose_driver());
  } catch (const std::invalid_argument& error) {
    text = error.what();
  }
  CHECK(text.find("epoll") != std::string::npos);
  CHECK(text.find("uring, asio or automatic") != std::string::npos);
}

TEST_CASE("many loops after one another leave nothing") {
  for (int i = 0; i < 50; ++i) static_cast<void>(choose_driver());
}
