#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# without_uring.sh once|once-per-process <seccomp_deny> <errno name> <test program> [argument...]
# Runs the tests where io_uring fails so; they must pass, and one line of each process that runs a
# loop must say the cause. `once`: the tests start no such process, so there is exactly one line.
set -u
how_often=$1
deny=$2
error=$3
shift 3

case $error in
  EPERM) cause='denied by' ;;
  ENOSYS) cause='this kernel has none' ;;
  ENOMEM) cause='limit of locked memory' ;;
  *) echo "unknown errno $error" >&2; exit 2 ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$deny" "$error" "$@" 2> "$log"
status=$?
uniq -c "$log" >&2
[ "$status" -eq 0 ] || exit "$status"

lines=$(grep -c '^tridem: io_uring cannot be used' "$log")
if [ "$lines" -eq 0 ] || { [ "$how_often" = once ] && [ "$lines" -ne 1 ]; }; then
  echo "FAILED: the fallback must be said in one line of a process; there are $lines" >&2
  exit 1
fi
if grep '^tridem: io_uring cannot be used' "$log" | grep -qv "$cause"; then
  echo "FAILED: a line does not name the cause ('$cause')" >&2
  exit 1
fi
