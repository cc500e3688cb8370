#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# without_uring.sh <seccomp_deny> <errno name> <test program> [argument...]
# Runs the tests where io_uring fails so; they must pass, and one line must say the cause: one for
# each process that runs a loop, which are several where the tests start programs of their own.
set -u
deny=$1
error=$2
shift 2

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
cat "$log" >&2
[ "$status" -eq 0 ] || exit "$status"

lines=$(grep -c '^tridem: io_uring cannot be used' "$log")
case $(basename "$1") in
  pool_tests) most=1000 ;;
  *) most=1 ;;
esac
if [ "$lines" -lt 1 ] || [ "$lines" -gt "$most" ]; then
  echo "FAILED: the fallback must be said in one line; there are $lines" >&2
  exit 1
fi
if grep '^tridem: io_uring cannot be used' "$log" | grep -qv "$cause"; then
  echo "FAILED: the line does not name the cause ('$cause')" >&2
  exit 1
fi
