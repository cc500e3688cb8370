# SPDX-License-Identifier: MIT
# Compiles and runs the pattern program SOURCE at each of LEVELS and compares with what is known of
# this compiler. The longest line `// <id> <version>: <outcome>` that fits decides; outcomes:
#   works     it does what it should
#   broken    it compiles, and then does something else (lost or doubled values, waits for ever)
#   rejected  valid code does not compile
# A pattern that was mended is noticed like one that was newly broken: both need another line, and a
# look at docs/compilers.md.
file(STRINGS ${SOURCE} lines REGEX "^// (GNU|Clang)[0-9. ]*: (works|broken|rejected)$")
set(expected "")
set(longest 0)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^// ([^:]+): ([a-z]+)$" line "${line}")
  set(compiler "${CMAKE_MATCH_1}")
  set(outcome "${CMAKE_MATCH_2}")
  string(REPLACE "." "\\." pattern "${compiler}")
  string(LENGTH "${compiler}" length)
  if("${ID} ${VERSION}" MATCHES "^${pattern}([ .]|$)" AND length GREATER longest)
    set(expected ${outcome})
    set(longest ${length})
  endif()
endforeach()

cmake_path(GET SOURCE STEM name)
cmake_path(GET LIBRARY PARENT_PATH library_folder)
list(TRANSFORM INCLUDES PREPEND -I)
set(failures "")
foreach(level IN LISTS LEVELS)
  set(program ${FOLDER}/pattern_${name}_${level})
  execute_process(
    COMMAND ${COMPILER} -std=c++20 -O${level} ${FLAGS} -w ${INCLUDES} ${SOURCE} ${LIBRARY}
      -pthread -Wl,-rpath,${library_folder} -o ${program}
    RESULT_VARIABLE compiled OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT compiled EQUAL 0)
    set(outcome rejected)
  else()
    execute_process(COMMAND ${program}
      RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 20)
    file(REMOVE ${program})
    if(result EQUAL 0)
      set(outcome works)
    else()
      set(outcome broken)
    endif()
  endif()
  message("${name}, ${ID} ${VERSION} -O${level}: ${outcome}")
  if(expected AND NOT outcome STREQUAL expected)
    string(APPEND failures "  -O${level}: ${outcome}, but ${expected} is what is known\n${output}\n")
  endif()
endforeach()
if(failures)
  message(FATAL_ERROR "${name} with ${ID} ${VERSION}:\n${failures}\
Change its line in ${SOURCE}, and say so in docs/compilers.md.")
endif()
if(NOT expected)
  message("Nothing is known of this compiler yet: add a line to ${SOURCE}.")
endif()
