# SPDX-License-Identifier: MIT
# Every public header has its test: runtime/event.hpp, tests/runtime/event_test.cpp.
# Every file with tests is one that CTest runs, and the front door leads to every header for users.
cmake_minimum_required(VERSION 3.24)
set(missing "")
file(READ ${ROOT}/tridem.hpp front_door)
# Parts that users meet through other headers, or only when they extend the library.
string(CONCAT not_in_front_door
  "runtime/(assert|awaitable|driver|operation|operation_awaitable)|"
  "io/(asio_interop|choose_driver|descriptor|doorbell|operations)|"
  "pool/(channel|codec_[a-z]+|exception_codec|job|message_[a-z]+|[a-z_]+_options)")
foreach(floor runtime io pool)
  file(GLOB headers RELATIVE ${ROOT}/${floor} ${ROOT}/${floor}/*.hpp)
  foreach(header IN LISTS headers)
    cmake_path(GET header STEM name)
    if(NOT EXISTS ${ROOT}/tests/${floor}/${name}_test.cpp)
      string(APPEND missing "  ${floor}/${header} has no tests/${floor}/${name}_test.cpp\n")
    endif()
    if(NOT front_door MATCHES "<tridem/${floor}/${header}>" AND
       NOT "${floor}/${name}" MATCHES "^(${not_in_front_door})$")
      string(APPEND missing "  ${floor}/${header} is not in the front door tridem.hpp\n")
    endif()
  endforeach()
  file(GLOB tests RELATIVE ${ROOT} ${ROOT}/tests/${floor}/*.cpp)
  foreach(test IN LISTS tests)
    if(NOT test MATCHES "_test\\.cpp$")
      file(READ ${ROOT}/${test} text)
      if(text MATCHES "TEST_CASE|TRIDEM_TEST")
        string(APPEND missing "  ${test} holds tests, but no entry of CTest runs it: name it *_test.cpp\n")
      endif()
    endif()
  endforeach()
endforeach()
if(missing)
  message(FATAL_ERROR "Tests do not mirror the code:\n${missing}")
endif()
