#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# without_memlock.sh <test program> [argument...]
# Runs tests as a user without rights who may lock no memory at all: io_uring is used all the same
# (newer kernels charge the memory cgroup), or one line says why it is not.
set -u
program=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The folder of the build may be closed to others.
cp "$program" "$work/tests" && chmod 755 "$work" "$work/tests" || exit 2

run=()
if [ "$(id -u)" -eq 0 ]; then
  command -v setpriv > /dev/null || { echo "skipped: there is no setpriv" >&2; exit 77; }
  run=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
# shellcheck disable=SC2016
"${run[@]}" "$BASH" -c 'ulimit -l 0 && cd / && exec "$@"' _ "$work/tests" "$@" 2> "$work/log"
status=$?
cat "$work/log" >&2
[ "$status" -eq 0 ] || exit "$status"
if grep '^tridem: io_uring cannot be used' "$work/log" | grep -qv 'limit of locked memory'; then
  echo "FAILED: the line does not name the cause" >&2
  exit 1
fi
