# SPDX-License-Identifier: MIT
# Tests over the source tree itself.
foreach(rule layering mirror await_lint awaitables)
  tridem_test_entry(house/${rule} LABEL house
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
      -P ${PROJECT_SOURCE_DIR}/cmake/${rule}.cmake)
endforeach()
tridem_test_entry(house/self_test LABEL house
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_BINARY_DIR}/house_self_test
    -P ${PROJECT_SOURCE_DIR}/cmake/house_self_test.cmake)
