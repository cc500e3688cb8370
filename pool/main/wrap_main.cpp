// SPDX-License-Identifier: MIT
// Stands before the user's main (linked with --wrap=main), so that workers never enter it.
#include "pool/worker/takeover.hpp"

extern "C" int __real_main(int argc, char** argv, char** environment);

extern "C" int __wrap_main(int argc, char** argv, char** environment) {
  tridem::detail::take_over_if_asked(argc, argv);
  return __real_main(argc, argv, environment);
}
