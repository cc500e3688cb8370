// SPDX-License-Identifier: MIT
// The words of a command, and what a standard stream may be.
#include <tridem/io/subprocess_options.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace tridem;
using words = std::vector<std::string>;

TEST_CASE("words are kept as they are, whatever kind of text they come as") {
  const std::string option = "-e";
  const command_line command{"program", option, std::string_view("a 'b' $c"), ""};
  CHECK(command.words() == words{"program", "-e", "a 'b' $c", ""});
  CHECK(command_line{"alone"}.words() == words{"alone"});
  CHECK(command_line("one string").words() == words{"one string"});
}

TEST_CASE("words from a list made at run time") {
  words list{"program"};
  for (int i = 0; i < 3; ++i) list.push_back(std::to_string(i));
  const command_line command{list};
  CHECK(command.words() == words{"program", "0", "1", "2"});
}

TEST_CASE("a copy of a command is a copy, not a word") {
  const command_line command{"a", "b"};
  const command_line copy{command};
  CHECK(copy.words() == command.words());
}

static_assert(stdio::pipe.what() == stdio::kind::pipe);
static_assert(stdio::descriptor(7).fd() == 7);
