# SPDX-License-Identifier: MIT
# Finds liburing and defines liburing::liburing; installed beside the package, which needs it too.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_liburing QUIET liburing)
endif()
find_path(liburing_INCLUDE_DIR liburing.h HINTS ${PC_liburing_INCLUDEDIR})
find_library(liburing_LIBRARY uring HINTS ${PC_liburing_LIBDIR})
mark_as_advanced(liburing_INCLUDE_DIR liburing_LIBRARY)

set(liburing_VERSION ${PC_liburing_VERSION})
include(FindPackageHandleStandardArgs)
if(liburing_VERSION)
  find_package_handle_standard_args(liburing
    REQUIRED_VARS liburing_LIBRARY liburing_INCLUDE_DIR VERSION_VAR liburing_VERSION)
else()
  # Without pkg-config the version is unknown: take the library that is there.
  unset(liburing_FIND_VERSION)
  find_package_handle_standard_args(liburing
    REQUIRED_VARS liburing_LIBRARY liburing_INCLUDE_DIR)
endif()

if(liburing_FOUND AND NOT TARGET liburing::liburing)
  add_library(liburing::liburing UNKNOWN IMPORTED)
  set_target_properties(liburing::liburing PROPERTIES
    IMPORTED_LOCATION ${liburing_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${liburing_INCLUDE_DIR})
endif()
