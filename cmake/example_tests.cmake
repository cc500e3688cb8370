# SPDX-License-Identifier: MIT
# Runs every example: through tests/examples/<name>.sh <program> where there is one, else bare; and
# through tests/examples/<name>_*.sh besides, each script for every driver.
# A script that ends with code 77 could not run here, and has said why.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  if(NOT TARGET ${name})
    continue()
  endif()
  set(folder ${PROJECT_SOURCE_DIR}/tests/examples)
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/${name}.sh ${folder}/${name}_*.sh)
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM test)
    tridem_test_entry(examples/${test} LABEL examples TIMEOUT 120 DRIVERS ${TRIDEM_TEST_DRIVERS}
      COMMAND ${TRIDEM_BASH} ${script} $<TARGET_FILE:${name}>)
  endforeach()
  if(NOT scripts)
    tridem_test_entry(examples/${name} LABEL examples COMMAND ${name})
  endif()
endforeach()
