# SPDX-License-Identifier: MIT
# Runs PROGRAM, which must end by SIGABRT and say what SOURCE expects.
file(READ ${SOURCE} text)
if(NOT text MATCHES "// expect: ([^\n]+)")
  message(FATAL_ERROR "${SOURCE} has no line `// expect: <regex>`.")
endif()
set(expected "${CMAKE_MATCH_1}")
execute_process(COMMAND ${PROGRAM}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error TIMEOUT 50)
if(NOT result STREQUAL "Subprocess aborted")
  message(FATAL_ERROR "It must abort, but ended with: ${result}\n${output}${error}")
endif()
if(NOT error MATCHES "${expected}")
  message(FATAL_ERROR "It aborted, but without the text: ${expected}\n${error}")
endif()
