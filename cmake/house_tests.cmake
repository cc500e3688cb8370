# SPDX-License-Identifier: MIT
# Tests over the source tree itself.
foreach(rule layering mirror)
  tridem_test_entry(house/${rule} LABEL house
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
      -P ${PROJECT_SOURCE_DIR}/cmake/${rule}.cmake)
endforeach()
