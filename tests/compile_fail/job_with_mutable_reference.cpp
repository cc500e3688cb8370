// SPDX-License-Identifier: MIT
// What a job writes through a reference would be lost in the worker.
// expect: a job cannot take T&
#include <tridem/pool/detail/job_signature.hpp>

int count(int& total);

using wrong = tridem::detail::job_signature<decltype(&count)>::result;
