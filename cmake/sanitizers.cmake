# SPDX-License-Identifier: MIT
# Builds everything with the sanitizers named in TRIDEM_SANITIZE, for example "address,undefined".
set(TRIDEM_SANITIZE "" CACHE STRING "Comma-separated sanitizers for the whole build")
if(TRIDEM_SANITIZE)
  # A sanitizer covers the whole program or it reports errors that are none: hence not per target.
  add_compile_options(-fsanitize=${TRIDEM_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRIDEM_SANITIZE})
endif()
