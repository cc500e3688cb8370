# SPDX-License-Identifier: MIT
# Compiles SOURCE, syntax only, and compares the outcome with what the file expects.
file(READ ${SOURCE} text)
list(TRANSFORM INCLUDES PREPEND -I)
# A warning that must be heeded is made an error by a line `// flags: -Werror=...`.
set(flags "")
if(text MATCHES "// flags: ([^\n]+)")
  separate_arguments(flags UNIX_COMMAND "${CMAKE_MATCH_1}")
endif()
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -Wall -Wextra ${flags} ${INCLUDES} ${SOURCE}
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(SOURCE MATCHES "\\.ok\\.cpp$")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "The positive control does not compile:\n${output}")
  endif()
  return()
endif()
if(NOT text MATCHES "// expect: ")
  message(FATAL_ERROR "${SOURCE} has no line `// expect: <regex>`.")
endif()
if(result EQUAL 0)
  message(FATAL_ERROR "It compiled, but must be refused:\n${text}")
endif()
set(left "${text}")
while(left MATCHES "// expect: ([^\n]+)(.*)")
  set(expected "${CMAKE_MATCH_1}")
  set(left "${CMAKE_MATCH_2}")
  if(NOT output MATCHES "${expected}")
    message(FATAL_ERROR "Refused, but without the text: ${expected}\n${output}")
  endif()
endwhile()
