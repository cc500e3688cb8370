#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# without_uring.sh <seccomp_deny> <errno name> <test program> [argument...]
# Runs the tests where io_uring fails so; they must pass, and exactly one line must say the cause.
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
if [ "$lines" -ne 1 ]; then
  echo "FAILED: the fallback must be said in one line; there are $lines" >&2
  exit 1
fi
if ! grep '^tridem: io_uring cannot be used' "$log" | grep -q "$cause"; then
  echo "FAILED: the line does not name the cause ('$cause')" >&2
  exit 1
fi
