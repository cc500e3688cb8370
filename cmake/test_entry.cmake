# SPDX-License-Identifier: MIT
# tridem_test_entry(<name> LABEL <label> [DRIVERS <driver>...] [TIMEOUT <seconds>] COMMAND ...)
# registers a test once for each driver: the automatic choice keeps the name, others are a suffix.
# Without DRIVERS it runs once, on the first driver under test.
function(tridem_test_entry name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "DRIVERS;COMMAND")
  set(suffix TRUE)
  if(NOT arg_DRIVERS)
    list(GET TRIDEM_TEST_DRIVERS 0 arg_DRIVERS)
    set(suffix FALSE)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR timeout "${arg_TIMEOUT} * ${TRIDEM_TEST_TIMEOUT_FACTOR}")
  foreach(driver IN LISTS arg_DRIVERS)
    set(full_name ${name})
    if(driver STREQUAL "automatic")
      set(environment "TRIDEM_DRIVER=unset:")
    else()
      if(suffix)
        set(full_name ${name}.${driver})
      endif()
      set(environment "TRIDEM_DRIVER=set:${driver}")
    endif()
    add_test(NAME ${full_name} COMMAND ${arg_COMMAND})
    set_tests_properties(${full_name} PROPERTIES
      LABELS ${arg_LABEL}
      SKIP_RETURN_CODE 77
      TIMEOUT ${timeout}
      ENVIRONMENT_MODIFICATION "${environment};UBSAN_OPTIONS=set:print_stacktrace=1")
    if(full_name MATCHES "${TRIDEM_TEST_ALONE}")
      set_tests_properties(${full_name} PROPERTIES RUN_SERIAL ON)
    endif()
  endforeach()
endfunction()
