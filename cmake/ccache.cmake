# SPDX-License-Identifier: MIT
# Compiles through ccache where it is installed, unless the caller chose another launcher.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(TRIDEM_CCACHE ccache)
  mark_as_advanced(TRIDEM_CCACHE)
  if(TRIDEM_CCACHE)
    # Precompiled headers are cached only under these terms (ccache manual, "Precompiled headers").
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${TRIDEM_CCACHE})
  endif()
endif()
