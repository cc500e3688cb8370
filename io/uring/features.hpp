// SPDX-License-Identifier: MIT
// THE KERNEL TABLE: what of io_uring is used, since which Linux it is there, and how we know.
//
// Whether a feature is there is asked of the kernel (by setting up a ring, by its feature bits, by
// its list of opcodes), because distributions carry features back; versions are for people, and for
// the list of kernels that have a feature but have it wrong.
#pragma once

#include <liburing.h>

#include <compare>
#include <span>
#include <string>
#include <string_view>

namespace tridem::uring {

/// The first three numbers of `uname -r`.
struct kernel_version {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  friend auto operator<=>(const kernel_version&, const kernel_version&) = default;
};

/// From a release as "6.1.0-18-amd64"; zeros where there are no numbers.
[[nodiscard]] kernel_version parse_release(std::string_view release) noexcept;
[[nodiscard]] kernel_version running_kernel() noexcept;
/// "6.1", or "6.1.7" where the third number matters.
[[nodiscard]] std::string to_string(kernel_version version);

/// What every ring is set up with. TASKRUN_FLAG shows deferred work in shared memory, so that
/// looking for it needs no system call. NO_SQARRAY stays off: liburing 2.3 does not know it and
/// would write over the queue's heads. SQPOLL stays off: a thread of the kernel that burns a CPU.
inline constexpr unsigned setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                        IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL |
                                        IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;

/// The feature bits without which a ring is not used.
inline constexpr unsigned required_features =
    IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_CQE_SKIP;

/// Linux 6.7; liburing 2.3 has neither the number nor a helper.
inline constexpr unsigned futex_wait_opcode = 51;

/// Linux 6.9, likewise; before that a thread truncates.
inline constexpr unsigned truncate_opcode = 55;

/// The opcodes without which a ring is not used: those of the closed list, and to cancel.
[[nodiscard]] std::span<const unsigned> required_opcodes() noexcept;

/// Where it shows whether a kernel has a feature.
enum class evidence : unsigned char { set_up, feature_bit, opcode, registration };

struct feature {
  const char* name;
  kernel_version since;
  evidence shown_by;
  unsigned number;  ///< The flag, bit or opcode.
  bool is_required;
  const char* used_for;
};

/// All that is used, in the order of their age.
[[nodiscard]] std::span<const feature> features() noexcept;

/// Kernels that have a feature and have it wrong, or that need care.
struct known_defect {
  kernel_version from;
  kernel_version before;  ///< The first that is right again.
  const char* what;
  const char* action;  ///< What tridem does about it, or what its user should.
};

[[nodiscard]] std::span<const known_defect> known_defects() noexcept;
[[nodiscard]] bool affects(const known_defect& defect, kernel_version kernel) noexcept;

}  // namespace tridem::uring
