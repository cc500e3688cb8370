# SPDX-License-Identifier: MIT
# A rule that never complains may have gone blind: plants each offence in a tree of its own below
# FOLDER and expects the complaint. Run: cmake -DFOLDER=<scratch> -P cmake/house_self_test.cmake
cmake_minimum_required(VERSION 3.24)
set(head "// SPDX-License-Identifier: MIT\n// Planted.\n")
set(failures "")

# expect(<rule> <file> <content> <regex>): the rule must complain so; an empty regex: not at all.
function(expect rule file content regex)
  file(REMOVE_RECURSE ${FOLDER})
  file(WRITE ${FOLDER}/${file} "${head}${content}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${FOLDER} -P ${CMAKE_CURRENT_LIST_DIR}/${rule}.cmake
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(regex STREQUAL "")
    if(result EQUAL 0)
      return()
    endif()
  elseif(NOT result EQUAL 0)
    # Messages are wrapped at words.
    string(REGEX REPLACE "[ \n]+" " " output "${output}")
    if(output MATCHES "${regex}")
      return()
    endif()
  endif()
  string(APPEND failures "  ${rule} on `${content}`: expected `${regex}`, got:\n${output}\n")
  set(failures "${failures}" PARENT_SCOPE)
endfunction()

expect(layering runtime/a.hpp "#pragma once\n#include <tridem/io/tcp.hpp>" "goes up: runtime stands below io")
expect(layering io/a.cpp "#include \"pool/worker/job.hpp\"" "goes up: io stands below pool")
expect(layering io/a.cpp "#include <liburing.h>" "liburing lives in io/uring/")
expect(layering pool/a.cpp "#include <boost/asio/post.hpp>" "Asio lives in io/asio/")
expect(layering io/a.hpp "#pragma once\n#include <functional>" "too dear or too system-bound")
expect(layering runtime/a.cpp "#include <tridem/runtime/task.hpp>" "")

set(condition "name the awaited value first")
expect(await_lint io/a.cpp "  if (co_await f()) x();" "${condition}")
expect(await_lint io/a.cpp "  while (a == co_await f(1)) x();" "${condition}")
expect(await_lint io/a.cpp "  do { x(); } while (co_await f());" "${condition}")
expect(await_lint io/a.cpp "  auto x = c ? co_await a() : b;" "use if and else")
expect(await_lint io/a.cpp "  auto x = c ? b() : co_await a();" "use if and else")
expect(await_lint io/a.cpp "  throw e(co_await f());" "destroys what is thrown twice")
expect(await_lint io/a.cpp "  co_await f({\"a\", \"b\"});" "name the list first")
expect(await_lint io/a.cpp "  pair<int> both{co_await f(), 1};" "inside an aggregate twice")
expect(await_lint io/a.cpp "  co_await f([a = std::move(b)] { return 1; });" "name the lambda")
foreach(good "if (x(y(1), 2)) co_return co_await f();" "for (auto y : co_await f()) z();"
    "if (auto v = co_await f(); v) z();" "auto r = c ? a : b; co_await r;"
    "co_await f({.chunk = 8});" "// if (co_await f()) is what g++ 12 gets wrong")
  expect(await_lint io/a.cpp "  ${good}" "")
endforeach()

file(REMOVE_RECURSE ${FOLDER})
if(failures)
  message(FATAL_ERROR "The rules of the house are blind:\n${failures}")
endif()
message("Every planted offence was found.")
