# SPDX-License-Identifier: MIT
# Every awaitable has its row in the table of docs/cancellation.md, which the cancellation matrix of
# the tests has played (tests/*/cancellation_matrix_test.cpp), every operation in that of docs/io.md.
# Run: cmake -DROOT=<source> -P cmake/awaitables.cmake
cmake_minimum_required(VERSION 3.24)

# Not awaited, or awaited as what another row is about.
set(no_row
  run_on_each              # blocks its thread; each loop inside is cancelled as run is
  task_group.create_task   # gives a handle: task_handle
  outcome.value result.value task_handle.result
  operation_awaitable.into_result  # the same operation: as_result
  limited.operator         # limit
  # So far cancelled in tests of their own only.
  mutex.recover pipe.send pipe.recv process.started process.join remote.make remote.call
  remote.close resolve open_connection)

file(READ ${ROOT}/docs/cancellation.md page)
set(missing "")
set(seen 0)

# Sets `public` to `text` without what stands in namespace detail.
function(cut_detail text)
  while(TRUE)
    string(FIND "${text}" "\nnamespace detail {" from)
    string(FIND "${text}" "\n}  // namespace detail\n" to)
    if(from EQUAL -1 OR to LESS from)
      break()
    endif()
    string(SUBSTRING "${text}" 0 ${from} before)
    string(SUBSTRING "${text}" ${to} -1 text)
    string(SUBSTRING "${text}" 10 -1 text)
    set(text "${before}${text}")
  endwhile()
  set(public "${text}" PARENT_SCOPE)
endfunction()

# Brackets and semicolons mean something to CMake's lists.
function(read_lines file result)
  file(READ ${file} text)
  cut_detail("${text}")
  string(REPLACE ";" "@" public "${public}")
  string(REGEX REPLACE "[][]" "|" public "${public}")
  string(REPLACE "\n" ";" public "${public}")
  set(${result} "${public}" PARENT_SCOPE)
endfunction()

set(words "(inline |static |friend |[|][|][a-z]+[|][|] )*")
set(kinds "([a-z_:]*awaitable(<[^@]*>)?|task<[^@()]*>|async_generator<[^@()]*>|auto)")
foreach(floor runtime pool)
  file(GLOB headers RELATIVE ${ROOT} ${ROOT}/${floor}/*.hpp)
  foreach(header IN LISTS headers)
    read_lines(${ROOT}/${header} lines)
    set(class "")
    set(is_private FALSE)
    foreach(line IN LISTS lines)
      if(line MATCHES "^(class|struct) .*$" AND NOT line MATCHES "@$")
        string(REGEX REPLACE "[|][|][^|]*[|][|] |\\([^)]*\\)" "" line "${line}")
        string(REGEX MATCH "^(class|struct) ([a-z_]+)" ignored "${line}")
        set(class "${CMAKE_MATCH_2}")
        set(is_private FALSE)
      elseif(line MATCHES "^ private:")
        set(is_private TRUE)
      elseif(line MATCHES "^ public:")
        set(is_private FALSE)
      elseif(line MATCHES "^ ? ?${words}${kinds} ([a-z_]+)\\(")
        set(name "${CMAKE_MATCH_4}")
        if(line MATCHES "^  ")
          if(is_private)
            continue()
          endif()
          set(name "${class}.${name}")
        endif()
        math(EXPR seen "${seen} + 1")
        if(NOT name IN_LIST no_row AND NOT page MATCHES "\n[|] `([^|\n]* )?${name}[^a-z_.]")
          string(APPEND missing "  ${header}: ${name}\n")
        endif()
      endif()
    endforeach()
  endforeach()
endforeach()

# In io everything is made of the operations of the closed list; each driver plays all of them
# (tests/io/conformance_table_test.cpp).
file(READ ${ROOT}/docs/io.md page)
set(operations "")
foreach(part operations detail/socket_operations detail/file_operations)
  file(STRINGS ${ROOT}/io/${part}.hpp some REGEX "^struct [a-z_]+_operation :")
  list(APPEND operations ${some})
endforeach()
foreach(line IN LISTS operations)
  string(REGEX REPLACE "^struct ([a-z_]+)_operation.*" "\\1" name "${line}")
  math(EXPR seen "${seen} + 1")
  if(NOT page MATCHES "\n[|] `${name}`")
    string(APPEND missing "  io/operations.hpp: ${name}, in docs/io.md\n")
  endif()
endforeach()

if(missing)
  message(FATAL_ERROR "No row of the cancellation matrix says what happens when these are cancelled; "
    "add one to tests/*/cancellation_matrix_*, and its line to docs/cancellation.md:\n${missing}")
endif()
if(seen LESS 50)
  message(FATAL_ERROR "Only ${seen} awaitables were found: does this rule still read the headers?")
endif()
