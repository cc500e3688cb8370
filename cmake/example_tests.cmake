# SPDX-License-Identifier: MIT
# Runs every example: through tests/examples/<name>.sh <program> where there is one, else bare.
# A script that ends with code 77 could not run here, and has said why.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  if(NOT TARGET ${name})
    continue()
  endif()
  set(script ${PROJECT_SOURCE_DIR}/tests/examples/${name}.sh)
  if(EXISTS ${script})
    tridem_test_entry(examples/${name} LABEL examples TIMEOUT 120
      COMMAND ${TRIDEM_BASH} ${script} $<TARGET_FILE:${name}>)
  else()
    tridem_test_entry(examples/${name} LABEL examples COMMAND ${name})
  endif()
endforeach()
