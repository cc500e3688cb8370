#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_timing.sh <program>: one pid for all but the processes, which have five. Times are printed for
# people; how long things take on a busy machine proves nothing.
set -u
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
fail() { echo "FAILED: $1; it said: $said" >&2; exit 1; }
own=$(sed -n 's/^this process is \([0-9]*\)$/\1/p' <<<"$said")
[ -n "$own" ] || fail "it did not tell its pid"
for way in sequential threads async; do
  grep -Eq "^$way +[0-9.]+ s +1 pids: $own\$" <<<"$said" || fail "$way did not run in one process"
done
grep -Eq '^processes +[0-9.]+ s +5 pids:( [0-9]+){5}$' <<<"$said" || fail "there were not five processes"
grep -E '^processes' <<<"$said" | grep -qw "$own" && fail "a job ran in the parent"
exit 0
