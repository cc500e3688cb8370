// SPDX-License-Identifier: MIT
// A program that uses a process pool, to be linked, started and treated in every way there is.
//
//   host                        call jobs
//   host --wait                 say "ready", wait for a line, then call jobs
//   host --remove               remove this program from the disk, then call jobs
//   host --load <library>       the jobs of a library that is loaded now
//   host --grandchild           a job leaves a process behind, which must end with the pool
//   host --far-grandchild       the same, when that process has left its session and its group
//
// HOST_WORKER in the environment is the option worker_executable.
#include "tests/hosts/jobs.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

int leave_behind(bool goes_far) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (goes_far) ::setsid();
  for (;;) ::pause();
}

tridem::task<std::string> leave_a_grandchild(bool goes_far) {
  tridem::process_pool pool{{.workers = 1}};
  const int grandchild = co_await pool.submit<&leave_behind>(goes_far);
  const bool lived = ::kill(grandchild, 0) == 0;
  co_await pool.shutdown();
  const bool is_gone = ::kill(grandchild, 0) != 0 && errno == ESRCH;
  co_return lived&& is_gone ? "done" : "process " + std::to_string(grandchild) + " was left";
}

const char* run_loaded(const char* library) {
  void* const handle = ::dlopen(library, RTLD_NOW);
  if (handle == nullptr) return ::dlerror();
  const auto run = reinterpret_cast<decltype(&run_jobs)>(::dlsym(handle, "run_jobs"));
  return run == nullptr ? ::dlerror() : run("");
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view how = count > 1 ? arguments[1] : "";
  const char* const named = std::getenv("HOST_WORKER");
  const char* const worker = named == nullptr ? "" : named;
  std::string answer;
  if (how == "--wait") {
    std::puts("ready");
    std::fflush(stdout);
    (void)std::getchar();
    answer = run_jobs(worker);
  } else if (how == "--grandchild" || how == "--far-grandchild") {
    answer = tridem::run(leave_a_grandchild(how == "--far-grandchild"));
  } else if (how == "--load") {
    answer = run_loaded(arguments[2]);
  } else {
    if (how == "--remove") ::unlink(arguments[0]);
    answer = run_jobs(worker);
  }
  std::puts(answer.c_str());
  return answer == "done" ? 0 : 1;
}
