# SPDX-License-Identifier: MIT
# Installs the libraries, the public headers, and the package that find_package(tridem) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tridem)
install(TARGETS tridem_runtime tridem_io tridem_pool tridem_main tridem
  EXPORT tridemTargets
  FILE_SET HEADERS)
if(TARGET tridem_asio)
  install(TARGETS tridem_asio EXPORT tridemTargets FILE_SET HEADERS)
endif()
install(EXPORT tridemTargets NAMESPACE tridem:: DESTINATION ${package_dir})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tridemConfig.cmake.in
  ${PROJECT_BINARY_DIR}/tridemConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tridemConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/tridemConfig.cmake
  ${PROJECT_BINARY_DIR}/tridemConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/Findliburing.cmake
  DESTINATION ${package_dir})
