// SPDX-License-Identifier: MIT
// The error says which member of which struct it is: here the one with number 1.
// expect: job_of_mine(, 1,|; long unsigned int Number = 1)
#include <tridem/pool/codec.hpp>

struct job_of_mine {
  int number;
  int* elsewhere;
};

void wrong(tridem::message_writer& out, const job_of_mine& job) {
  tridem::encode(out, job);
}
