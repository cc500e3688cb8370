// SPDX-License-Identifier: MIT
// The error says which member of which struct it is: by its name, and with its type.
// expect: Aggregate = job_of_mine|member_that_must_cross<job_of_mine
// expect: job_of_mine::elsewhere.; Member = int.|elsewhere, int .>
#include <tridem/pool/codec.hpp>

struct job_of_mine {
  int number;
  int* elsewhere;
};

void wrong(tridem::message_writer& out, const job_of_mine& job) {
  tridem::encode(out, job);
}
