# SPDX-License-Identifier: MIT
# Declares a floor: its library, its public headers, and the view through which they are included.
#
# The source tree has no folder `tridem`, so the build makes a view of links:
# <build>/include/tridem/{runtime,io,pool,tridem.hpp}. Public headers stand directly in the folder of
# their floor or in its detail/; everything deeper is private and included with quotes from the root.
set(TRIDEM_VIEW ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${TRIDEM_VIEW}/tridem)

function(tridem_view_link name)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${name} ${TRIDEM_VIEW}/tridem/${name}
    SYMBOLIC COPY_ON_ERROR)
endfunction()

# Settings that every library of ours shares.
function(tridem_library_defaults target export_name)
  add_library(tridem::${export_name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${export_name}
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    # Before 1.0 a minor version may break its users.
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    # Shared libraries find each other wherever the prefix was moved to.
    INSTALL_RPATH $ORIGIN
    # Objects are the same whether they go into archives or shared libraries.
    DEFINE_SYMBOL "")
  tridem_warnings(${target})
endfunction()

# The files that match, or an empty source while a folder is still being filled.
function(tridem_glob_sources out name)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/)
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  if(NOT sources)
    set(sources ${PROJECT_BINARY_DIR}/generated/${name}_empty.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "// Nothing here yet.\n")
  endif()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# tridem_add_floor(<name> SOURCES <pattern>...) creates tridem_<name> with its public headers.
function(tridem_add_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  tridem_view_link(${name})
  tridem_glob_sources(sources ${name} ${arg_SOURCES})
  add_library(tridem_${name} ${sources})
  tridem_library_defaults(tridem_${name} ${name})

  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/${name}/*.hpp ${PROJECT_SOURCE_DIR}/${name}/detail/*.hpp)
  list(FILTER headers EXCLUDE REGEX "/asio_[a-z]+\\.hpp$")
  list(TRANSFORM headers PREPEND ${TRIDEM_VIEW}/tridem/)
  target_sources(tridem_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${TRIDEM_VIEW} FILES ${headers})
endfunction()

# Creates tridem::asio: the headers in which Asio shows, for those who want them. What they need of
# the library is part of tridem_io.
function(tridem_add_asio)
  add_library(tridem_asio INTERFACE)
  add_library(tridem::asio ALIAS tridem_asio)
  set_target_properties(tridem_asio PROPERTIES EXPORT_NAME asio)
  target_link_libraries(tridem_asio INTERFACE tridem_io Boost::headers)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/io/asio_*.hpp ${PROJECT_SOURCE_DIR}/io/detail/asio_*.hpp)
  list(TRANSFORM headers PREPEND ${TRIDEM_VIEW}/tridem/)
  target_sources(tridem_asio INTERFACE
    FILE_SET HEADERS BASE_DIRS ${TRIDEM_VIEW} FILES ${headers})
endfunction()

# tridem_add_private_folder(<floor> <folder>) adds sources that only some configurations build.
function(tridem_add_private_folder floor folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  target_sources(tridem_${floor} PRIVATE ${sources})
endfunction()

# tridem_add_main(<pattern>...) creates tridem_main, which holds __wrap_main.
function(tridem_add_main)
  tridem_glob_sources(sources main ${ARGN})
  add_library(tridem_main STATIC ${sources})
  tridem_library_defaults(tridem_main main)
  target_link_libraries(tridem_main PUBLIC tridem_pool)
  if(NOT sources MATCHES "_empty.cpp")
    # `-u main` also finds a main that stands in an archive, as that of a test framework does.
    target_link_options(tridem_main INTERFACE
      "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:LINKER:--wrap=main,-u,main>")
  endif()
endfunction()

function(tridem_add_front_door target header)
  tridem_view_link(${header})
  target_sources(${target} INTERFACE
    FILE_SET HEADERS BASE_DIRS ${TRIDEM_VIEW} FILES ${TRIDEM_VIEW}/tridem/${header})
endfunction()
