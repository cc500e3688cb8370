# SPDX-License-Identifier: MIT
# The warnings under which our own code compiles; users of the headers never inherit them.
# Errors are made of them by CMAKE_COMPILE_WARNING_AS_ERROR, which every preset sets.
function(tridem_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic)
  # Every driver has one exhaustive switch over the closed list of operations: a missing case must
  # stop the build of everybody, whatever they think of warnings.
  target_compile_options(${target} PRIVATE -Werror=switch)
  # g++ 12 sees overlapping copies inside std::string's operator+ where there are none (GCC 105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
endfunction()
