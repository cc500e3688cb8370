// SPDX-License-Identifier: MIT
// One operation each; the path lives in the frame until the system has read it.
#include <tridem/io/detail/system_path.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/paths.hpp>
#include <tridem/runtime/operation_awaitable.hpp>

#include <cstdio>
#include <fcntl.h>

namespace tridem {

task<> rename_file(std::string from, std::string to, if_exists existing) {
  const unsigned flags = existing == if_exists::fail ? RENAME_NOREPLACE : 0;
  co_await operation_awaitable<rename_operation>(rename_operation(
      AT_FDCWD, detail::system_path(from), AT_FDCWD, detail::system_path(to), flags));
}

task<> remove_file(std::string path) {
  co_await operation_awaitable<unlink_operation>(
      unlink_operation(AT_FDCWD, detail::system_path(path)));
}

task<> link_file(std::string existing, std::string path) {
  co_await operation_awaitable<link_operation>(
      link_operation(AT_FDCWD, detail::system_path(existing), AT_FDCWD, detail::system_path(path)));
}

task<> make_directory(std::string path, unsigned mode) {
  co_await operation_awaitable<mkdir_operation>(
      mkdir_operation(AT_FDCWD, detail::system_path(path), mode));
}

task<> remove_directory(std::string path) {
  co_await operation_awaitable<unlink_operation>(
      unlink_operation(AT_FDCWD, detail::system_path(path), AT_REMOVEDIR));
}

}  // namespace tridem
