#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_value_array.sh <program>: the parent sees what the child wrote.
set -u
wanted='3.14159
0 1 4 9 16 25 36 49 64 81 '
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
