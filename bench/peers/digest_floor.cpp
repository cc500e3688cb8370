// SPDX-License-Identifier: MIT
// The floors of a digest of many files, on each CPU at once: SHA-256 by OpenSSL over memory that is
// in the caches; and the same over files that are read, by threads that know them beforehand and
// tell nobody what came out. usage: digest_floor <folder>
#include "bench/support/figure.hpp"
#include "bench/support/windows.hpp"

#include <openssl/evp.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

class hash {
 public:
  hash() : state_(::EVP_MD_CTX_new()) { begin(); }
  hash(const hash&) = delete;
  hash& operator=(const hash&) = delete;
  ~hash() { ::EVP_MD_CTX_free(state_); }

  void add(const std::vector<unsigned char>& block, std::size_t size) {
    ::EVP_DigestUpdate(state_, block.data(), size);
  }
  void end() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    ::EVP_DigestFinal_ex(state_, digest, nullptr);
    begin();
  }

 private:
  void begin() { ::EVP_DigestInit_ex(state_, ::EVP_sha256(), nullptr); }

  ::EVP_MD_CTX* const state_;
};

// Calls `work(hash, block)`, which gives how many bytes it has hashed, on a thread for each CPU;
// reports all of them over the time.
template <class Work>
void measure(const char* subject, Work work) {
  ::cpu_set_t cpus;
  ::sched_getaffinity(0, sizeof cpus, &cpus);
  std::atomic<double> bytes = 0;
  std::vector<std::thread> threads;
  const clock_type::time_point begin = clock_type::now();
  for (int i = 0; i < CPU_COUNT(&cpus); ++i) {
    threads.emplace_back([&] {
      std::vector<unsigned char> block(std::size_t{256} * 1024, 'x');
      hash state;
      bytes += work(state, block);
    });
  }
  for (std::thread& one : threads) one.join();
  const std::chrono::duration<double, std::micro> took = clock_type::now() - begin;
  bench::report({.subject = subject,
                 .question = "digest of a tree",
                 .unit = "MB/s",
                 .value = bytes / took.count()});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: digest_floor <folder>\n");
    return 2;
  }
  const clock_type::time_point end = clock_type::now() + bench::measured_span();
  measure("SHA-256 on all CPUs", [end](hash& state, std::vector<unsigned char>& block) {
    double bytes = 0;
    for (; clock_type::now() < end; bytes += static_cast<double>(block.size())) {
      state.add(block, block.size());
    }
    return bytes;
  });

  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::atomic<std::size_t> next = 0;
  measure("read and SHA-256 by hand", [&](hash& state, std::vector<unsigned char>& block) {
    double bytes = 0;
    for (std::size_t i = next++; i < files.size(); i = next++) {
      const int fd = ::open(files[i].c_str(), O_RDONLY | O_CLOEXEC);
      ::ssize_t count = 0;
      while ((count = ::read(fd, block.data(), block.size())) > 0) {
        state.add(block, static_cast<std::size_t>(count));
        bytes += static_cast<double>(count);
      }
      state.end();
      ::close(fd);
    }
    return bytes;
  });
}
