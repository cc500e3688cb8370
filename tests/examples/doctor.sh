#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# doctor.sh <program>: here all is well; with io_uring forbidden all still works, and the cause is
# told; with a driver that does not exist nothing does, and that is told too.
set -u
program=$1
deny=$(dirname "$program")/../tests/seccomp_deny
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  cat "$work/said" "$work/errors" >&2
  exit 1
}

# says <pattern>: a line of what the doctor said.
says() {
  grep -q "$1" "$work/said" || fail "no line says '$1'"
}

"$program" > "$work/said" 2> "$work/errors" || fail "it ended with $?, where all is well"
for subject in kernel drivers choice CPUs descriptors processes 'locked memory' /proc pidfds \
  threads subprocess 'worker process'; do
  says "^[a-z]*  *$subject: ."
done
says "^good    *worker process: started and called"
says "^All of tridem works here"
grep -q "^WRONG" "$work/said" && fail "something is wrong, and yet it ended well"
cat "$work/said"

TRIDEM_DRIVER=steam "$program" > "$work/said" 2> "$work/errors"
[ $? -eq 1 ] || fail "a driver that does not exist must be told by the code 1"
says "^WRONG  choice: .*TRIDEM_DRIVER is 'steam'; it must be uring, asio or automatic"
says "^WRONG  event loop: "

[ -x "$deny" ] || exit 0
for error in EPERM ENOSYS ENOMEM; do
  TRIDEM_DRIVER='' "$deny" "$error" "$program" > "$work/said" 2> "$work/errors"
  status=$?
  [ $status -eq 77 ] && exit 0
  [ $status -eq 0 ] || fail "without io_uring ($error) it ended with $status"
  says "^note   io_uring: .*(errno .*loops run on the Asio driver"
  says "^good   choice: run() takes the driver 'asio'"
done
